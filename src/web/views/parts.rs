//! Small pieces that several pages use.

use maud::{Markup, html};

use crate::web::{catalogue::text, format::Urgency};

/// The hidden field that says for which session a form was made.
pub(super) fn csrf(token: &str) -> Markup {
    html! { input type="hidden" name="_csrf" value=(token); }
}

/// The class of a due date.
pub(super) const fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Late => "late",
        Urgency::Soon => "due",
        Urgency::Later => "quiet",
    }
}

/// The class of a heading: only what is urgent has a colour.
pub(super) const fn heading(of: Urgency) -> &'static str {
    match of {
        Urgency::Late | Urgency::Soon => urgency(of),
        Urgency::Later => "calm",
    }
}

/// The quiet mark of everything that a machine's judgement wrote.
pub(super) fn by_agent() -> Markup {
    html! { span.agent { (text::task::BY_AGENT) } }
}

/// An element's identifier made from a field's name.
pub(super) fn id_of(prefix: &str, field: &str) -> String {
    let plain: String = field.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' }).collect();
    format!("{prefix}-{plain}")
}

/// One of several filters, as a link that says whether it is on.
pub(super) fn filter(label: &str, href: &str, on: bool) -> Markup {
    html! { a href=(href) aria-current=[on.then_some("true")] { (label) } }
}
