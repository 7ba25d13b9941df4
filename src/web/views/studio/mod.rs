//! The studio: what did it understand, and what is still open?

pub mod aside;
pub mod begin;
pub mod changes;
pub mod criteria;
pub mod editor;
pub mod guidelines;
pub mod interview;
pub mod panel;
pub mod prose;
pub mod publish;
pub mod step;
pub mod writing;

use maud::{Markup, html};

use crate::web::{assets, catalogue::text::studio as text, paths};

/// The style of the studio, beside the one of every page.
fn style() -> Markup {
    html! { link rel="stylesheet" href=(assets::href("studio.css")); }
}

/// Where the reader is: `Describe a process · Expense claim`.
fn crumb(id: &str, title: &str) -> Markup {
    html! {
        (style())
        p.crumb { a href=(paths::STUDIO) { (text::TITLE) } " · " a href=(paths::draft(id)) { (title) } }
    }
}
