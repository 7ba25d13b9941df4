//! The form that opens a case.

use maud::{Markup, html};

use super::{
    form::{self, FormField},
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::web::{catalogue::text::form as text, paths};

/// The form that opens a case of one process.
#[derive(Clone, Debug)]
pub struct StartView {
    /// The process's identifier.
    pub process: String,
    /// Its title.
    pub title: String,
    /// What happens with it, as one sentence, such as `Then the receipt is read and Carla Ruiz is asked to approve it.`
    pub follows: String,
    /// The fields, with values and problems if it comes back.
    pub fields: Vec<FormField>,
    /// A key made with the form, so that handing it in twice opens one case.
    pub key: String,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &StartView) -> Markup {
    let content = html! {
        div.narrow {
            h1 { (text::start(&view.title)) }
            (form::problems(&view.fields))
            form.stack method="post" action=(paths::start(&view.process)) enctype="multipart/form-data" {
                (csrf(&shell.csrf))
                input type="hidden" name="key" value=(view.key);
                @for field in &view.fields { (form::field(field)) }
                div.act {
                    button.main { (text::submit(&view.title)) }
                    @if !view.follows.is_empty() { p.follows { (view.follows) } }
                }
            }
        }
    };
    layout(shell, Section::Processes, &text::start(&view.title), &content)
}
