//! The questions before a draft is published or rehearsed.

use maud::{Markup, html};

use super::{crumb, panel};
use crate::{
    store::Baseline,
    web::{
        catalogue::{publication::Group, text::studio as text},
        paths,
        understood::Proven,
        views::{
            layout::{Section, Shell, page as layout},
            parts::csrf,
            publication,
        },
    },
};

/// A draft that is about to be published.
#[derive(Clone, Debug)]
pub struct PublishView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether no process of this name is there yet.
    pub new: bool,
    /// The revision that is shown.
    pub revision: u64,
    /// Whether it can be published.
    pub publishable: bool,
    /// What stops it from being published, as sentences.
    pub open: Vec<String>,
    /// What would change, group by group.
    pub groups: Vec<Group>,
    /// What was known before the present version.
    pub baseline: Option<Baseline>,
    /// What came of the proof.
    pub proof: Option<Proven>,
    /// What happened since, as a sentence.
    pub problem: Option<String>,
}

/// A draft that is about to be rehearsed.
#[derive(Clone, Debug)]
pub struct RehearseView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The revision that is shown.
    pub revision: u64,
    /// Whether it is whole enough.
    pub publishable: bool,
    /// What stops it from being rehearsed, as sentences.
    pub open: Vec<String>,
}

/// The question before publishing.
#[must_use]
pub fn page(shell: &Shell, view: &PublishView) -> Markup {
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead { (text::publish_question(&view.title, view.new)) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            @if !view.publishable { (not_yet(&view.open)) }
            (publication::changes(&view.groups))
            @if let Some(proof) = &view.proof {
                section aria-labelledby="proof" { h2 #proof { (text::PROOF) } (panel::proven(proof)) }
            }
            @if view.publishable {
                form.stack method="post" action=(paths::draft_part(&view.id, "publish")) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="revision" value=(view.revision);
                    (publication::baseline(view.baseline))
                    div.act { button.main { (text::PUBLISH_BUTTON) } p.follows { (text::PUBLISH_FOLLOWS) } }
                }
            }
            p { a href=(paths::draft(&view.id)) { (text::BACK_TO_TEXT) } }
        }
    };
    layout(shell, Section::Processes, text::PUBLISH_TITLE, &content)
}

/// The question before a rehearsal.
#[must_use]
pub fn rehearse(shell: &Shell, view: &RehearseView) -> Markup {
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead { (text::rehearse_question(&view.title)) }
            p { (text::REHEARSE_WHAT) }
            @if view.publishable {
                form method="post" action=(paths::draft_part(&view.id, "rehearsal")) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="revision" value=(view.revision);
                    div.act { button.main { (text::REHEARSE_BUTTON) } p.follows { (text::REHEARSE_FOLLOWS) } }
                }
            } @else {
                (not_yet(&view.open))
            }
            p { a href=(paths::draft(&view.id)) { (text::BACK_TO_TEXT) } }
        }
    };
    layout(shell, Section::Processes, text::REHEARSE, &content)
}

/// What is still to be mended in the text.
fn not_yet(open: &[String]) -> Markup {
    html! {
        p.problem { (text::PUBLISH_NOT_YET) }
        @if !open.is_empty() { ul.lines { @for line in open { li { (line) } } } }
    }
}
