//! Words of what a model writes for a draft: a text from prose, and wished changes.

use crate::web::format::{capital, counted};

pub(crate) const TITLE: &str = "Where each sentence comes from";
pub(crate) const ABOUT: &str =
    "Each sentence stands above the words of your description that say it. What nobody has said is asked below.";
pub(crate) const SENTENCES: &str = "The sentences";
pub(crate) const STRUCTURE: &str = "Only puts the others in order.";
pub(crate) const ASSUMED: &str = "Assumed: your description does not say it. A question asks whether it is right.";
pub(crate) const CHANGED_SINCE: &str = "The text has been changed here since.";
pub(crate) const QUESTIONS: &str = "Questions for you";
pub(crate) const NO_QUESTIONS: &str = "Nothing is left to ask.";
pub(crate) const QUESTIONS_WHAT: &str = "Each stands in the text, and nothing is published before it is answered: say in the text what is right, then take \
     the question out.";
pub(crate) const ASSUMES: &str = "The text assumes for now:";
pub(crate) const CHOICES: &str = "It could be:";
pub(crate) const ABOUT_WORDS: &str = "About:";
pub(crate) const ANSWERED: &str = "It is answered: take the question out";
pub(crate) const IS_ANSWERED: &str = "Answered.";
pub(crate) const TAKEN_OUT: &str = "The question no longer stands in the text.";
pub(crate) const DROPPED: &str = "Left out";
pub(crate) const DROPPED_WHAT: &str = "The model found no place for these words and says why.";
pub(crate) const REFUSED: &str = "Not taken";
pub(crate) const REFUSED_WHAT: &str =
    "The model wrote these sentences, but the words that it quoted for them do not stand in your description.";
pub(crate) const REFUSED_QUOTE: &str = "Quoted for it:";
pub(crate) const UNACCOUNTED: &str = "Neither used nor left out";
pub(crate) const UNACCOUNTED_WHAT: &str = "The model passed over these words. Each has become a question.";
pub(crate) const PROSE: &str = "Your description";
pub(crate) const PROSE_WHAT: &str = "Marked: used in a sentence. Struck through: left out.";
pub(crate) const NOTHING: &str = "The model gave nothing to go on with. The draft is as it was.";
pub(crate) const WAIT: &str = "The model is writing. This can take a minute or two; the draft stays as it is until \
     then.";

pub(crate) const WISH_TITLE: &str = "Ask for a change";
pub(crate) const WISH_OPENING: &str = "What should be different?";
pub(crate) const WISH_LABEL: &str = "What should be different, in your own words";
pub(crate) const WISH_HINT: &str = "For example: the finance lead gets three days instead of two, and the requester is \
     told when it is late.";
pub(crate) const WISH_BUTTON: &str = "Propose the change";
pub(crate) const WISH_AGAIN: &str = "Ask for something else";
pub(crate) const WISH_FOLLOWS: &str =
    "A model proposes which sentences would change. Nothing changes before you have seen each of them and take it.";
pub(crate) const WISHED: &str = "You asked for";
pub(crate) const WISH_TAKE: &str = "Take this change";
pub(crate) const WISH_TAKE_FOLLOWS: &str =
    "Then the text says so. Every other sentence stays as it is, and you can undo it.";
pub(crate) const WISH_DISCARD: &str = "Discard it";
pub(crate) const WISH_TAKEN: &str = "The change is in the text now.";
pub(crate) const WISH_DISCARDED: &str = "The proposed change was discarded. The text is as it was.";
pub(crate) const WISH_UNDO: &str = "Undo this change";
pub(crate) const WISH_UNDONE: &str = "The change was taken out of the text again.";
pub(crate) const WISH_GONE: &str =
    "The proposed change does not fit the text any more, so nothing was changed. Please ask for it again.";
pub(crate) const WISH_NOTHING_TO_UNDO: &str = "There is no change to undo any more.";
pub(crate) const WISH_ASIDE: &str =
    "The text has been changed at the same words meanwhile. Both stand beside each other; compare the two and choose.";
pub(crate) const WISH_MOVED: &str = "The text has been changed since this was proposed. Taking it puts both together.";
pub(crate) const WISH_QUESTIONS: &str = "What it assumes";
pub(crate) const WISH_QUESTIONS_WHAT: &str =
    "Nobody has said this. Each becomes a question in the text, and nothing is published before it is answered.";
pub(crate) const WISH_EMPTY: &str = "Please say what should be different.";
pub(crate) const WISH_CANNOT: &str = "This cannot be done by changing the text.";
pub(crate) const WISH_NO_TEXT: &str = "There is no text yet that could be changed. Begin with questions and answers, or \
     write the first sentences.";
pub(crate) const DIFF: &str = "The sentences that would change";
pub(crate) const ADDED: &str = "New";
pub(crate) const REMOVED: &str = "Gone";
pub(crate) const CHANGED: &str = "Changed";
pub(crate) const MOVED: &str = "Elsewhere";
pub(crate) const WISHED_BY: &str = "Asked for by";
pub(crate) const TAKEN_BY: &str = "Taken by";

pub(crate) const NO_MODEL: &str =
    "No model is set up here, so nothing can be written for you. Two other ways need none:";
pub(crate) const NO_MODEL_WISH: &str =
    "No model is set up here, so a wish cannot be turned into sentences for you. These ways need none:";
pub(crate) const NO_MODEL_SET_UP: &str =
    "Whoever runs this program sets one up in its configuration, in the part [model].";
pub(crate) const WAY_INTERVIEW: &str = "Answer questions";
pub(crate) const WAY_INTERVIEW_WHAT: &str = "one at a time; the sentences grow beside them.";
pub(crate) const WAY_NEAREST: &str = "Use the nearest sentences";
pub(crate) const WAY_NEAREST_WHAT: &str = "below; each carries your own words.";
pub(crate) const WAY_TEXT: &str = "Change the text";
pub(crate) const WAY_TEXT_WHAT: &str = "What can follow is offered while you type.";
pub(crate) const WAY_DRAWING: &str = "Change a step on the drawing";
pub(crate) const WAY_DRAWING_WHAT: &str = "Who, by when, on what condition: what you pick is written as a sentence.";

/// What a model wrote, first of all: `By agent: 9 sentences, 6 of them from your words; 2 questions are open.`
pub(crate) fn opening(sentences: usize, stated: usize, open: usize) -> String {
    let of_yours = match stated {
        0 => "none of them from your words".to_owned(),
        some => format!("{some} of them from your words"),
    };
    let open = match open {
        0 => "nothing is left to ask".to_owned(),
        1 => "one question is open".to_owned(),
        more => format!("{more} questions are open"),
    };
    format!("By agent: {}, {of_yours}; {open}.", counted(sentences, "sentence"))
}

/// A draft that is not whole, and why the model was not asked further.
pub(crate) fn unfinished(why: &str) -> String {
    format!("This is not whole: {why}. What is here is in the text; what is missing or wrong is marked there.")
}

/// Why a model gave nothing; the draft is as it was.
pub(crate) fn nothing(why: &str) -> String {
    format!("{}. Nothing was changed; please try again later, or say it in the text yourself.", capital(why))
}

/// How much a wish would change.
pub(crate) fn wish_opening(sentences: usize) -> String {
    match sentences {
        0 => "This would change nothing: the text says so already.".to_owned(),
        1 => "One sentence would change. Nothing is changed until you take it.".to_owned(),
        more => format!("{more} sentences would change. Nothing is changed until you take it."),
    }
}

/// The change that was taken last.
pub(crate) fn taken(request: &str) -> String {
    format!("Taken into the text: \u{201c}{request}\u{201d}")
}
