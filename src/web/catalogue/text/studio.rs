//! Words of the studio, where processes are described.

use crate::{
    documents::WORD_TEMPLATE_BYTES_MAX,
    web::{
        format::{counted, list},
        understood::Counts,
    },
};

pub(crate) const TITLE: &str = "Describe a process";
pub(crate) const OPENING: &str = "Describe a process in plain sentences; you see what was understood of each.";
pub(crate) const NOT_YOU: &str = "New processes are described by administrators. What you answer for, you can change:";
pub(crate) const NOTHING_YOURS: &str =
    "New processes are described by administrators, and a process is changed by whoever is accountable for it.";
pub(crate) const DRAFTS: &str = "Being written";
pub(crate) const NO_DRAFTS: &str = "Nothing is being written at the moment.";
pub(crate) const UNTITLED: &str = "A new process";
pub(crate) const CHANGES: &str = "next version of";
pub(crate) const CHANGE: &str = "Change this process";
pub(crate) const CHANGE_ONE: &str = "Change a process";

pub(crate) const BY_INTERVIEW: &str = "By questions and answers";
pub(crate) const BY_INTERVIEW_BUTTON: &str = "Answer questions";
pub(crate) const BY_INTERVIEW_WHAT: &str =
    "Who starts it, who decides, by when, otherwise what: one question at a time, and the sentences grow beside it.";
pub(crate) const BY_TEMPLATE: &str = "From a template";
pub(crate) const BY_TEMPLATE_BUTTON: &str = "See the templates";
pub(crate) const BY_TEMPLATE_WHAT: &str = "A process that works, to be changed until it is yours.";
pub(crate) const BY_PROSE: &str = "From what is written already";
pub(crate) const BY_PROSE_WHAT: &str =
    "A handbook page or an e-mail: it stays beside you while you write each sentence so that it can be carried out.";
pub(crate) const BY_PROSE_MODEL: &str = "A model can write the first draft from it.";
pub(crate) const BY_PROSE_ALONE: &str = "No model is set up here; you are shown the nearest sentences instead.";
pub(crate) const BY_PROSE_LABEL: &str = "The description as you have it";
pub(crate) const PROSE_MISSING: &str = "Please paste the description that you want to begin with.";
pub(crate) const BY_PROSE_BUTTON: &str = "Begin with this prose";
pub(crate) const EMPTY: &str = "On an empty page";
pub(crate) const EMPTY_BUTTON: &str = "Write on an empty page";
pub(crate) const EMPTY_WHAT: &str = "You know the sentences. What can follow is offered while you type.";
pub(crate) const TEMPLATES: &str = "Templates";
pub(crate) const TEMPLATES_OPENING: &str = "Each of these works as it stands; change it until it is yours.";
pub(crate) const USE_TEMPLATE: &str = "Begin with this one";
pub(crate) const SHOW_TEXT: &str = "Read it first";

pub(crate) const TEXT: &str = "The text";
pub(crate) const TEXT_HINT: &str =
    "One sentence for one thing. F8 goes to the next problem; Ctrl and the space bar show what can follow.";
pub(crate) const CHECK: &str = "Check";
pub(crate) const TRY: &str = "Try it";
pub(crate) const REHEARSE: &str = "Rehearse";
pub(crate) const PUBLISH: &str = "Publish";
pub(crate) const TO_INTERVIEW: &str = "Questions and answers";
pub(crate) const TO_PROSE: &str = "The prose beside it";
pub(crate) const TO_WRITING: &str = "Where each sentence comes from";
pub(crate) const TO_CHANGES: &str = "Ask for a change in words";
pub(crate) const TO_GUIDELINES: &str = "Guidelines";
pub(crate) const TO_TEMPLATES: &str = "Templates to fill in";
pub(crate) const GUIDELINES_MISSING: &str = "The text names it, and it is not attached yet.";
pub(crate) const GUIDELINE_NAME: &str = "The name, as the sentence has it";
pub(crate) const GUIDELINE_WORDS: &str = "What it says";
pub(crate) const WORD_ANOTHER: &str = "Another template from a Word file";
pub(crate) const WORD_OTHER: &str = "Put another Word file in its place";
pub(crate) const WORD_INSTEAD: &str = "Attach a Word file instead";
pub(crate) const WORD_FILE: &str = "The Word file (.docx)";
pub(crate) const WORD_SAVE: &str = "Attach this Word file";
pub(crate) const WORD_READ: &str = "This template is a Word file. Its text is:";
pub(crate) const WORD_EMPTY: &str = "Download the Word file";
pub(crate) const WORD_AWAY: &str = "Take this template away";
pub(crate) const WORD_MISSING: &str = "Please choose a Word file.";

