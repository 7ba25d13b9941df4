//! The question before a draft is published.

use maud::{Markup, html};

use super::{crumb, panel};
use crate::web::{
    catalogue::text::studio as text,
    paths,
    understood::Proven,
    views::{
        layout::{Section, Shell, page as layout},
        parts::csrf,
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
    /// How much of the text is enforced, as a sentence.
    pub coverage: String,
    /// Whether it can be published.
    pub publishable: bool,
    /// What came of the proof.
    pub proof: Option<Proven>,
    /// What happened since, as a sentence.
    pub problem: Option<String>,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &PublishView) -> Markup {
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead { (text::publish_question(&view.title, view.new)) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            p { (view.coverage) }
            @if let Some(proof) = &view.proof { (panel::proven(proof)) }
            @if view.publishable {
                form method="post" action=(paths::draft_part(&view.id, "publish")) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="revision" value=(view.revision);
                    div.act { button.main { (text::PUBLISH_BUTTON) } p.follows { (text::PUBLISH_FOLLOWS) } }
                }
            } @else {
                p.problem { (text::PUBLISH_NOT_YET) }
            }
            p { a href=(paths::draft(&view.id)) { (text::BACK_TO_TEXT) } }
        }
    };
    layout(shell, Section::Processes, text::PUBLISH_TITLE, &content)
}
