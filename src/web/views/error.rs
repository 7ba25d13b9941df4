//! Pages that say no: what, where, why, and what to do.

use maud::{Markup, html};

use super::layout::{Section, Shell, bare, page as layout};
use crate::web::{
    catalogue::text::{error as text, layout::INBOX},
    paths,
};

/// Why a request was not carried out.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// What happened, without a full stop.
    pub what: String,
    /// Why, and where.
    pub why: String,
    /// What to do now.
    pub now: String,
    /// Who could do it, for a refusal.
    pub who_could: Vec<String>,
    /// What the person had typed: label and text.
    pub kept: Vec<(String, String)>,
    /// A reference by which the log can be searched, for a fault of ours.
    pub reference: Option<String>,
}

impl Problem {
    /// Nothing stands at the address.
    #[must_use]
    pub fn not_found() -> Self {
        Self::told(text::NOT_FOUND, text::NOT_FOUND_WHY, "")
    }

    /// The reader may not do this; `why` says what is forbidden and why, `who_could` names people and roles.
    #[must_use]
    pub fn forbidden(why: String, who_could: Vec<String>) -> Self {
        Self { what: text::FORBIDDEN.to_owned(), why, who_could, ..Self::default() }
    }

    /// The form was made for another session, or by another site.
    #[must_use]
    pub fn expired() -> Self {
        Self::told(text::EXPIRED, text::EXPIRED_WHY, text::EXPIRED_NOW)
    }

    /// A document is over the limit.
    #[must_use]
    pub fn too_large() -> Self {
        Self::told(text::TOO_LARGE, text::TOO_LARGE_WHY, text::TOO_LARGE_NOW)
    }

    /// The storage did not confirm.
    #[must_use]
    pub fn busy() -> Self {
        Self::told(text::BUSY, text::BUSY_WHY, text::BUSY_NOW)
    }

    /// A fault of ours, under a reference.
    #[must_use]
    pub fn broken(reference: String) -> Self {
        Self { reference: Some(reference), ..Self::told(text::BROKEN, text::BROKEN_WHY, text::BROKEN_NOW) }
    }

    fn told(what: &str, why: &str, now: &str) -> Self {
        Self { what: what.to_owned(), why: why.to_owned(), now: now.to_owned(), ..Self::default() }
    }
}

/// The page, in the frame of the person who is signed in, or bare.
#[must_use]
pub fn page(shell: Option<&Shell>, problem: &Problem) -> Markup {
    let content = html! {
        div.narrow {
            h1.lead { (problem.what) "." }
            p { (problem.why) }
            @if !problem.who_could.is_empty() {
                p { (text::WHO_COULD) }
                ul.plain-list { @for who in &problem.who_could { li { (who) } } }
            }
            @if !problem.now.is_empty() { h2 { (text::WHAT_NOW) } p { (problem.now) } }
            @if !problem.kept.is_empty() {
                h2 { (text::KEPT) }
                dl.fields { @for (label, typed) in &problem.kept { div.field { dt { (label) } dd { (typed) } } } }
            }
            @if let Some(reference) = &problem.reference { p.quiet { (text::REFERENCE) " " code { (reference) } } }
            @if shell.is_some() { p { a href=(paths::INBOX) { (INBOX) } } }
        }
    };
    match shell {
        Some(shell) => layout(shell, Section::Elsewhere, &problem.what, &content),
        None => bare(&problem.what, &content),
    }
}