/// What a Word file may be.
pub(crate) fn word_hint() -> String {
    let kibibytes = WORD_TEMPLATE_BYTES_MAX / 1024;
    format!("At most {kibibytes} KiB, without macros and tracked changes. The letter looks as the file does.")
}

pub(crate) const GUIDELINE_HINT: &str = "Without words it is taken away.";

pub(crate) const REMOVE: &str = "Throw this draft away";
pub(crate) const REMOVE_SURE: &str = "Yes, throw it away";
pub(crate) const REMOVED: &str = "The draft was thrown away.";
pub(crate) const OPEN_POINTS: &str = "To be mended or answered";
pub(crate) const LOOK: &str = "Worth a look";
pub(crate) const DEFAULTS: &str = "What holds where you said nothing";
pub(crate) const DEFAULTS_WHAT: &str = "These hold as they stand. To have something else, say it in the text.";
pub(crate) const ACCEPT: &str = "Write it down";
pub(crate) const ACCEPT_ALL: &str = "Write all of them down";
pub(crate) const DRAWING: &str = "As a drawing";
pub(crate) const PROOF: &str = "Rules and proof";
pub(crate) const EFFECTS: &str = "What leaves the organisation";
pub(crate) const PROVEN: &str =
    "Proven: on every way that the text allows, nothing leaves without the sign-off that it names.";
pub(crate) const NOT_PROVEN: &str = "Not proven: something could leave without the sign-off that the text names.";
pub(crate) const THE_WAY: &str = "How it could happen";
pub(crate) const NO_EFFECTS: &str = "No system is called and nobody outside is told anything.";
pub(crate) const NOTES: &str = "Only kept, not enforced";
pub(crate) const LINE: &str = "line";
pub(crate) const PROBLEM: &str = "Problem";
pub(crate) const QUESTION: &str = "Question";
pub(crate) const SAVING: &str = "Saving \u{2026}";
pub(crate) const SAVE_FAILED: &str = "Not saved: the server does not answer. It is tried again; keep this page open.";
pub(crate) const OFFERED: &str = "{} ways to go on; choose with the arrow keys and Enter.";
pub(crate) const NOTHING_OFFERED: &str = "Nothing is offered here.";
pub(crate) const COMPLETIONS: &str = "What can follow";
pub(crate) const LEGEND: &str = "What the lines mean";
pub(crate) const LEGEND_PROBLEM: &str = "not understood, or it cannot be so";
pub(crate) const LEGEND_QUESTION: &str = "a question for you";
pub(crate) const LEGEND_DEFAULT: &str = "leaves something open: a default holds";
pub(crate) const LEGEND_NOTE: &str = "kept, not enforced";
pub(crate) const LEGEND_STATED: &str = "without a mark: it holds as you wrote it";

pub(crate) const ASIDE_TITLE: &str = "Two texts, one place";
pub(crate) const ASIDE_BOTH: &str = "Keep both";
pub(crate) const ASIDE_SAVE: &str = "Save this choice";
pub(crate) const ASIDE_CHOOSE: &str = "Compare and choose";
pub(crate) const ASIDE_NOTHING: &str = "(nothing)";
pub(crate) const ASIDE_SETTLED: &str = "Your choice is saved.";
pub(crate) const ASIDE_CLEAR: &str = "They no longer touch the same words; saving puts both together.";
pub(crate) const ASIDE_MOVED: &str = "Somebody has saved again since you looked. Please look once more; your choices \
     below start anew.";
pub(crate) const FIX_GONE: &str = "The text has changed, so this fix was not applied. Please look again.";

pub(crate) const INTERVIEW_DONE: &str = "Everything is asked; the text is ready to be looked at.";
pub(crate) const INTERVIEW_NEXT: &str =
    "Each sentence can be changed, here by its answer or in the text. Publishing comes after that.";
