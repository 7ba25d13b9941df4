//! Words of the page of agents and models.

use crate::{
    runtime::autonomy::{Autonomy, in_words as certified},
    web::format::{capital, counted, in_words, list},
};

pub(crate) const TITLE: &str = "Agents";
pub(crate) const ARE_ON: &str = "Agents are on.";
pub(crate) const ARE_OFF: &str = "Agents are switched off. People decide everything.";
pub(crate) const WHEN_ON: &str = "They read, sort, check and prepare; what they say is a proposal. Switch them off, and people decide, and read \
     the documents themselves, within seconds. No case stops.";
pub(crate) const WHEN_OFF: &str = "No model is asked and no document is sent out. What an agent would decide goes to a person. What it would read \
     from a document stays empty, and whoever looks next is told so.";
pub(crate) const SWITCH_OFF: &str = "Switch agents off";
pub(crate) const SWITCH_ON: &str = "Switch agents on";
pub(crate) const SAID_OFF: &str = "Agents are off. From now on people decide, and read the documents themselves.";
pub(crate) const SAID_ON: &str = "Agents are on. Questions that people have already been given stay with them.";
pub(crate) const MODELS: &str = "Language models";
pub(crate) const NO_MODEL: &str = "None is set up. The built-in engine answers, and people decide what it may not. A model is named in the \
     configuration, under [model].";
pub(crate) const EARNED: &str = "What agents may do alone";
pub(crate) const NOTHING_EARNED: &str = "Nobody has decided about a suggestion with a score yet. Each such decision is counted, and enough of them let \
     an agent decide alone.";
pub(crate) const EARNED_HOW: &str = "One in twenty automatic decisions is held for a person, for ever. When too many of those are wrong, each answer \
     goes to a person again.";
pub(crate) const DECIDING: &str = "Past decisions are imported on the page of a process’s agents:";
pub(crate) const EARLIER: &str = "(by an earlier text or prompt)";
pub(crate) const SHARES: &str = "Who settled the questions of the last 30 days";
pub(crate) const SETTLED: &str = "Settled by";
pub(crate) const AGENT: &str = "Agent";
pub(crate) const DECIDED: &str = "People decided";
pub(crate) const MODEL: &str = "Model";
pub(crate) const STANDING: &str = "How it stands";
pub(crate) const TODAY: &str = "Asked today";
pub(crate) const COST: &str = "Cost today";
pub(crate) const DAY: &str = "The day begins at midnight UTC, as budgets do.";
pub(crate) const LEFT_ALONE: &str = "It failed several times. It is tried again";
pub(crate) const TRIED: &str = "It failed several times. One question is on its way to see whether it is back.";
pub(crate) const NOT_ASKED: &str = "not yet";

pub(crate) const NO_LIMIT: &str = "No limit is set on the money that may leave on an agent's word without a signature. One is set in the \
     configuration, under [release].";

/// What may leave in a case and in a day, and what has left today.
pub(crate) fn released(case: Option<String>, day: Option<String>, today: &str) -> String {
    let limits = [case.map(|most| format!("{most} in a case")), day.map(|most| format!("{most} in a day"))];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    format!(
        "Without a signature, on an agent's word, at most {} may leave; {today} has left today. What is above that waits \
         for a person.",
        list(&limits)
    )
}

/// How many of the agents that people's decisions have been counted for decide alone.
pub(crate) fn alone(alone: usize, all: usize) -> String {
    match (alone, all) {
        (0, 1) => "The one that people have decided about does not decide alone yet.".to_owned(),
        (0, 2) => "Neither of the two that people have decided about decides alone yet.".to_owned(),
        (0, all) => format!("None of the {} that people have decided about decides alone yet.", in_words(all)),
        (1, 1) => "The one that people have decided about decides alone, by certificate.".to_owned(),
        (1, all) => format!("One of {} decides alone, by certificate.", in_words(all)),
        (some, all) => format!("{} of {} decide alone, by certificate.", capital(&in_words(some)), in_words(all)),
    }
}

/// What an agent does, as it stands in the list.
pub(crate) fn agent(step: &str, process: &str) -> String {
    format!("{} in {process}", capital(step))
}

/// What answers, for people.
pub(crate) fn engine(engine: &str) -> &str {
    if engine == "offline" { "by the built-in engine" } else { engine }
}

/// How far an agent has come.
pub(crate) fn autonomy(autonomy: &Autonomy) -> String {
    match autonomy {
        Autonomy::Certified(certificate) => format!("Decides alone: {}.", certified(certificate)),
        Autonomy::NotYet { to_go, days } => {
            let pace = days.map(|days| format!(", {} at your pace", lasting(days))).unwrap_or_default();
            format!("{} to go{pace}.", counted(usize::try_from(*to_go).unwrap_or(usize::MAX), "label"))
        }
        Autonomy::OutOfReach => {
            "It will not decide alone: also the answers that it is surest of are too often wrong.".to_owned()
        }
    }
}

/// How long something takes that is only estimated.
fn lasting(days: u64) -> String {
    match days {
        0 | 1 => "about a day".to_owned(),
        2..14 => format!("about {days} days"),
        14..60 => format!("about {} weeks", days.div_ceil(7)),
        60..730 => format!("about {} months", days.div_ceil(30)),
        _ => "more than two years".to_owned(),
    }
}

/// Why it no longer decides alone.
pub(crate) fn ended(why: &str) -> String {
    format!("It decided alone until it was checked: {why}.")
}

/// What an agent does, by its name.
pub(crate) fn agent_kind(agent: &str) -> &str {
    match agent {
        "classify" => "Choosing a word",
        "extract" => "Reading documents",
        "judge" => "Judging a criterion",
        "prepare" => "Summing up",
        "score" => "Giving a mark",
        other => other,
    }
}

/// What settled questions, how many, and which share that is.
pub(crate) fn share(settled: &str, decisions: &str, percent: u64) -> String {
    let who = match settled {
        "person" => "people",
        "offline" => "the built-in engine",
        other => other,
    };
    format!("{who} {decisions} ({percent} %)")
}

pub(crate) fn tiers(tiers: &[String]) -> String {
    if tiers.is_empty() { "Ready, but in no tier".to_owned() } else { format!("Ready, in the tier {}", list(tiers)) }
}

pub(crate) fn today(calls: u64, failures: u64, mean_ms: u64) -> String {
    let times = counted(usize::try_from(calls).unwrap_or(usize::MAX), "question");
    match failures {
        0 => format!("{times}, {mean_ms} ms each"),
        failures => format!("{times}, {mean_ms} ms each, {failures} without an answer"),
    }
}

/// Tokens, and money in millionths where there is a price.
pub(crate) fn cost(tokens: &str, micros: u64, currency: Option<&str>) -> String {
    let tokens = format!("{tokens} tokens");
    match currency {
        None => tokens,
        Some(currency) => {
            // Rounded up to hundredths, so that nothing that cost something looks free.
            let cents = micros.div_ceil(10_000);
            format!("{}.{:02} {currency}, {tokens}", cents / 100, cents % 100)
        }
    }
}
