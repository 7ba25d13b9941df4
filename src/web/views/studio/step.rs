//! One step of a draft with its pickers: what is picked here is written as a sentence.

use countersign_core::{
    definition::{Definition, Path, Step, WaitUntil},
    time::Span,
};
use maud::{Markup, html};

use super::crumb;
use crate::{
    drawing::words::{self, StepWords},
    web::{
        catalogue::text::{drawn as text, studio},
        paths,
        views::{
            layout::{Section, Shell, page as layout},
            parts::csrf,
            process::pane,
        },
    },
};

/// A step with its pickers.
#[derive(Clone, Debug)]
pub struct StepView {
    /// The draft.
    pub draft: String,
    /// Its title.
    pub title: String,
    /// The revision that is shown.
    pub revision: u64,
    /// The step.
    pub path: Path,
    /// What it says of itself.
    pub words: StepWords,
    /// Its sentences.
    pub sentences: Vec<String>,
    /// What can be changed in it.
    pub picks: Picks,
    /// Everybody who can be picked, as the text names them.
    pub people: Vec<String>,
    /// Every field, as the text names it.
    pub fields: Vec<String>,
    /// The drawing, with the step marked.
    pub drawing: Markup,
    /// The same as a list.
    pub list: Markup,
    /// Why the last change was not made.
    pub problem: Option<String>,
}

/// What can be changed in a step.
#[derive(Clone, Debug, Default)]
pub struct Picks {
    /// Whoever is named now, as the text names them.
    pub who: Option<String>,
    /// The time that it has; `None` where it has none.
    pub due: Option<Span>,
    /// The conditions of its ways.
    pub conditions: Vec<String>,
}

impl StepView {
    /// What can be changed in a step of a definition.
    #[must_use]
    pub fn picks(definition: &Definition, step: &Step) -> Picks {
        use crate::language::{condition, who};
        let conditions = match step {
            Step::Choice { branches, .. } => branches.iter().map(|one| condition(definition, &one.guard)).collect(),
            _ => Vec::new(),
        };
        let named = match step {
            Step::Human(human) => Some(&human.who),
            Step::Agent(agent) => Some(&agent.on_unsure),
            Step::System(call) if call.failure.is_empty() => Some(&call.on_failure),
            Step::LookUp(look) if look.failure.is_empty() => Some(&look.on_failure),
            Step::Message(message) => Some(&message.to),
            Step::Return { then: who, .. } | Step::HandOver { who, .. } => Some(who),
            _ => None,
        };
        let due = match step {
            Step::Human(human) => Some(human.due),
            Step::Agent(agent) => Some(agent.due),
            Step::System(call) => Some(call.answer_within),
            Step::LookUp(look) => Some(look.answer_within),
            Step::HandOver { due, .. } => Some(*due),
            Step::Wait { until } => match until {
                WaitUntil::Passed { span } => Some(*span),
                WaitUntil::Message { within, .. } => Some(*within),
                WaitUntil::Look { every, .. } => Some(*every),
                WaitUntil::Date { offset, .. } => offset.map(|offset| offset.span),
            },
            _ => None,
        };
        Picks { who: named.map(|named| who(definition, named)), due, conditions }
    }
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &StepView) -> Markup {
    let content = html! {
        (crumb(&view.draft, &view.title))
        h1.lead { (view.words.what) @if let Some(who) = &view.words.who { " \u{b7} " (who) } }
        @if let Some(problem) = &view.problem {
            div.problems role="alert" tabindex="-1" { p { (text::NOT_WRITTEN) " " (problem) "." } }
        }
        div.look {
            div {
                section.prose aria-labelledby="step-sentences" {
                    h2 #step-sentences { (text::STEP_SENTENCES) }
                    @for sentence in &view.sentences { p.sentence { (sentence) } }
                }
                (pickers(shell, view))
                p.links { a href=(paths::draft(&view.draft)) { (studio::BACK_TO_TEXT) } }
            }
            section aria-labelledby="step-drawing" {
                h2 #step-drawing { (text::DRAWING) }
                (pane(&view.drawing, &view.list))
            }
        }
    };
    layout(shell, Section::Processes, &view.words.what, &content)
}

/// A form that posts one change.
fn change(shell: &Shell, view: &StepView, what: &str, fields: &Markup, label: &str) -> Markup {
    html! {
        form method="post" action={ (paths::draft_step(&view.draft, &view.path.to_string())) "/edits" } {
            (csrf(&shell.csrf))
            input type="hidden" name="revision" value=(view.revision);
            @if !what.is_empty() { input type="hidden" name="do" value=(what); }
            (fields)
            div.act { @if !label.is_empty() { button { (label) } } }
        }
    }
}