pub(crate) const INTERVIEW_ASIDE: &str =
    "The text was changed at the same words meanwhile, so the answer's text stands beside it; compare the two there.";
pub(crate) const EXAMPLE: &str = "For example:";
pub(crate) const ANSWER: &str = "Your answer";
pub(crate) const ANSWER_BUTTON: &str = "Go on";
pub(crate) const NOTHING_TO_SAY: &str = "Nothing of the kind";
pub(crate) const NOTHING_SAID: &str = "nothing of the kind";
pub(crate) const BACK: &str = "Back";
pub(crate) const TO_TEXT: &str = "To the text";
pub(crate) const ANSWERED: &str = "What you said";
pub(crate) const CHANGE_ANSWER: &str = "Change";
pub(crate) const SO_FAR: &str = "What it says so far";
pub(crate) const SO_FAR_NONE: &str = "The first sentences come with your first answers.";
pub(crate) const PROSE_HONEST: &str =
    "Nothing is taken over by itself. Use a sentence that says what you mean, and fill its gaps in the text.";
pub(crate) const PROSE_UNDERSTOOD: &str = "This is understood as it stands.";
pub(crate) const PROSE_NEAREST: &str = "Not understood as it stands. The nearest sentences that would be:";
pub(crate) const PROSE_NOTHING: &str = "Not understood, and nothing near it would be. Say it in the text yourself.";
pub(crate) const PROSE_USE: &str = "Use it";
pub(crate) const PROSE_USED: &str = "Stands in the text.";

pub(crate) const WRITE: &str = "Write it for me";
pub(crate) const WRITE_FOLLOWS: &str = "A model writes sentences from this prose, each with the words that it comes from. What it had to assume becomes a \
     question that you answer. It can take a minute.";
pub(crate) const NO_MODEL: &str = "No model is set up here. The nearest sentences below need none.";
pub(crate) const WRITTEN_ASIDE: &str =
    "The model's text stands beside the draft, because the draft says something already; compare the two there.";

/// How many questions are left.
pub(crate) fn questions_left(open: usize) -> String {
    match open {
        0 | 1 => "This is the last question.".to_owned(),
        many => format!("{} are left, and some of them can be left out.", counted(many, "question")),
    }
}

/// How much of a prose is understood.
pub(crate) fn prose_opening(sentences: usize, understood: usize) -> String {
    match sentences {
        0 => "There is no sentence in what you pasted.".to_owned(),
        _ => {
            let stands = match understood {
                0 => "none of them understood as it stands".to_owned(),
                1 => "one of them understood as it stands".to_owned(),
                more => format!("{more} of them understood as they stand"),
            };
            format!("{}, {stands}.", counted(sentences, "sentence"))
        }
    }
}

pub(crate) const PUBLISH_TITLE: &str = "Publish";
pub(crate) const PUBLISH_BUTTON: &str = "Publish this version";
pub(crate) const PUBLISH_FOLLOWS: &str =
    "Then new cases follow this text. Cases that run stay on the version on which they began.";
pub(crate) const PUBLISH_NOT_YET: &str = "It cannot be published yet.";
pub(crate) const PUBLISH_MOVED: &str = "The text has changed since you looked. Please look again before you publish.";
pub(crate) const BACK_TO_TEXT: &str = "Back to the text";

/// The first sentence: `15 sentences, 14 enforced, 1 note, 2 questions.`
pub(crate) fn opening(counts: Counts) -> String {
    if counts.sentences == 0 {
        return "Nothing is written yet.".to_owned();
    }
    let mut parts = vec![counted(counts.sentences, "sentence"), format!("{} enforced", counts.enforced)];
    let rest = [(counts.notes, "note"), (counts.questions, "question"), (counts.problems, "problem")];
    parts.extend(rest.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)));
    format!("{}.", parts.join(", "))
}

