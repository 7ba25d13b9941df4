//! A task that was settled meanwhile, and a page that has gone stale: what happened, and what now.

use maud::{Markup, html};

use crate::web::{catalogue::text::task as text, paths, sentence::Sentence};

/// A task that no longer waits.
#[derive(Clone, Debug)]
pub struct SettledView {
    /// Who settled it, how and when; or that it is no longer needed.
    pub sentence: Sentence,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Whether the reader has just tried to decide it and was refused.
    pub refused: bool,
    /// The label of the next task that waits for the reader.
    pub next: Option<String>,
}

/// One difference between what a person saw and what is there now.
#[derive(Clone, Debug)]
pub struct Change {
    /// The field, document or check.
    pub what: String,
    /// What they saw.
    pub before: String,
    /// What is there now.
    pub now: String,
    /// Who changed it, and when.
    pub by: Sentence,
}

/// The section that stands in place of the decision.
pub(super) fn section(case: u64, view: &SettledView) -> Markup {
    html! {
        section.notice role=[view.refused.then_some("alert")] {
            @if view.refused { h2 { (text::DECIDED_TITLE) } }
            p { (view.sentence) @if view.refused { " " (text::DECIDED_NOTHING) } }
            @if let Some(reason) = &view.reason { blockquote { p { (reason) } } }
            p.links {
                @match &view.next {
                    Some(next) => { a.button.main data-key="a" href=(paths::task(next)) { (text::TO_NEXT) } }
                    None => { span { (text::NOTHING_NEXT) } " " a href=(paths::INBOX) { (text::TO_INBOX) } }
                }
                " " a href=(paths::case(case)) { (text::TO_CASE) }
            }
        }
    }
}

/// What has changed since the page was opened.
pub(super) fn changes(changes: &[Change]) -> Markup {
    html! {
        section.problems role="alert" aria-labelledby="stale" {
            h2 #stale { (text::STALE_TITLE) }
            p { (text::STALE) }
            table {
                thead {
                    tr {
                        @for title in [text::STALE_FIELD, text::STALE_BEFORE, text::STALE_NOW] {
                            th scope="col" { (title) }
                        }
                    }
                }
                tbody {
                    @for change in changes {
                        tr {
                            th scope="row" { (change.what) }
                            td { del { (change.before) } }
                            td { ins { (change.now) } br; span.quiet { (change.by) } }
                        }
                    }
                }
            }
        }
    }
}
