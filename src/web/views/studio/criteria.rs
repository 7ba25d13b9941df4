//! The examples of a draft's criteria, by their right answer.

use countersign_core::{
    canonical::Digest,
    definition::{CriterionExample, RightAnswer},
};
use maud::{Markup, html};

use super::crumb;
use crate::{
    language::{BECAUSE_CHARACTERS_MAX, EXAMPLE_CHARACTERS_MAX},
    web::{
        catalogue::text::{criteria as text, studio},
        paths,
        views::{
            layout::{Section, Shell, page as layout},
            parts::csrf,
        },
    },
};

/// The criteria of a draft with their examples.
#[derive(Clone, Debug)]
pub struct CriteriaView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What the text asks, and what there are examples of.
    pub criteria: Vec<CriterionView>,
    /// Why what was typed was not saved, as a sentence.
    pub problem: Option<(String, Typed)>,
}

/// One criterion.
#[derive(Clone, Debug)]
pub struct CriterionView {
    /// Its words.
    pub words: String,
    /// Whether a sentence asks it.
    pub asked: bool,
    /// Its examples, in order.
    pub examples: Vec<ExampleView>,
    /// The examples as a file; empty when there are none.
    pub file: String,
}

/// One example.
#[derive(Clone, Debug)]
pub struct ExampleView {
    /// The number that a verdict names it by.
    pub number: usize,
    /// What it is known by while it is changed.
    pub key: Digest,
    /// The example.
    pub example: CriterionExample,
}

/// What was typed into a form.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// The criterion.
    pub criterion: String,
    /// The example that it is to take the place of; empty for another one.
    pub was: String,
    /// What is right.
    pub answer: Option<RightAnswer>,
    /// The example.
    pub text: String,
    /// Why.
    pub because: String,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &CriteriaView) -> Markup {
    let examples = view.criteria.iter().map(|one| one.examples.len()).sum();
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead { (text::opening(view.criteria.len(), examples)) }
            p.about { (text::ABOUT) }
            @if let Some((problem, _)) = &view.problem { p.problem role="alert" { (problem) } }
            @for (place, one) in view.criteria.iter().enumerate() { (criterion(shell, view, place, one)) }
            p { a href=(paths::draft(&view.id)) { (studio::BACK_TO_TEXT) } }
        }
    };
    layout(shell, Section::Processes, text::TITLE, &content)
}

fn criterion(shell: &Shell, view: &CriteriaView, place: usize, one: &CriterionView) -> Markup {
    let heading = format!("criterion-{place}");
    let filled = |name: String, was: Typed| form(shell, &view.id, &name, &typed(view, was));
    let new = Typed { criterion: one.words.clone(), ..Typed::default() };
    html! {
        section.criterion aria-labelledby=(heading) {
            h2 #(heading) { "\u{201c}" (one.words) "\u{201d}" }
            @if !one.asked { p.due { (text::NOT_ASKED) } }
            @for answer in RightAnswer::ALL {
                @let examples: Vec<&ExampleView> =
                    one.examples.iter().filter(|known| known.example.answer == answer).collect();
                @if one.asked || !examples.is_empty() { h3 { (text::group(answer)) } }
                @if one.asked && examples.is_empty() { p.quiet { (text::NONE) } }
                @if !examples.is_empty() {
                    ul.examples {
                        @for known in examples {
                            li {
                                blockquote {
                                    (known.example.text)
                                    @if !known.example.because.is_empty() { footer { (known.example.because) } }
                                }
                                (open(view, &one.words, &known.key, text::CHANGE, &text::number(known.number), &filled(
                                    format!("{place}-{}", known.number),
                                    of(one, known),
                                )))
                            }
                        }
                    }
                }
            }
            @if one.asked { (open(view, &one.words, "", text::ANOTHER, "", &filled(format!("{place}-new"), new))) }
            @if !one.file.is_empty() {
                details {
                    summary { (text::AS_FILE) }
                    p.about { (text::AS_FILE_WHAT) }
                    pre.process-text { (one.file) }
                }
            }
        }
    }
}

/// A form behind a click; open when what was typed into it was not saved.
fn open(view: &CriteriaView, criterion: &str, was: &str, label: &str, number: &str, form: &Markup) -> Markup {
    let refused = view.problem.as_ref().is_some_and(|(_, typed)| typed.criterion == criterion && typed.was == was);
    html! {
        details open[refused] {
            summary {
                @if !number.is_empty() { span.kind { (number) } " " }
                (label)
            }
            (form)
        }
    }
}

fn of(criterion: &CriterionView, known: &ExampleView) -> Typed {
    let CriterionExample { text, answer, because } = known.example.clone();
    Typed { criterion: criterion.words.clone(), was: known.key.clone(), answer: Some(answer), text, because }
}

/// What was typed and not saved stands again in its form.
fn typed(view: &CriteriaView, known: Typed) -> Typed {
    let refused = view.problem.iter().map(|(_, typed)| typed);
    let mut refused = refused.filter(|typed| typed.criterion == known.criterion && typed.was == known.was);
    refused.next().cloned().unwrap_or(known)
}

fn form(shell: &Shell, id: &str, place: &str, typed: &Typed) -> Markup {
    let (said, why) = (format!("text-{place}"), format!("because-{place}"));
    html! {
        form.stack method="post" action=(paths::draft_part(id, "criteria")) {
            (csrf(&shell.csrf))
            input type="hidden" name="criterion" value=(typed.criterion);
            input type="hidden" name="was" value=(typed.was);
            fieldset {
                legend { (text::ANSWER) }
                @for answer in RightAnswer::ALL {
                    label.radio {
                        input type="radio" name="answer" value=(answer.words()) required checked[typed.answer == Some(answer)];
                        " " (text::group(answer))
                    }
                }
            }
            label for=(said) { (text::TEXT) }
            textarea id=(said) name="text" rows="3" required maxlength=(EXAMPLE_CHARACTERS_MAX) { "\n" (typed.text) }
            label for=(why) { (text::BECAUSE) }
            input id=(why) type="text" name="because" value=(typed.because) maxlength=(BECAUSE_CHARACTERS_MAX);
            div.act {
                button { (text::SAVE) }
                @if !typed.was.is_empty() {
                    button.refuse name="do" value="remove" formnovalidate { (text::REMOVE) }
                }
            }
        }
    }
}