/// How much of the text is enforced, and what is not.
pub(crate) fn coverage(counts: Counts) -> String {
    let rest = counts.sentences - counts.enforced - counts.notes;
    let all = format!("{} of {} are enforced", counts.enforced, counted(counts.sentences, "sentence"));
    let notes = match counts.notes {
        0 => None,
        1 => Some("one is a note".to_owned()),
        many => Some(format!("{many} are notes")),
    };
    let open = match rest {
        0 => None,
        1 => Some("one is not understood yet".to_owned()),
        many => Some(format!("{many} are not understood yet")),
    };
    let more: Vec<String> = [notes, open].into_iter().flatten().collect();
    if more.is_empty() { format!("{all}.") } else { format!("{all}; {}.", list(&more)) }
}

/// What is still open in a line of the text.
pub(crate) fn open_at(line: usize, message: &str) -> String {
    format!("Line {line}: {message}")
}

/// The verdict in one sentence.
pub(crate) fn verdict(counts: Counts, publishable: bool) -> String {
    match (counts.sentences, publishable) {
        (0, _) => "There is nothing to publish yet.".to_owned(),
        (_, true) => "It can be published.".to_owned(),
        _ if counts.problems + counts.questions == 0 => {
            "It cannot be published yet: something could leave unsigned.".to_owned()
        }
        _ => {
            let open = [(counts.problems, "problem"), (counts.questions, "question")];
            let open: Vec<String> =
                open.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)).collect();
            let verb = if counts.problems + counts.questions == 1 { "is" } else { "are" };
            format!("It cannot be published yet: {} {verb} open.", list(&open))
        }
    }
}

/// Who else is there.
pub(crate) fn here_too(names: &[String]) -> String {
    match names.len() {
        0 => String::new(),
        1 => format!("{} is here too.", names[0]),
        _ => format!("{} are here too.", list(names)),
    }
}

/// What a default is about, as its writer reads it.
pub(crate) fn held(what: &str) -> String {
    match what {
        "shown" => "What they are shown".to_owned(),
        other => crate::web::format::capital(other),
    }
}

/// When it was saved last.
pub(crate) const SAVED: &str = "Saved";
/// Whose save it was; a name follows.
pub(crate) const SAVED_BY: &str = "by";
/// Somebody who has the same draft open twice.
pub(crate) const OTHER_WINDOW: &str = "Another window of yours";

/// A text waits for a choice. One that the reader wrote in another window met the draft as it was saved since, maybe
/// by the reader too.
pub(crate) fn aside_waits(whom: &str) -> String {
    if whom == OTHER_WINDOW {
        return "Another window of yours changed words that have been saved differently since; that text waits beside \
                this one."
            .to_owned();
    }
    format!("{whom} changed the same words as somebody else; that text waits beside this one.")
}

/// Whose changes were put together with the reader's.
pub(crate) fn merged(whom: &str) -> String {
    format!("{whom} has been writing too: both are in the text now.")
}

/// Somebody changed the same words.
pub(crate) fn conflict(whom: &str) -> String {
    format!("{whom} has changed the same words. Your text is kept beside the draft; compare the two and choose.")
}

/// Both texts at one place, for the page where somebody chooses.
pub(crate) fn aside_opening(places: usize, one: &str, other: &str) -> String {
    let places = if places == 1 { "one place".to_owned() } else { format!("{places} places") };
    format!("{one} and {other} have written different things at {places}; please choose.")
}

/// The words of somebody, as a choice.
pub(crate) fn words_of(name: &str) -> String {
    format!("What {name} wrote")
}

/// The message after publishing.
pub(crate) fn published(title: &str) -> String {
    format!("{title} is published. New cases follow it from now on.")
}

/// The message after publishing what was published already.
pub(crate) fn unchanged(title: &str) -> String {
    format!("{title} was published like this already; nothing has changed.")
}

pub(crate) const REHEARSE_WHAT: &str =
    "Tasks go to the people who would have them. No system is called, and every message comes to you instead.";
pub(crate) const REHEARSE_BUTTON: &str = "Begin the rehearsal";
pub(crate) const REHEARSE_FOLLOWS: &str =
    "Then cases can be opened under the name of the rehearsal, until you end it on its page.";

/// The question before a rehearsal.
pub(crate) fn rehearse_question(title: &str) -> String {
    format!("Rehearse {title} with real people?")
}

/// The question before publishing.
pub(crate) fn publish_question(title: &str, new: bool) -> String {
    if new {
        format!("Publish {title} as a new process?")
    } else {
        format!("Publish this as the next version of {title}?")
    }
}
