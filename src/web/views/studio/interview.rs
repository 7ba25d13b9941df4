//! One question at a time, and beside it the sentences that grow.

use maud::{Markup, html};

use super::crumb;
use crate::web::{
    catalogue::text::studio as text,
    paths,
    views::{
        layout::{Section, Shell, page as layout},
        parts::csrf,
    },
};

/// Where an interview stands.
#[derive(Clone, Debug, Default)]
pub struct InterviewView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The question that is asked; `None` when all are answered.
    pub asked: Option<Asked>,
    /// The questions that were answered: what names them, their words and the answer.
    pub answered: Vec<(String, String, String)>,
    /// The sentences so far.
    pub sentences: Vec<Grown>,
    /// How many questions are open, the asked one included.
    pub open: usize,
}

/// A question as it is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What names it.
    pub id: String,
    /// Its words.
    pub ask: String,
    /// Why it is asked, as a sentence.
    pub why: String,
    /// An answer of the kind that is understood.
    pub example: String,
    /// Whether there may be nothing to say.
    pub optional: bool,
    /// Whether the answer may have several lines.
    pub lines: bool,
    /// The answer as it was typed.
    pub answer: String,
    /// Why the answer could not be used, as a sentence.
    pub problem: Option<String>,
    /// The question before it.
    pub before: Option<String>,
}

/// A sentence that an answer became.
#[derive(Clone, Debug)]
pub struct Grown {
    /// Its words.
    pub words: String,
    /// The question whose answer it comes from.
    pub question: String,
    /// Whether it came with the last answer.
    pub fresh: bool,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &InterviewView) -> Markup {
    let title = view.asked.as_ref().map_or(text::INTERVIEW_DONE, |asked| asked.ask.as_str());
    let content = html! {
        (crumb(&view.id, &view.title))
        h1.lead { (title) }
        div.studio {
            div {
                @match &view.asked {
                    Some(asked) => { (question(shell, view, asked)) }
                    None => { (done(view)) }
                }
                @if !view.answered.is_empty() { (answered(view)) }
            }
            section aria-labelledby="so-far" {
                h2 #so-far { (text::SO_FAR) }
                @if view.sentences.is_empty() { p.quiet { (text::SO_FAR_NONE) } }
                div.prose aria-live="polite" { @for sentence in &view.sentences { (grown(view, sentence)) } }
            }
        }
    };
    layout(shell, Section::Processes, title, &content)
}

fn question(shell: &Shell, view: &InterviewView, asked: &Asked) -> Markup {
    let told = if asked.problem.is_some() { "answer-why answer-problem" } else { "answer-why" };
    let invalid = asked.problem.as_ref().map(|_| "true");
    let at = paths::draft_part(&view.id, "interview");
    html! {
        form.stack method="post" action=(at) {
            (csrf(&shell.csrf))
            input type="hidden" name="question" value=(asked.id);
            p.quiet { (text::questions_left(view.open)) }
            p.hint #answer-why { (asked.why) " " (text::EXAMPLE) " " em { (asked.example) } }
            @if let Some(problem) = &asked.problem { p.problem #answer-problem role="alert" { (problem) } }
            label for="answer" { (text::ANSWER) }
            textarea #answer name="answer" rows=(if asked.lines { "5" } else { "2" }) autofocus
                required[!asked.optional] aria-describedby=(told) aria-invalid=[invalid] { "\n" (asked.answer) }
            div.act {
                button.main { (text::ANSWER_BUTTON) }
                @if asked.optional { button name="nothing" value="yes" formnovalidate { (text::NOTHING_TO_SAY) } }
                @if let Some(before) = &asked.before { a href={ (at) "?question=" (before) } { (text::BACK) } }
                a href=(paths::draft(&view.id)) { (text::TO_TEXT) }
            }
        }
    }
}

fn done(view: &InterviewView) -> Markup {
    html! {
        p { (text::INTERVIEW_NEXT) }
        div.act { a.button.main href=(paths::draft(&view.id)) { (text::TO_TEXT) } }
    }
}

fn answered(view: &InterviewView) -> Markup {
    html! {
        section aria-labelledby="answered" {
            h2 #answered { (text::ANSWERED) }
            dl.fields {
                @for (id, ask, answer) in &view.answered {
                    div.field {
                        dt { (ask) }
                        dd {
                            span.value { @if answer.is_empty() { (text::NOTHING_SAID) } @else { (answer) } }
                            " "
                            a href={ (paths::draft_part(&view.id, "interview")) "?question=" (id) } {
                                (text::CHANGE_ANSWER)
                            }
                        }
                    }
                }
            }
        }
    }
}

fn grown(view: &InterviewView, sentence: &Grown) -> Markup {
    html! {
        p.sentence {
            a.from href={ (paths::draft_part(&view.id, "interview")) "?question=" (sentence.question) }
                title=(text::CHANGE_ANSWER) {
                @if sentence.fresh { ins { (sentence.words) } } @else { (sentence.words) }
            }
        }
    }
}
