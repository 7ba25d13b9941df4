//! What publishing would change, as sentences made from templates: for the page, the API and the terminal alike.

use countersign_core::{
    compare::{Automatic, Decision, Rule, Unsigned},
    time::HOUR_MS,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::text::{publication as text, the};
use crate::{
    certificate::percent,
    language::patch::{Change, SentenceDiff},
    runtime::{limits::Lifted, publication::Publication},
    store::{Baseline, Limit, Measured},
    web::format::{capital, list, span},
};

/// A heading and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Group {
    /// What the lines are about.
    pub heading: String,
    /// One sentence each; what there is to say when there is nothing.
    pub lines: Vec<String>,
    /// Whether somebody should look twice.
    pub warns: bool,
}

/// Everything that publishing would change, in the order in which it is read.
#[must_use]
pub fn groups(publication: &Publication) -> Vec<Group> {
    let changes = &publication.changes;
    let decisions = |all: &[Decision], say: fn(&Decision) -> String| all.iter().map(say).collect::<Vec<String>>();
    let mut decided = decisions(&changes.gained, gained);
    decided.extend(decisions(&changes.lost, lost));
    let mut rules: Vec<String> = changes.ruled.iter().map(ruled).collect();
    rules.extend(changes.freed.iter().map(freed));
    let sentences = match publication.first {
        true => vec![text::first(publication.sentences.len())],
        false => publication.sentences.iter().map(sentence).collect(),
    };
    let mut alone: Vec<String> = changes.automatic.iter().map(automatic).collect();
    alone.extend(publication.lifted.iter().map(lifted));
    vec![
        group(text::SENTENCES, sentences, text::NO_SENTENCES, false),
        group(text::PAPERS, publication.papers.iter().map(text::differing).collect(), text::NO_PAPERS, false),
        group(text::DECISIONS, decided, text::NO_DECISIONS, !changes.lost.is_empty()),
        group(text::RULES, rules, text::NO_RULES, !changes.freed.is_empty()),
        group(text::AUTOMATIC, alone, text::NO_AUTOMATIC, !publication.lifted.is_empty()),
        group(
            text::UNSIGNED,
            changes.unsigned.iter().map(unsigned).collect(),
            text::NO_UNSIGNED,
            !changes.unsigned.is_empty(),
        ),
        group(text::RUNNING, vec![text::running(publication.running)], "", false),
    ]
}

fn group(heading: &str, lines: Vec<String>, nothing: &str, warns: bool) -> Group {
    let lines = if lines.is_empty() { vec![nothing.to_owned()] } else { lines };
    Group { heading: heading.to_owned(), lines, warns }
}

fn sentence(diff: &SentenceDiff) -> String {
    let side = |side: &Option<crate::language::patch::Side>| {
        let words = side.as_ref().map_or("", |side| side.sentence.text.as_str());
        words.split_whitespace().collect::<Vec<&str>>().join(" ")
    };
    let (old, new) = (side(&diff.old), side(&diff.new));
    match diff.change {
        Change::Added => text::added(&new),
        Change::Removed => text::removed(&old),
        Change::Changed => text::changed(&old, &new),
        Change::Moved => text::moved(&new),
    }
}

fn gained(one: &Decision) -> String {
    text::gained(&capital(&one.who), verb(one), &one.subject, &under(one))
}

fn lost(one: &Decision) -> String {
    text::lost(&capital(&one.who), verb(one), &one.subject, &under(one))
}

fn under(one: &Decision) -> String {
    text::under(&one.when, one.late.map(span).as_deref())
}

fn ruled(one: &Rule) -> String {
    match one {
        Rule::ApproverIsNot { who } => text::may_not_approve(&capital(who)),
        Rule::Seen { field, by } => text::seen_by(field, &list(by)),
    }
}

fn freed(one: &Rule) -> String {
    match one {
        Rule::ApproverIsNot { who } => text::may_approve(&capital(who)),
        Rule::Seen { field, by } => text::seen_by_more(field, &list(by)),
    }
}

const fn verb(one: &Decision) -> &'static str {
    if one.signs { text::APPROVES } else { text::REVIEWS }
}

fn automatic(one: &Automatic) -> String {
    match one {
        Automatic::NobodyDecides { subject } => text::nobody_decides(subject),
        Automatic::Agent { does } => text::agent(does),
        Automatic::Call { system, operation } => text::call(&the(system), operation),
        Automatic::LookUp { system, fields } => text::look_up(&the(system), &list(fields)),
        Automatic::Message { to } => text::message(&capital(to)),
    }
}

fn lifted(one: &Lifted) -> String {
    match one.limit {
        Limit::Never => text::no_longer_kept(&one.answer, &one.matter),
        Limit::AtMost(error) => text::no_longer_limited(&one.answer, &one.matter, &percent(error)),
    }
}

fn unsigned(one: &Unsigned) -> String {
    match one {
        Unsigned::Call { system, operation, stage } => text::unsigned_call(&the(system), operation, stage),
        Unsigned::Message { to, stage } => text::unsigned_message(to, stage),
        Unsigned::LookUp { system, by, stage } => text::unsigned_look_up(&the(system), &list(by), stage),
    }
}

/// What was known before a version, and what has been measured, side by side.
#[must_use]
pub fn measured(baseline: Option<Baseline>, measured: Measured) -> Vec<String> {
    let before = |known: Option<String>| known.unwrap_or_else(|| text::NOT_MEASURED.to_owned());
    let baseline = baseline.unwrap_or_default();
    let took = measured.median_ms.map(crate::web::format::duration);
    let closed = usize::try_from(measured.closed).unwrap_or(usize::MAX);
    let weekly = measured.opened_in_four_weeks;
    vec![
        text::cycle(
            &before(baseline.cycle_hours.map(|hours| crate::web::format::duration(i64::from(hours) * HOUR_MS))),
            &took.map_or_else(|| text::NOTHING_CLOSED.to_owned(), |took| text::half_of(&took, closed)),
        ),
        text::weekly(&before(baseline.weekly_cases.map(|count| text::a_week(count.into()))), &text::opened(weekly)),
    ]
}
