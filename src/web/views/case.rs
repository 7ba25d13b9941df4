//! The case page: what happened, and what happens next?

use maud::{Markup, html};

use super::{
    evidence::{self, FieldView},
    layout::{Section, Shell, page as layout},
    parts::{self, by_agent, csrf},
    steering::{self, SteeringView},
};
use crate::web::{
    catalogue::text::task::WHY,
    catalogue::text::{case as text, case_number, said, the},
    format::{Moment, Urgency, capital, size},
    paths,
    sentence::Sentence,
};

/// A case as its page shows it.
#[derive(Clone, Debug)]
pub struct CaseView {
    /// Its short number.
    pub number: u64,
    /// The title of its process.
    pub process: String,
    /// The process's identifier.
    pub process_id: String,
    /// What tells it from others: `Hotel Adler, 412.50 EUR`.
    pub about: String,
    /// Where it stands.
    pub status: Sentence,
    /// What happens when nobody acts.
    pub then: Option<Sentence>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Who answers for the outcome.
    pub accountable: String,
    /// What is stuck and may be tried again by the reader.
    pub incidents: Vec<IncidentView>,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// The documents.
    pub documents: Vec<CaseDocument>,
    /// The tasks, open ones first.
    pub tasks: Vec<CaseTask>,
    /// Who had a hand in it: name and what they did.
    pub people: Vec<(String, String)>,
    /// Sign-offs and other decisions.
    pub decisions: Vec<DecisionLine>,
    /// What happened, latest first.
    pub timeline: Vec<TimelineEntry>,
    /// How many events stand before those of the timeline.
    pub earlier: u64,
    /// Whether the timeline ends with the latest event.
    pub latest: bool,
    /// Whether the reader may withdraw it.
    pub may_withdraw: bool,
    /// The case as a whole: its version, holds, additions, and what the reader may do about them.
    pub steering: SteeringView,
    /// Whether the reader may change its data outside a task.
    pub may_edit: bool,
    /// The outside parties for whom the reader may make a link.
    pub parties: Vec<String>,
    /// Those of them who are asked for something and have no link by which they could answer.
    pub without_link: Vec<String>,
    /// A link that was just made: for whom, and the link. Shown once.
    pub link: Option<(String, String)>,
}

/// Something that is stuck.
#[derive(Clone, Debug)]
pub struct IncidentView {
    /// Its number.
    pub number: u32,
    /// What happened.
    pub what: String,
    /// What to do next.
    pub next: String,
    /// Since when.
    pub since: Moment,
    /// Whether the reader may try it again.
    pub may_resolve: bool,
}

/// A document in the list.
#[derive(Clone, Debug)]
pub struct CaseDocument {
    /// The field that it fills, as the text calls it.
    pub label: String,
    /// The file's name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Where it can be downloaded; `None` when the reader may not see it.
    pub href: Option<String>,
    /// Why it has no text, if it was not read.
    pub no_text: Option<String>,
}

/// A task in the list.
#[derive(Clone, Debug)]
pub struct CaseTask {
    /// Its label.
    pub label: String,
    /// What is asked.
    pub title: String,
    /// For whom it waits or how it was settled, when.
    pub state: Sentence,
    /// How urgent it is; `None` once it is settled.
    pub urgency: Option<Urgency>,
    /// Whether the reader may open it.
    pub may_open: bool,
}

/// A decision in the list.
#[derive(Clone, Debug)]
pub struct DecisionLine {
    /// Who decided what, when, and what it covers.
    pub sentence: Sentence,
    /// The reason that was given.
    pub reason: Option<String>,
    /// Why it no longer holds.
    pub void: Option<String>,
}

/// An entry of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When.
    pub at: Moment,
    /// Who did what.
    pub what: String,
    /// Why.
    pub why: Option<String>,
    /// What came of it.
    pub then: Vec<String>,
    /// Whether an agent's judgement brought it about.
    pub by_agent: bool,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &CaseView) -> Markup {
    let content = html! {
        header {
            p.crumb {
                a href=(paths::process(&view.process_id)) { (view.process) } " · " (view.number)
                @if !view.about.is_empty() { " · " (view.about) }
            }
            h1.lead.(parts::heading(view.urgency)) { (view.status) }
            p.owner { @if let Some(then) = &view.then { (then) " " } (text::ACCOUNTABLE) " " (view.accountable) "." }
        }
        @if let Some((party, link)) = &view.link {
            section.notice role="status" {
                h2 { (said::LINK_FOR) " " (party) }
                p { code.copy { (link) } }
                p { (said::LINK_ONCE) }
            }
        }
        (steering::notices(shell, view.number, &view.steering))
        @for incident in &view.incidents { (self::incident(shell, view.number, incident)) }
        div.case {
            div {
                (tasks(view))
                (steering::additions(&view.steering))
                (timeline(view))
            }
            div {
                section aria-labelledby="data" {
                    h2 #data { (text::DATA) }
                    (evidence::fields(&view.fields, false))
                    @if view.may_edit { p { a href=(paths::case_part(view.number, "edits")) { (said::EDIT_OPEN) } } }
                }
                (documents(view))
                (decisions(view))
                (people(view))
                @if !view.parties.is_empty() { (parties(shell, view)) }
                @if view.may_withdraw { (withdrawal(shell, view.number)) }
                (steering::forms(shell, view.number, &view.steering))
                (steering::version(view.number, &view.steering))
            }
        }
    };
    let trigger = format!("case-{} from:#live, again from:#live", view.number);
    let live = html! {
        div hx-get=(paths::case(view.number)) hx-trigger=(trigger) hx-select="#matter" hx-target="#matter"
            hx-swap="outerMorph" {}
        div #matter { (content) }
    };
    layout(shell, Section::Cases, &case_number(view.number), &live)
}

