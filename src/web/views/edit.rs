//! The form that changes the data of a case outside a task.

use maud::{Markup, html};

use super::{
    form::{self, FormField},
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::web::{catalogue::text::said as text, paths};

/// The data of a case, to be corrected.
#[derive(Clone, Debug)]
pub struct EditView {
    /// The case's number.
    pub case: u64,
    /// What tells it from others.
    pub about: String,
    /// The fields with their present values.
    pub fields: Vec<FormField>,
    /// Why, as it was typed.
    pub reason: String,
    /// What is wrong with the form as a whole, as a sentence.
    pub problem: Option<String>,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &EditView) -> Markup {
    let content = html! {
        div.narrow {
            p.crumb { a href=(paths::case(view.case)) { (view.case) } " · " (view.about) }
            h1 { (text::EDIT_TITLE) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            (form::problems(&view.fields))
            form.stack method="post" action=(paths::case_part(view.case, "edits")) {
                (csrf(&shell.csrf))
                @for field in &view.fields { (form::field(field)) }
                label for="edit-reason" { (text::EDIT_WHY) }
                textarea #edit-reason name="reason" rows="2" required { (view.reason) }
                div.act { button.main { (text::EDIT_SAVE) } p.follows { (text::EDIT_FOLLOWS) } }
            }
        }
    };
    layout(shell, Section::Cases, text::EDIT_TITLE, &content)
}
