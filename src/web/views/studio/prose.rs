//! The prose that a text is written from: for each of its sentences what would be understood.

use maud::{Markup, html};

use super::crumb;
use crate::web::{
    catalogue::text::{studio as text, written},
    paths,
    views::{
        layout::{Section, Shell, page as layout},
        parts::csrf,
    },
};

/// A prose with what can be made of it.
#[derive(Clone, Debug, Default)]
pub struct ProseView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The revision of the draft that is shown.
    pub revision: u64,
    /// Its sentences.
    pub sentences: Vec<ProseLine>,
    /// The text so far.
    pub text: String,
    /// Whether there is a model that can write it.
    pub model: bool,
    /// Whether a model has written from it already.
    pub written: bool,
}

/// A sentence of the prose.
#[derive(Clone, Debug, Default)]
pub struct ProseLine {
    /// Its words.
    pub words: String,
    /// Whether it would be understood as it stands.
    pub understood: bool,
    /// Whether its words stand in the text already.
    pub used: bool,
    /// Sentences that would be understood once their gaps are filled, nearest first.
    pub nearest: Vec<String>,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &ProseView) -> Markup {
    let understood = view.sentences.iter().filter(|line| line.understood).count();
    let content = html! {
        (crumb(&view.id, &view.title))
        h1.lead { (text::prose_opening(view.sentences.len(), understood)) }
        p.about { (text::PROSE_HONEST) }
        @if view.model {
            form method="post" action=(paths::draft_part(&view.id, "writing")) data-wait=(written::WAIT) {
                (csrf(&shell.csrf))
                div.act { button { (text::WRITE) } p.follows role="status" { (text::WRITE_FOLLOWS) } }
            }
        } @else {
            (alone(view))
        }
        @if view.written { p { a href=(paths::draft_part(&view.id, "writing")) { (text::TO_WRITING) } } }
        div.studio {
            section aria-labelledby="prose-title" {
                h2 #prose-title { (text::TO_PROSE) }
                ol.found { @for line in &view.sentences { (sentence(shell, view, line)) } }
            }
            section aria-labelledby="so-far" {
                h2 #so-far { (text::SO_FAR) }
                @if view.text.trim().is_empty() { p.quiet { (text::SO_FAR_NONE) } }
                pre.process-text { (view.text) }
                div.act { a.button.main href=(paths::draft(&view.id)) { (text::TO_TEXT) } }
            }
        }
    };
    layout(shell, Section::Processes, text::TO_PROSE, &content)
}

/// What there is to do without a model.
fn alone(view: &ProseView) -> Markup {
    html! {
        div.notice {
            p { (written::NO_MODEL) }
            ul {
                li {
                    a href=(paths::draft_part(&view.id, "interview")) { (written::WAY_INTERVIEW) } ": "
                    (written::WAY_INTERVIEW_WHAT)
                }
                li { a href="#prose-title" { (written::WAY_NEAREST) } " " (written::WAY_NEAREST_WHAT) }
            }
            p.quiet { (written::NO_MODEL_SET_UP) }
        }
    }
}

fn sentence(shell: &Shell, view: &ProseView, line: &ProseLine) -> Markup {
    html! {
        li {
            blockquote { (line.words) }
            @if line.used {
                p.done { (text::PROSE_USED) }
            } @else if line.understood {
                (using(shell, view, &line.words, text::PROSE_UNDERSTOOD))
            } @else if line.nearest.is_empty() {
                p.quiet { (text::PROSE_NOTHING) }
            } @else {
                p.about { (text::PROSE_NEAREST) }
                @for near in &line.nearest { (using(shell, view, near, near)) }
            }
        }
    }
}

fn using(shell: &Shell, view: &ProseView, words: &str, label: &str) -> Markup {
    html! {
        form.use method="post" action=(paths::draft_part(&view.id, "prose")) {
            (csrf(&shell.csrf))
            input type="hidden" name="revision" value=(view.revision);
            input type="hidden" name="sentence" value=(words);
            span { (label) }
            " "
            button.small { (text::PROSE_USE) }
        }
    }
}
