//! The page of somebody outside: what do they want from me, and where does my matter stand?

use maud::{Markup, html};

use super::{
    form::{self, FormField},
    layout::bare,
    parts::csrf,
};
use crate::web::{catalogue::text::outside as text, format::Moment, paths, sentence::Sentence};

/// What somebody outside sees by their link.
#[derive(Clone, Debug)]
pub struct OutsideView {
    /// The token of the link.
    pub token: String,
    /// The form token that belongs to the link.
    pub csrf: String,
    /// The organisation that asks.
    pub organisation: String,
    /// The first sentence: `Two documents are missing for your onboarding.`
    pub opening: String,
    /// What is asked for, each with its own form.
    pub asks: Vec<OutsideAsk>,
    /// Where the matter stands, in sentences that name nobody inside.
    pub standing: Vec<Sentence>,
    /// Until when the link works.
    pub until: Moment,
    /// Whether something was just handed in.
    pub thanked: bool,
}

/// One thing that is asked of somebody outside.
#[derive(Clone, Debug)]
pub struct OutsideAsk {
    /// The task's number within the case.
    pub task: u32,
    /// The digest of what is shown.
    pub shown: String,
    /// What is asked, and by when.
    pub question: Sentence,
    /// The fields to fill in.
    pub fields: Vec<FormField>,
    /// The button's label.
    pub button: String,
}

/// The page.
#[must_use]
pub fn page(view: &OutsideView) -> Markup {
    let content = html! {
        div.narrow {
            p.crumb { (text::FROM) " " (view.organisation) }
            @if view.thanked { p.notice role="status" { (text::THANKS) } }
            h1.lead { (view.opening) }
            @if view.asks.is_empty() { p { (text::NOTHING) } }
            @for ask in &view.asks { (self::ask(view, ask)) }
            section aria-labelledby="standing" {
                h2 #standing { (text::WHERE) }
                ol.lines { @for sentence in &view.standing { li { p { (sentence) } } } }
            }
            p.quiet { (text::ONLY) " " (text::UNTIL) " " (view.until) "." }
        }
    };
    bare(&view.opening, &content)
}

fn ask(view: &OutsideView, ask: &OutsideAsk) -> Markup {
    html! {
        section {
            p { (ask.question) }
            (form::problems(&ask.fields))
            form.stack method="post" action=(paths::outside(&view.token)) enctype="multipart/form-data" {
                (csrf(&view.csrf))
                input type="hidden" name="task" value=(ask.task);
                input type="hidden" name="shown" value=(ask.shown);
                @for field in &ask.fields { (form::field(field)) }
                div.act { button.main { (ask.button) } }
            }
        }
    }
}

/// The page of a link that no longer works.
#[must_use]
pub fn gone(why: &str, what_now: &str) -> Markup {
    bare(text::GONE_TITLE, &html! { div.narrow { h1.lead { (text::GONE_TITLE) ". " (why) } p { (what_now) } } })
}