fn pickers(shell: &Shell, view: &StepView) -> Markup {
    let who = html! {
        label for="pick-who" { (text::PICK_WHO) }
        " "
        (people("pick-who", "who", &view.people, view.picks.who.as_deref()))
    };
    let due = html! { (span("pick-due", text::PICK_DUE, view.picks.due)) };
    let moves = html! {
        div.act {
            button name="do" value="up" { (text::PICK_UP) }
            button name="do" value="down" { (text::PICK_DOWN) }
            button.refuse name="do" value="delete" { (text::PICK_DELETE) }
        }
    };
    html! {
        section.picker aria-labelledby="step-change" {
            h2 #step-change { (text::PICK_TITLE) }
            @if view.picks.who.is_some() { (change(shell, view, "who", &who, text::PICK_SAVE)) }
            @if view.picks.due.is_some() { (change(shell, view, "due", &due, text::PICK_SAVE)) }
            @for (way, words) in view.picks.conditions.iter().enumerate() {
                @let fields = html! {
                    input type="hidden" name="way" value=(way);
                    label for={ "pick-condition-" (way) } { (text::PICK_CONDITION) }
                    " "
                    input #{ "pick-condition-" (way) } type="text" name="condition" value=(words) size="40";
                };
                (change(shell, view, "condition", &fields, text::PICK_SAVE))
            }
            @if view.picks.conditions.is_empty() && view.words.kind != words::Kind::Split {
                (change(shell, view, "only-if", &only_if(view), text::PICK_ONLY_IF))
            }
            (change(shell, view, "", &moves, ""))
            details {
                summary { (text::PICK_INSERT) }
                (change(shell, view, "", &insert(view), ""))
            }
        }
    }
}

fn people(id: &str, name: &str, all: &[String], now: Option<&str>) -> Markup {
    html! {
        select id=(id) name=(name) {
            @if now.is_none() { option value="" {} }
            @for words in all { option value=(words) selected[Some(words.as_str()) == now] { (words) } }
        }
    }
}

fn span(id: &str, label: &str, now: Option<Span>) -> Markup {
    let (count, in_unit) = match now {
        Some(Span::Minutes(count)) => (Some(count), "minutes"),
        Some(Span::Hours(count)) => (Some(count), "hours"),
        Some(Span::Days(count)) => (Some(count), "days"),
        Some(Span::WorkingDays(count)) => (Some(count), "working"),
        None => (None, "working"),
    };
    html! {
        label for=(id) { (label) }
        " "
        input id=(id) type="text" inputmode="numeric" name="count" value=[count] size="4" maxlength="4";
        " "
        select name="unit" aria-label=(text::PICK_UNIT) {
            @for (value, words) in text::UNITS { option value=(value) selected[value == in_unit] { (words) } }
        }
    }
}

fn only_if(view: &StepView) -> Markup {
    html! {
        label for="only-field" { (text::PICK_IF) }
        " "
        select #only-field name="field" {
            option value="" {}
            @for field in &view.fields { option value=(field) { (field) } }
        }
        " "
        select name="relation" aria-label=(text::PICK_RELATION) {
            @for relation in text::RELATIONS { option value=(relation) { (relation) } }
        }
        " "
        input type="text" name="value" aria-label=(text::PICK_VALUE) size="14";
    }
}

fn insert(view: &StepView) -> Markup {
    html! {
        p {
            (people("new-who", "who", &view.people, None))
            " "
            label.quiet for="new-who" { (text::NEW_WHO) }
        }
        p {
            select name="verb" aria-label=(text::NEW_VERB) {
                @for (value, words) in text::VERBS { option value=(value) { (words) } }
            }
            " "
            input type="text" name="what" aria-label=(text::NEW_WHAT) placeholder=(text::NEW_WHAT) size="24";
        }
        p { (span("new-due", text::PICK_DUE, None)) }
        p {
            label for="new-sentence" { (text::NEW_SENTENCE) }
            br;
            input #new-sentence type="text" name="sentence" size="44" placeholder=(text::NEW_SENTENCE_HINT);
        }
        div.act {
            button name="do" value="before" { (text::NEW_BEFORE) }
            button name="do" value="after" { (text::NEW_AFTER) }
        }
    }
}
