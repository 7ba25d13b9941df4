//! The page of agents and models.

use countersign_core::value::Money;
use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::{
    llm::breaker::Standing,
    runtime::{
        autonomy::{Autonomy, Earned},
        release::ReleasedToday,
        switch::{AgentsOverview, ModelToday},
    },
    store::{ModelCost, Share},
    web::{
        catalogue::text::{agents as text, earning as earning_text},
        format::Reader,
        paths,
    },
};

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &AgentsOverview, reader: &Reader) -> Markup {
    let (to, label) = if view.switched_off { ("on", text::SWITCH_ON) } else { ("off", text::SWITCH_OFF) };
    let content = html! {
        h1.lead {
            (if view.switched_off { text::ARE_OFF } else { text::ARE_ON })
            @if !view.switched_off && !view.earned.is_empty() { " " (text::alone(alone(view), view.earned.len())) }
        }
        p.owner { (if view.switched_off { text::WHEN_OFF } else { text::WHEN_ON }) }
        form method="post" action=(paths::AGENTS_SWITCH) {
            (csrf(&shell.csrf))
            input type="hidden" name="agents" value=(to);
            div.act { button { (label) } }
        }
        (earning(view, reader))
        @if !view.shares.is_empty() { (settling(view, reader)) }
        (models(view, reader))
    };
    layout(shell, Section::Agents, text::TITLE, &content)
}

/// What each agent has earned.
fn earning(view: &AgentsOverview, reader: &Reader) -> Markup {
    html! {
        section aria-labelledby="earned" {
            h2 #earned { (text::EARNED) }
            @if view.earned.is_empty() {
                p { (text::NOTHING_EARNED) }
            } @else {
                table.list.models {
                    thead {
                        tr {
                            @for title in [text::AGENT, text::DECIDED, text::STANDING] {
                                th scope="col" { (title) }
                            }
                        }
                    }
                    tbody { @for agent in &view.earned { (earned(agent, reader)) } }
                }
                p.quiet { (text::EARNED_HOW) }
            }
            p { (released(view.released.as_ref(), reader)) }
            @if !view.deciding.is_empty() {
                p {
                    (text::DECIDING) " "
                    @for (place, (id, title)) in view.deciding.iter().enumerate() {
                        @if place > 0 { ", " }
                        a href=(paths::process_part(id, "agents")) { (title) }
                    }
                    "."
                }
            }
        }
    }
}

/// What settles the questions.
fn settling(view: &AgentsOverview, reader: &Reader) -> Markup {
    html! {
        section aria-labelledby="shares" {
            h2 #shares { (text::SHARES) }
            table.list.models {
                thead {
                    tr {
                        @for title in [text::AGENT, text::SETTLED] { th scope="col" { (title) } }
                    }
                }
                tbody {
                    @for of in view.shares.chunk_by(|one, other| one.agent == other.agent) { (shares(of, reader)) }
                }
            }
        }
    }
}

/// How the models do.
fn models(view: &AgentsOverview, reader: &Reader) -> Markup {
    html! {
        section aria-labelledby="models" {
            h2 #models { (text::MODELS) }
            @if view.models.is_empty() {
                p { (text::NO_MODEL) }
            } @else {
                table.list.models {
                    thead {
                        tr {
                            @for title in [text::MODEL, text::STANDING, text::TODAY, text::COST] {
                                th scope="col" { (title) }
                            }
                        }
                    }
                    tbody { @for model in &view.models { (row(model, view.currency.as_deref(), reader)) } }
                }
                p.quiet { (text::DAY) }
            }
        }
    }
}

fn released(released: Option<&ReleasedToday>, reader: &Reader) -> String {
    let Some(ReleasedToday { case, day, today }) = released else { return text::NO_LIMIT.to_owned() };
    let words = |limit: &Option<Money>| limit.as_ref().map(|limit| reader.money(limit));
    text::released(words(case), words(day), &reader.money(today))
}

/// How many decide alone.
fn alone(view: &AgentsOverview) -> usize {
    view.earned.iter().filter(|agent| matches!(agent.autonomy, Autonomy::Certified(_))).count()
}

fn earned(agent: &Earned, reader: &Reader) -> Markup {
    let labels = i64::try_from(agent.labels).unwrap_or(i64::MAX);
    let alone = matches!(agent.autonomy, Autonomy::Certified(_));
    html! {
        tr {
            th scope="row" {
                a href=(paths::process_part(&agent.process_id, "agents")) { (text::agent(&agent.step, &agent.process)) } " "
                span.quiet { (text::engine(&agent.engine)) @if agent.earlier { " " (text::EARLIER) } }
            }
            td data-label=(text::DECIDED) { (reader.number(labels)) }
            td data-label=(text::STANDING) {
                @if let Some(answer) = &agent.answer { (earning_text::about(answer)) " " }
                (text::autonomy(&agent.autonomy))
                @if let Some((at, why)) = agent.ended.as_ref().filter(|_| !alone) {
                    " " (text::ended(why)) " " span.quiet { (reader.at(*at)) }
                }
            }
        }
    }
}

/// What settled the questions of one agent.
fn shares(of: &[Share], reader: &Reader) -> Markup {
    let all: u64 = of.iter().map(|share| share.decisions).sum();
    let number = |count: u64| reader.number(i64::try_from(count).unwrap_or(i64::MAX));
    let one = |share: &Share| {
        let percent = (share.decisions * 100).checked_div(all).unwrap_or_default();
        text::share(&share.settled, &number(share.decisions), percent)
    };
    html! {
        tr {
            th scope="row" { (of.first().map_or("", |share| text::agent_kind(&share.agent))) }
            td data-label=(text::SETTLED) { (of.iter().map(one).collect::<Vec<_>>().join(", ")) }
        }
    }
}

fn row(model: &ModelToday, currency: Option<&str>, reader: &Reader) -> Markup {
    let health = &model.model;
    html! {
        tr {
            th scope="row" { (health.model) " " span.quiet { (health.engine) } }
            td data-label=(text::STANDING) {
                @match health.breaker {
                    Standing::Closed => { (text::tiers(&health.tiers)) },
                    Standing::Open { until } => { (text::LEFT_ALONE) " " (reader.at(until)) },
                    Standing::HalfOpen => { (text::TRIED) },
                }
            }
            @match &model.today {
                None => { td data-label=(text::TODAY) { (text::NOT_ASKED) } td data-label=(text::COST) { "–" } },
                Some(today) => {
                    td data-label=(text::TODAY) { (text::today(today.calls, today.failures, today.took_ms)) }
                    td data-label=(text::COST) { (cost(&today.cost, currency, reader)) }
                },
            }
        }
    }
}

fn cost(cost: &ModelCost, currency: Option<&str>, reader: &Reader) -> String {
    text::cost(&reader.number(i64::try_from(cost.tokens).unwrap_or(i64::MAX)), cost.micros, currency)
}
