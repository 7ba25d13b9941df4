//! Two people changed the same words: both texts side by side, and somebody chooses.

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

/// Two texts that somebody puts together.
#[derive(Clone, Debug)]
pub struct AsideView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The number of the text beside it.
    pub number: u64,
    /// The revision of the draft that is shown here.
    pub revision: u64,
    /// Whose text stands beside the draft.
    pub mine: String,
    /// Who changed the draft.
    pub theirs: String,
    /// The text in order.
    pub parts: Vec<Part>,
    /// What is wrong with what was sent, as a sentence.
    pub problem: Option<String>,
}

/// A stretch of the two texts.
#[derive(Clone, Debug)]
pub enum Part {
    /// Both have it; a long one is shown by its ends.
    Agreed(String),
    /// They differ; the number names the choice.
    Choose {
        /// The number of the choice.
        number: usize,
        /// The words of the text beside the draft.
        mine: String,
        /// The words of the draft.
        theirs: String,
    },
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &AsideView) -> Markup {
    let places = view.parts.iter().filter(|part| matches!(part, Part::Choose { .. })).count();
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead {
                @if places == 0 {
                    (text::ASIDE_CLEAR)
                } @else {
                    (text::aside_opening(places, &view.mine, &view.theirs))
                }
            }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            form method="post" action=(paths::draft_aside(&view.id, view.number)) {
                (csrf(&shell.csrf))
                input type="hidden" name="revision" value=(view.revision);
                @for part in &view.parts {
                    @match part {
                        Part::Agreed(words) => { pre.process-text.quiet { (words) } }
                        Part::Choose { number, mine, theirs } => { (choice(view, *number, mine, theirs)) }
                    }
                }
                div.act {
                    button.main { (text::ASIDE_SAVE) }
                    a href=(paths::draft(&view.id)) { (text::BACK_TO_TEXT) }
                }
            }
        }
    };
    layout(shell, Section::Processes, text::ASIDE_TITLE, &content)
}

fn choice(view: &AsideView, number: usize, mine: &str, theirs: &str) -> Markup {
    let one = |value: &str, label: &str, words: Option<&str>, checked: bool| {
        html! {
            label.choice {
                input type="radio" name={ "choice-" (number) } value=(value) checked[checked] required;
                " " (label)
                @if let Some(words) = words {
                    pre.process-text { @if words.trim().is_empty() { (text::ASIDE_NOTHING) } @else { (words) } }
                }
            }
        }
    };
    html! {
        fieldset.choose {
            legend { (text::ASIDE_TITLE) }
            (one("mine", &text::words_of(&view.mine), Some(mine), false))
            (one("theirs", &text::words_of(&view.theirs), Some(theirs), false))
            (one("both", text::ASIDE_BOTH, None, true))
        }
    }
}
