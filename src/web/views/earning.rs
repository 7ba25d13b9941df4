//! The agents of a process: how far each has come to deciding alone, and the past decisions that measure it.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::{
    runtime::{
        autonomy::{Autonomy, Earned},
        past::{DecidingAgent, Preview},
    },
    store::Limit,
    web::{
        catalogue::text::{agents as words, earning as text, process},
        format::{Reader, capital},
        paths,
        understood::quoted,
    },
};

/// What the form of an answer's limit says where an agent never gives it alone.
pub const NEVER: &str = "never";

/// The permitted errors that are offered, in parts per thousand.
const OFFERED: [u32; 4] = [5, 10, 20, 100];

/// The agents of a process.
#[derive(Clone, Debug, Default)]
pub struct EarningView {
    /// The process.
    pub process: String,
    /// Its title.
    pub title: String,
    /// Its agents that can earn that they decide alone.
    pub agents: Vec<DecidingAgent>,
    /// The step whose table was not understood, why, and what was pasted.
    pub problem: Option<(String, String, String)>,
}

/// A table that waits to be taken.
#[derive(Clone, Debug, Default)]
pub struct PreviewView {
    /// The process.
    pub process: String,
    /// Its title.
    pub title: String,
    /// The step whose agent is to be measured.
    pub step: String,
    /// What was understood.
    pub preview: Preview,
    /// The table, as it came.
    pub table: String,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &EarningView, reader: &Reader) -> Markup {
    let certified = |agent: &&DecidingAgent| agent.earned.iter().any(|one| !one.earlier && is_certified(one));
    let alone = view.agents.iter().filter(certified).count();
    let content = html! {
        div.narrow {
            (crumb(&view.process, &view.title))
            h1.lead { (text::opening(alone, view.agents.len(), &view.title)) }
            p.about { (text::ABOUT) }
            @for (place, agent) in view.agents.iter().enumerate() {
                section aria-labelledby={ "agent-" (place) } {
                    h2 #{ "agent-" (place) } { (capital(&agent.does)) }
                    (standing(agent, reader))
                    (limits(shell, view, place, agent))
                    (past(shell, view, place, agent))
                }
            }
        }
    };
    layout(shell, Section::Processes, text::TITLE, &content)
}

const fn is_certified(one: &Earned) -> bool {
    matches!(one.autonomy, Autonomy::Certified(_))
}

fn crumb(process: &str, title: &str) -> Markup {
    html! {
        p.crumb { a href=(paths::PROCESSES) { (process::TITLE) } " · " a href=(paths::process(process)) { (title) } }
    }
}

fn standing(agent: &DecidingAgent, reader: &Reader) -> Markup {
    html! {
        @if agent.earned.is_empty() { p { (text::NO_LABELS) } }
        @for one in &agent.earned {
            p {
                @if let Some(answer) = &one.answer { (text::about(answer)) " " }
                (words::autonomy(&one.autonomy)) " "
                @if let Some((at, why)) = one.ended.as_ref().filter(|_| !is_certified(one)) {
                    (words::ended(why)) " " span.quiet { (reader.at(*at)) } " "
                }
                span.quiet { (words::engine(&one.engine)) @if one.earlier { " " (words::EARLIER) } }
            }
        }
    }
}

/// The limits of the answers, and how they are set.
fn limits(shell: &Shell, view: &EarningView, place: usize, agent: &DecidingAgent) -> Markup {
    html! {
        @if !agent.limits.is_empty() { p { (text::limits(&agent.limits)) } }
        @if !agent.answers.is_empty() {
            details.limits {
                summary { (text::LIMITS) }
                p { (text::LIMITS_ABOUT) @if agent.limits.is_empty() { " " (text::LIMITS_NONE) } }
                form.stack method="post" action=(paths::process_part(&view.process, "agents/limits")) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="step" value=(agent.step);
                    @for (number, answer) in agent.answers.iter().enumerate() {
                        @let id = format!("limit-{place}-{number}");
                        label for=(id) { (answer) }
                        (choice(&id, answer, agent.limits.get(answer).copied()))
                    }
                    div.act { button { (text::LIMIT) } p.follows { (text::LIMIT_FOLLOWS) } }
                }
            }
        }
    }
}

/// The limit of one answer. One that is not offered was set elsewhere, and is not lost.
fn choice(id: &str, answer: &str, limit: Option<Limit>) -> Markup {
    let mut errors: BTreeSet<u32> = OFFERED.into_iter().collect();
    errors.extend(limit.and_then(|limit| match limit {
        Limit::AtMost(error) => Some(error),
        Limit::Never => None,
    }));
    html! {
        select id=(id) name={ "limit." (answer) } {
            option value="" selected[limit.is_none()] { (text::LIKE_THE_OTHERS) }
            @for error in errors.iter().rev() {
                option value=(error) selected[limit == Some(Limit::AtMost(*error))] { (text::at_most(*error)) }
            }
            option value=(NEVER) selected[limit == Some(Limit::Never)] { (text::NEVER) }
        }
    }
}

