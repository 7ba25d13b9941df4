//! What stands beside the text: what is open, the drawing, what holds by default, rules and proof, and where to go.

use maud::{Markup, html};

use super::editor::{EditorView, FORM};
use crate::web::{
    catalogue::text::{criteria, studio as text},
    paths,
    understood::{ALL_DEFAULTS, Found, Held, Open, Proven, Understood, Weight},
};

/// The whole panel. Every button in it belongs to the form of the text, so that what was typed is saved with it.
#[must_use]
pub fn panel(view: &EditorView) -> Markup {
    let read = &view.read;
    let (open, look): (Vec<&Found>, Vec<&Found>) = read.found.iter().partition(|found| found.weight != Weight::Look);
    html! {
        (verdict(view))
        @if !open.is_empty() {
            section aria-labelledby="studio-open" {
                h2 #studio-open tabindex="-1" { (text::OPEN_POINTS) }
                ol.found { @for found in open { (point(found)) } }
            }
        }
        @if !look.is_empty() {
            section aria-labelledby="studio-look" {
                h2 #studio-look { (text::LOOK) }
                ol.found { @for found in look { (point(found)) } }
            }
        }
        @if !view.drawing.0.is_empty() {
            section aria-labelledby="studio-drawing-title" {
                h2 #studio-drawing-title { (text::DRAWING) }
                div #studio-drawing { (view.drawing) }
            }
        }
        @if !read.defaults.is_empty() { (defaults(&read.defaults)) }
        @if read.counts.sentences > 0 { (proof(read)) }
    }
}

fn verdict(view: &EditorView) -> Markup {
    let (counts, publishable) = (view.read.counts, view.read.is_publishable());
    let part = |part: &str| paths::draft_part(&view.id, part);
    let more = [
        (counts.sentences > 0, text::TO_CHANGES, "changes"),
        (view.ways.interview || counts.sentences == 0, text::TO_INTERVIEW, "interview"),
        (view.ways.prose, text::TO_PROSE, "prose"),
        (view.ways.writing, text::TO_WRITING, "writing"),
        (view.ways.guidelines, text::TO_GUIDELINES, "guidelines"),
        (view.ways.templates, text::TO_TEMPLATES, "templates"),
        (view.ways.criteria, criteria::TITLE, "criteria"),
    ];
    html! {
        p.verdict.done[publishable] { (text::verdict(counts, publishable)) }
        div.links {
            @if publishable {
                a.button href=(part("trial")) { (text::TRY) }
                a.button href=(part("rehearsal")) { (text::REHEARSE) }
                a.button.main href=(part("publish")) { (text::PUBLISH) }
            }
            @for (there, label, page) in more { @if there { a href=(part(page)) { (label) } } }
        }
    }
}

fn point(found: &Found) -> Markup {
    let (class, kind) = match found.weight {
        Weight::Problem => ("is-problem", text::PROBLEM),
        Weight::Question => ("is-question", text::QUESTION),
        Weight::Look => ("is-look", ""),
    };
    html! {
        li class=(class) data-start=(found.units.0) data-end=(found.units.1) {
            p {
                span.kind { (kind) @if !kind.is_empty() { ", " } a href="#studio-text" { (text::LINE) " " (found.line) } ": " }
                strong { (found.message) }
            }
            @if !found.words.is_empty() { p.quiet { "\u{201c}" (found.words) "\u{201d}" } }
            @if !found.why.is_empty() { p.about { (found.why) } }
            @if !found.fixes.is_empty() {
                div.fixes {
                    @for (number, title) in &found.fixes {
                        button.small form=(FORM) name="fix" value={ (found.key) ":" (number) } { (title) }
                    }
                }
            }
            @for advice in &found.advice { p.advice { (advice) } }
        }
    }
}

fn defaults(defaults: &[Open]) -> Markup {
    html! {
        section aria-labelledby="studio-defaults" {
            h2 #studio-defaults { (text::DEFAULTS) }
            p.about { (text::DEFAULTS_WHAT) }
            @if defaults.iter().flat_map(|open| &open.holds).any(|held| held.key.is_some()) {
                button.small form=(FORM) name="accept" value=(ALL_DEFAULTS) { (text::ACCEPT_ALL) }
            }
            ul.defaults {
                @for open in defaults {
                    li data-start=(open.units.0) data-end=(open.units.1) {
                        p {
                            span.kind { a href="#studio-text" { (text::LINE) " " (open.line) } ": " }
                            (open.sentence)
                        }
                        dl { @for held in &open.holds { (holds(held)) } }
                    }
                }
            }
        }
    }
}

fn holds(held: &Held) -> Markup {
    html! {
        div {
            dt { (held.what) }
            dd { (held.value) }
            @if let Some(key) = &held.key {
                dd { button.small form=(FORM) name="accept" value=(key) { (text::ACCEPT) } }
            }
        }
    }
}

fn proof(read: &Understood) -> Markup {
    html! {
        section aria-labelledby="studio-proof" {
            h2 #studio-proof { (text::PROOF) }
            p { (text::coverage(read.counts)) }
            @if let Some(proof) = &read.proof { (proven(proof)) }
            @if !read.notes.is_empty() {
                h3 { (text::NOTES) }
                ul.effects { @for note in &read.notes { li.quiet { (note) } } }
            }
        }
    }
}

/// What came of the proof: what leaves and who signs it, or how something could leave unsigned.
pub(super) fn proven(proof: &Proven) -> Markup {
    html! {
        @match proof {
            Proven::Holds(effects) => {
                p.done { (text::PROVEN) }
                h3 { (text::EFFECTS) }
                @if effects.is_empty() { p.quiet { (text::NO_EFFECTS) } }
                ul.effects { @for effect in effects { li.due[!effect.signed] { (effect.what) } } }
            }
            Proven::Fails(failures) => {
                p.problem { (text::NOT_PROVEN) }
                ul.effects {
                    @for (what, way) in failures {
                        li {
                            p { strong { (what) } }
                            @if !way.is_empty() {
                                p.quiet { (text::THE_WAY) ":" }
                                ol.way { @for step in way { li { (step) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}