fn incident(shell: &Shell, case: u64, incident: &IncidentView) -> Markup {
    html! {
        section.notice.failed-edge {
            p { strong.failed { (text::INCIDENT) } " " (incident.since) ": " (incident.what) }
            p { (text::RESOLVE_HINT) " " (incident.next) }
            @if incident.may_resolve {
                form method="post" action=(paths::incident(case, incident.number)) {
                    (csrf(&shell.csrf))
                    button { (text::RESOLVE) }
                }
            }
        }
    }
}

fn tasks(view: &CaseView) -> Markup {
    html! {
        @if !view.tasks.is_empty() {
            section aria-labelledby="tasks" {
                h2 #tasks { (text::TASKS) }
                ul.lines {
                    @for task in &view.tasks {
                        li {
                            @if task.may_open {
                                a href=(paths::task(&task.label)) data-row { (task.title) }
                            } @else {
                                span { (task.title) }
                            }
                            " "
                            span class=(task.urgency.map_or("quiet", parts::urgency)) { (task.state) }
                        }
                    }
                }
            }
        }
    }
}

fn timeline(view: &CaseView) -> Markup {
    html! {
        section aria-labelledby="timeline" {
            h2 #timeline { (text::TIMELINE) }
            @if !view.latest {
                p { a href={ (paths::case(view.number)) "#timeline" } { (text::LATEST) } }
            }
            ol.timeline {
                @for entry in &view.timeline {
                    li {
                        span.at { (entry.at) }
                        div {
                            p { (entry.what) @if entry.by_agent { " " (by_agent()) } }
                            @if let Some(why) = &entry.why {
                                @if entry.by_agent {
                                    details.why { summary { (WHY) } p { (why) } }
                                } @else {
                                    blockquote { p { (why) } }
                                }
                            }
                            @for then in &entry.then { p.then { (then) } }
                        }
                    }
                }
            }
            @if view.earlier > 0 {
                p { a href=(paths::case_before(view.number, view.earlier + 1)) { (text::EARLIER) } }
            }
        }
    }
}

fn documents(view: &CaseView) -> Markup {
    html! {
        section aria-labelledby="documents" {
            h2 #documents { (text::DOCUMENTS) }
            @if view.documents.is_empty() { p.quiet { (text::NO_DOCUMENTS) } }
            ul.lines {
                @for document in &view.documents {
                    li {
                        (capital(&document.label)) ": "
                        @match &document.href {
                            Some(href) => {
                                a href=(href) download { (document.name) } " " span.quiet { (size(document.size)) }
                                @if let Some(why) = &document.no_text { p.quiet { (capital(why)) "." } }
                            }
                            None => { span.quiet { (text::HIDDEN) } }
                        }
                    }
                }
            }
        }
    }
}

fn decisions(view: &CaseView) -> Markup {
    html! {
        section aria-labelledby="decisions" {
            h2 #decisions { (text::DECISIONS) }
            @if view.decisions.is_empty() { p.quiet { (text::NO_DECISIONS) } }
            ul.lines {
                @for decision in &view.decisions {
                    li {
                        (decision.sentence)
                        @if let Some(void) = &decision.void { " " span.failed { (text::VOID) } " " (void) "." }
                        @if let Some(reason) = &decision.reason { blockquote { p { (reason) } } }
                    }
                }
            }
        }
    }
}

fn people(view: &CaseView) -> Markup {
    html! {
        section aria-labelledby="people" {
            h2 #people { (text::PEOPLE) }
            ul.lines { @for (name, did) in &view.people { li { (name) " " span.quiet { (did) } } } }
        }
    }
}

fn parties(shell: &Shell, view: &CaseView) -> Markup {
    html! {
        section aria-labelledby="parties" {
            h2 #parties { (said::LINKS) }
            @for party in &view.without_link { p.due { (said::without_link(&the(party))) } }
            @for party in &view.parties {
                form.inline method="post" action=(paths::case_part(view.number, "links")) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="party" value=(party);
                    (capital(party)) " " button.plain { (said::LINK_ADD) }
                }
            }
        }
    }
}

fn withdrawal(shell: &Shell, case: u64) -> Markup {
    html! {
        details {
            summary { (text::WITHDRAW_OPEN) }
            form.stack method="post" action=(paths::case_part(case, "withdrawal")) {
                (csrf(&shell.csrf))
                label for="withdraw-reason" { (text::WITHDRAW_HINT) }
                textarea #withdraw-reason name="reason" rows="2" {}
                div.act { button.refuse { (text::WITHDRAW) } }
            }
        }
    }
}
