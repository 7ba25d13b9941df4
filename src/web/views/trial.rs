//! A case that is tried out: where does it stand, what can be done next, and what would happen then?

use maud::{Markup, html};

use super::{
    case::TimelineEntry,
    form::{self, FormField},
    layout::{Section, Shell, page as layout},
    parts::{by_agent, csrf},
    process::pane,
};
use crate::web::{
    catalogue::text::{drawn as text, task},
    format::Moment,
    sentence::Sentence,
};

/// A tried case.
#[derive(Clone, Debug)]
pub struct TrialView {
    /// Where it is posted to.
    pub action: String,
    /// The draft: where it is, and its title.
    pub back: (String, String),
    /// Where the case stands, as a sentence.
    pub status: Sentence,
    /// The chosen time.
    pub now: Moment,
    /// What is wrong with what was sent.
    pub problem: Option<String>,
    /// What can be done next; the chosen one is open.
    pub ways: Vec<Way>,
    /// The one whose form is open.
    pub chosen: Option<WayForm>,
    /// How long the clock can be moved: what then happens, when, and the instant as it is posted.
    pub ahead: Vec<(String, Moment, i64)>,
    /// Whether the requester may withdraw.
    pub may_withdraw: bool,
    /// The drawing with the case on it.
    pub drawing: Markup,
    /// The same as a list.
    pub list: Markup,
    /// What happened, the latest first.
    pub timeline: Vec<TimelineEntry>,
    /// What would have been told to whom, the latest first.
    pub told: Vec<Sentence>,
    /// Whether the case has been opened.
    pub opened: bool,
}

/// Something that can be done next.
#[derive(Clone, Debug)]
pub struct Way {
    /// What names it.
    pub id: String,
    /// What it is.
    pub title: String,
    /// For whom or what the case waits there.
    pub whom: String,
}

/// The form of what can be done next.
#[derive(Clone, Debug, Default)]
pub struct WayForm {
    /// What is posted with it: names and values.
    pub hidden: Vec<(String, String)>,
    /// What names it among the ways.
    pub way: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    pub about: String,
    /// The people as whom it can be done.
    pub people: Vec<(String, String)>,
    /// The fields to fill in.
    pub fields: Vec<FormField>,
    /// Whether a reason can be given.
    pub reason: bool,
    /// Words to type: the name they are posted by, and their label.
    pub words: Option<(String, String)>,
    /// The buttons: name, value, label.
    pub buttons: Vec<(String, String, String)>,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &TrialView) -> Markup {
    let content = html! {
        p.crumb { a href=(view.back.0) { (view.back.1) } " · " (text::TRIAL) }
        h1.lead { (view.status) }
        p.owner { (text::TRIAL_TIME) " " (view.now) ". " (text::TRIAL_NOTHING) }
        @if let Some(problem) = &view.problem {
            div.problems role="alert" tabindex="-1" { p { (problem) } }
        }
        div.look {
            div {
                (ways(view))
                @if let Some(chosen) = &view.chosen { (way_form(shell, view, chosen)) }
                (clock(shell, view))
                (told(view))
                (timeline(view))
            }
            section aria-labelledby="trial-drawing" {
                h2 #trial-drawing { (text::DRAWING) }
                (pane(&view.drawing, &view.list))
            }
        }
    };
    layout(shell, Section::Processes, text::TRIAL, &content)
}

fn ways(view: &TrialView) -> Markup {
    html! {
        @if view.ways.len() > 1 {
            section aria-labelledby="trial-ways" {
                h2 #trial-ways { (text::TRIAL_WAYS) }
                ul.lines {
                    @for way in &view.ways {
                        @let on = view.chosen.as_ref().is_some_and(|chosen| chosen.way == way.id);
                        li {
                            a href={ (view.action) "?on=" (way.id) } aria-current=[on.then_some("true")] { (way.title) }
                            " " span.quiet { (way.whom) }
                        }
                    }
                }
            }
        }
    }
}

fn way_form(shell: &Shell, view: &TrialView, chosen: &WayForm) -> Markup {
    html! {
        section.picker aria-labelledby="trial-way" {
            h2 #trial-way { (chosen.title) }
            @if !chosen.about.is_empty() { p.quiet { (chosen.about) } }
            (form::problems(&chosen.fields))
            form.stack method="post" action=(view.action) enctype="multipart/form-data" {
                (csrf(&shell.csrf))
                @for (name, value) in &chosen.hidden { input type="hidden" name=(name) value=(value); }
                @match chosen.people.as_slice() {
                    [] => {}
                    [(id, name)] => {
                        input type="hidden" name="person" value=(id);
                        p.quiet { (text::TRIAL_AS) " " (name) }
                    }
                    several => {
                        label for="trial-person" { (text::TRIAL_AS) }
                        select #trial-person name="person" {
                            @for (id, name) in several { option value=(id) { (name) } }
                        }
                    }
                }
                @for field in &chosen.fields { (form::field(field)) }
                @if let Some((name, label)) = &chosen.words {
                    label for="trial-words" { (label) }
                    textarea #trial-words name=(name) rows="3" {}
                }
                @if chosen.reason {
                    label for="trial-reason" { (task::REASON) }
                    input #trial-reason type="text" name="reason";
                }
                div.act {
                    @for (place, (name, value, label)) in chosen.buttons.iter().enumerate() {
                        button.main[place == 0] name=(name) value=(value) formnovalidate[place > 0] { (label) }
                    }
                }
            }
        }
    }
}

fn clock(shell: &Shell, view: &TrialView) -> Markup {
    html! {
        @if view.opened {
            section aria-labelledby="trial-clock" {
                h2 #trial-clock { @if view.ahead.is_empty() { (text::TRIAL_OVER) } @else { (text::TRIAL_CLOCK) } }
                form method="post" action=(view.action) {
                    (csrf(&shell.csrf))
                    div.act {
                        @for (what, at, instant) in &view.ahead {
                            button.small name="pass" value=(instant) { (what) ", " (at) }
                        }
                        @if view.may_withdraw { button.small name="do" value="withdraw" { (text::TRIAL_WITHDRAW) } }
                        button.small name="do" value="again" { (text::TRIAL_AGAIN) }
                    }
                }
            }
        }
    }
}

fn told(view: &TrialView) -> Markup {
    html! {
        @if !view.told.is_empty() {
            section aria-labelledby="trial-told" {
                h2 #trial-told { (text::TRIAL_TOLD) }
                ul.lines { @for told in &view.told { li { (told) } } }
            }
        }
    }
}

fn timeline(view: &TrialView) -> Markup {
    html! {
        @if !view.timeline.is_empty() {
            section aria-labelledby="timeline" {
                h2 #timeline { (text::TRIAL_TIMELINE) }
                ol.timeline {
                    @for entry in &view.timeline {
                        li {
                            span.at { (entry.at) }
                            div {
                                p { (entry.what) @if entry.by_agent { " " (by_agent()) } }
                                @if let Some(why) = &entry.why { blockquote { p { (why) } } }
                                @for then in &entry.then { p.then { (then) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