fn past(shell: &Shell, view: &EarningView, place: usize, agent: &DecidingAgent) -> Markup {
    let problem = view.problem.as_ref().filter(|(step, ..)| *step == agent.step);
    let (file, pasted) = (format!("table-{place}"), format!("pasted-{place}"));
    let columns = format!("columns-{place}");
    html! {
        details.past open[problem.is_some()] {
            summary { (text::PAST) }
            p { (text::PAST_ABOUT) " " (text::imported(agent.past)) }
            form.stack method="post" action=(paths::process_part(&view.process, "agents/labels"))
                enctype="multipart/form-data" {
                (csrf(&shell.csrf))
                input type="hidden" name="step" value=(agent.step);
                @if let Some((_, why, _)) = problem { p.problem role="alert" { (why) } }
                p.hint #(columns) { (text::columns(&agent.looks_at)) " " (text::answers(&agent.answers)) }
                label for=(file) { (text::FILE) }
                input id=(file) type="file" name="field.table" accept=".csv,text/csv" aria-describedby=(columns);
                label for=(pasted) { (text::OR_PASTED) }
                textarea id=(pasted) name="table" rows="4" spellcheck="false" aria-describedby=(columns) {
                    "\n" @if let Some((_, _, typed)) = problem { (typed) }
                }
                div.act { button { (text::LOOK) } p.follows { (text::LOOK_FOLLOWS) } }
            }
            @if agent.past > 0 {
                form.stack method="post" action=(paths::process_part(&view.process, "agents/labels/removal")) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="step" value=(agent.step);
                    div.act { button.refuse { (text::forget(agent.past)) } p.follows { (text::FORGET_FOLLOWS) } }
                }
            }
        }
    }
}

/// What was understood of a table.
#[must_use]
pub fn preview(shell: &Shell, view: &PreviewView) -> Markup {
    let Preview { does, imported, known, first, answers } = &view.preview;
    let shown = first.len() as u64;
    let content = html! {
        div.narrow {
            (crumb(&view.process, &view.title))
            h1.lead { (text::preview(imported.taken, imported.refused_in_all)) }
            p.hint {
                (capital(does)) ". "
                @if *known > 0 { (text::known(*known)) }
            }
            @if imported.taken > 0 {
                form.stack method="post" action=(paths::process_part(&view.process, "agents/labels"))
                    enctype="multipart/form-data" {
                    (csrf(&shell.csrf))
                    input type="hidden" name="step" value=(view.step);
                    input type="hidden" name="do" value="take";
                    input type="hidden" name="table" value=(view.table);
                    div.act {
                        button.main { (text::take(imported.taken)) }
                        p.follows { (text::take_follows(imported.taken)) }
                    }
                }
            }
            @if !imported.refused.is_empty() {
                section aria-labelledby="refused" {
                    h2 #refused { (text::REFUSED) }
                    ul.lines {
                        @for (line, why) in &imported.refused { li { (text::LINE) " " (line) ": " (quoted(why)) "." } }
                        @if imported.refused_in_all > imported.refused.len() as u64 {
                            li.quiet { (text::more(imported.refused_in_all - imported.refused.len() as u64)) }
                        }
                    }
                }
            }
            @if !first.is_empty() { (understood(view, imported.taken - shown, answers)) }
            p { a href=(paths::process_part(&view.process, "agents")) { (text::BACK) } }
        }
    };
    layout(shell, Section::Processes, text::PAST, &content)
}

fn understood(view: &PreviewView, more: u64, answers: &[(String, u64)]) -> Markup {
    html! {
        section aria-labelledby="understood" {
            h2 #understood { (text::UNDERSTOOD) }
            ul.lines { @for (word, times) in answers { li { (text::times(word, *times)) } } }
            table.list.models {
                thead { tr { @for title in [text::LINE, text::SEEN, text::RIGHT] { th scope="col" { (title) } } } }
                tbody {
                    @for row in &view.preview.first {
                        tr {
                            th scope="row" data-label=(text::LINE) { (row.line) }
                            td data-label=(text::SEEN) {
                                @for (place, (name, words)) in row.given.iter().enumerate() {
                                    @if place > 0 { br; }
                                    span.quiet { (name) ": " } (words)
                                }
                            }
                            td data-label=(text::RIGHT) { (row.answer) }
                        }
                    }
                }
            }
            @if more > 0 { p.quiet { (text::more(more)) } }
        }
    }
}
