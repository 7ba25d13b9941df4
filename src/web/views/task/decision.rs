//! The forms of a decision. Each is a plain form, so that deciding needs no script.

use countersign_core::case::Outcome;
use maud::{Markup, html};

use crate::web::{
    catalogue::{Button, text::task as text},
    paths,
    views::{
        form::{self, FormField},
        parts::csrf,
    },
};

/// What the reader can do with a task.
#[derive(Clone, Debug, Default)]
pub struct DecisionView {
    /// The digest of what they are shown.
    pub shown: String,
    /// The buttons, the one that moves it on first.
    pub buttons: Vec<Button>,
    /// Fields that have to be filled in (provide, do).
    pub asked: Vec<FormField>,
    /// Fields that may be edited while approving, or chosen otherwise when confirming.
    pub editable: Vec<FormField>,
    /// Whether they may ask the requester.
    pub may_ask: bool,
    /// Whether an answer has to be written.
    pub answer: bool,
    /// To whom they may hand it.
    pub delegates: Vec<Delegate>,
    /// What they typed before, when the page comes back.
    pub typed: Typed,
}

/// Somebody to whom a task can be handed.
#[derive(Clone, Debug)]
pub struct Delegate {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
}

/// What was typed before the page came back.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The reason of a rejection.
    pub reason: String,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
    /// The checks that fail with the values typed, as the page has told them; empty where it has told of none.
    pub warned: String,
    /// What is wrong with the reason, the question or the answer, as a sentence.
    pub problem: Option<String>,
}

/// The word of an outcome in a form.
#[must_use]
pub const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Rejected => "rejected",
        Outcome::Completed => "completed",
        Outcome::TryAgain => "try_again",
    }
}

/// The section with every way to decide.
pub(super) fn section(token: &str, label: &str, view: &DecisionView) -> Markup {
    let (main, refusal) = split(&view.buttons);
    html! {
        section.decision aria-label=(text::DECISION) {
            (form::problems(&view.asked))
            (form::problems(&view.editable))
            @if let Some(problem) = &view.typed.problem { p.problem role="alert" { (problem) } }
            @for (place, button) in main.iter().enumerate() { (main_form(token, label, view, button, place == 0)) }
            div.others-ways {
                @if !view.editable.is_empty() { (edit(token, label, view, main.first().copied())) }
                @if view.may_ask { (ask(token, label, view)) }
                @if let Some(button) = refusal { (reject(token, label, view, button)) }
                @if !view.delegates.is_empty() { (delegate(token, label, &view.delegates)) }
            }
        }
    }
}

fn split(buttons: &[Button]) -> (Vec<&Button>, Option<&Button>) {
    (
        buttons.iter().filter(|button| button.outcome != Outcome::Rejected).collect(),
        buttons.iter().find(|button| button.outcome == Outcome::Rejected),
    )
}

fn opening(token: &str, view: &DecisionView, outcome: Outcome) -> Markup {
    html! {
        (csrf(token))
        input type="hidden" name="shown" value=(view.shown);
        input type="hidden" name="outcome" value=(word(outcome));
    }
}

fn main_form(token: &str, label: &str, view: &DecisionView, button: &Button, first: bool) -> Markup {
    let fields = if first { view.asked.as_slice() } else { &[] };
    let answer = view.answer && first;
    html! {
        form.stack method="post" action=(paths::task_part(label, "decisions")) enctype="multipart/form-data" {
            (opening(token, view, button.outcome))
            @for field in fields { (form::field(field)) }
            @if answer {
                label for="answer" { (text::ANSWER) }
                textarea #answer name="reason" rows="3" required { (view.typed.answer) }
            }
            div.act {
                button.main[first] data-key=[first.then_some("a")] { (button.label) }
                @if !button.follows.is_empty() { p.follows { (button.follows) } }
            }
        }
    }
}

fn edit(token: &str, label: &str, view: &DecisionView, button: Option<&Button>) -> Markup {
    let outcome = button.map(|button| button.outcome);
    let confirming = outcome == Some(Outcome::Completed);
    let (open, save) =
        if confirming { (text::CHANGE_OPEN, text::CHANGE_OPEN) } else { (text::EDIT_OPEN, text::EDIT_LABEL) };
    let wrong = view.editable.iter().any(|field| field.problem.is_some());
    let follows = button.map(|button| button.follows.as_str()).filter(|follows| !follows.is_empty());
    html! {
        details name="way" open[wrong || !view.typed.warned.is_empty()] {
            summary data-key="e" { (open) }
            form.stack method="post" action=(paths::task_part(label, "decisions")) enctype="multipart/form-data" {
                (opening(token, view, outcome.unwrap_or(Outcome::Approved)))
                @if !view.typed.warned.is_empty() { input type="hidden" name="warned" value=(view.typed.warned); }
                @for field in &view.editable { (form::field(field)) }
                div.act {
                    button { (save) }
                    p.follows { (text::EDIT_HINT) @if let Some(follows) = follows { " " (text::EDIT_FOLLOWS) " " (follows) } }
                }
            }
        }
    }
}

fn ask(token: &str, label: &str, view: &DecisionView) -> Markup {
    html! {
        details name="way" open[!view.typed.question.is_empty()] {
            summary data-key="q" { (text::ASK_OPEN) }
            form.stack method="post" action=(paths::task_part(label, "questions")) {
                (csrf(token))
                label for="question" { (text::QUESTION) }
                textarea #question name="question" rows="3" required { (view.typed.question) }
                div.act { button { (text::SEND_QUESTION) } }
            }
        }
    }
}

fn reject(token: &str, label: &str, view: &DecisionView, button: &Button) -> Markup {
    let open = if button.label == text::REJECT { text::REJECT_OPEN } else { &button.label };
    html! {
        details name="way" open[!view.typed.reason.is_empty()] {
            summary.refuse data-key="r" { (open) }
            form.stack method="post" action=(paths::task_part(label, "decisions")) enctype="multipart/form-data" {
                (opening(token, view, button.outcome))
                label for="reason" { (text::REASON) }
                p.hint #reason-hint { (text::REASON_HINT) }
                textarea #reason name="reason" rows="3" required aria-describedby="reason-hint" { (view.typed.reason) }
                div.act {
                    button.refuse { (button.label) }
                    @if !button.follows.is_empty() { p.follows { (button.follows) } }
                }
            }
        }
    }
}

fn delegate(token: &str, label: &str, delegates: &[Delegate]) -> Markup {
    html! {
        details name="way" {
            summary { (text::MORE_OPEN) }
            form.stack method="post" action=(paths::task_part(label, "delegations")) {
                (csrf(token))
                label for="to" { (text::DELEGATE_TO) }
                select #to name="to" required { @for one in delegates { option value=(one.id) { (one.name) } } }
                div.act { button { (text::DELEGATE) } }
            }
        }
    }
}
