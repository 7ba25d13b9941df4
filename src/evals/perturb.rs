//! Whether a process finds claims that do not agree with their documents.
//!
//! Every claim is opened as a case of a database in memory, once as it is and once more for each kind of field with
//! that one field changed. Code compares what was claimed with what an agent read; this counts how often it says so.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    case::CheckResult,
    definition::{Definition, FieldKind, FieldSource, Path, Step},
    event::Acting,
    guard::{Guard, Relation, Term},
    overview::{self, WaitOn},
    people::{ADMINISTRATOR, Person},
    value::Date,
};
use serde_json::{Map, Value as Json, json};

use super::{
    EvalError,
    change::{Dice, other_amount, other_day},
};
use crate::{
    clock::Clock,
    config::Config,
    language::{self, Attachments},
    runtime::{
        Runtime,
        intake::{self, HandIn},
        publish::Published,
    },
    store::Store,
};

/// A changed field must be found in at least this share of claims.
pub const FOUND_AT_LEAST: f64 = 0.95;
/// An unchanged date may be flagged in at most this share of claims.
pub const DATE_FLAGGED_AT_MOST: f64 = 0.05;
/// An unchanged total may be flagged in at most this share of claims.
pub const TOTAL_FLAGGED_AT_MOST: f64 = 0.20;
/// At most this many claims are opened.
pub const MAX_CLAIMS: usize = 10_000;
/// How many cases are opened before what is automatic in them is run.
const CASES_A_BATCH: usize = 50;
/// The person who opens every case.
pub(super) const REQUESTER: &str = "requester";
/// The person who publishes the process.
pub(super) const PUBLISHER: &str = "publisher";

/// A claim and the line that it came from.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The line, from 1.
    pub line: usize,
    /// Its start form, or why the line makes none.
    pub hand_in: Result<HandIn, String>,
}

/// The process and what it is measured with.
#[derive(Clone, Debug)]
pub struct Trial<'a> {
    /// The process text.
    pub text: &'a str,
    /// What stands beside it.
    pub attachments: &'a Attachments,
    /// Claims that agree with their documents.
    pub claims: &'a [Claim],
    /// The same seed changes the same fields in the same way.
    pub seed: u64,
    /// Who answers, and how systems are reached.
    pub config: &'a Config,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Claims that were given.
    pub claims: usize,
    /// Cases that were opened, over all rounds.
    pub cases: usize,
    /// Claims that no case could be opened for, with the reason of the first.
    pub refused: usize,
    /// Cases that closed.
    pub decided: usize,
    /// Open cases that wait for a person whose name is known.
    pub waiting_for_person: usize,
    /// Open cases that wait for nobody, or that hold an incident.
    pub stuck: usize,
    /// Cases that were opened and cannot be found again.
    pub lost: usize,
    /// Cases whose log does not lead to their state.
    pub fold_differences: usize,
    /// Everything else that the doctor found, by its code.
    pub doctor: BTreeMap<String, usize>,
    /// What the comparisons said of claims as they are, by kind.
    pub unchanged: BTreeMap<&'static str, Told>,
    /// What they said of claims with the field of this kind changed.
    pub changed: BTreeMap<&'static str, Told>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// What one kind of comparison said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Cases in which it was to be made.
    pub cases: usize,
    /// It failed and names the field.
    pub failed: usize,
    /// It could not tell, because nothing was read.
    pub cannot_tell: usize,
}

/// A comparison of a field of the form with what is read from a document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    kind: &'static str,
    claimed: String,
    path: Path,
}

/// Opens every claim as it is and with one field changed, and counts.
///
/// `opened` is told how many cases have been opened so far, of how many.
///
/// # Errors
/// [`EvalError`], when the process is not understood, compares nothing, or the cases cannot be run.
pub async fn measure(trial: &Trial<'_>, opened: &(dyn Fn(usize, usize) + Sync)) -> Result<Outcome, EvalError> {
    let compiled = language::compile(trial.text, trial.attachments);
    let definition = compiled.definition.ok_or_else(|| {
        EvalError::Run("the process text is not understood; `countersign check` says where".to_owned())
    })?;
    let comparisons = comparisons(&definition);
    if comparisons.is_empty() {
        return Err(EvalError::Run("the process compares no field of its form with one of a document".to_owned()));
    }
    if trial.claims.len() > MAX_CLAIMS {
        return Err(EvalError::Run(format!("there are more than {MAX_CLAIMS} claims; measure a part of them")));
    }
    let kinds: BTreeSet<&'static str> =
        comparisons.iter().map(|one| one.kind).filter(|kind| *kind != "merchant").collect();
    let rounds: Vec<Option<&'static str>> = std::iter::once(None).chain(kinds.into_iter().map(Some)).collect();
    let all = rounds.len() * trial.claims.len();
    let mut outcome = Outcome { claims: trial.claims.len(), ..Outcome::default() };
    for (index, changed) in rounds.into_iter().enumerate() {
        let before = index * trial.claims.len();
        let round = Round { trial, definition: &definition, comparisons: &comparisons, changed };
        Box::pin(round.run(&mut outcome, &|count| opened(before + count, all))).await?;
    }
    Ok(outcome)
}

/// All claims once, in a database of their own.
struct Round<'a> {
    trial: &'a Trial<'a>,
    definition: &'a Definition,
    comparisons: &'a [Comparison],
    changed: Option<&'static str>,
}

impl Round<'_> {
    async fn run(&self, outcome: &mut Outcome, opened: &(dyn Fn(usize) + Sync)) -> Result<(), EvalError> {
        let runtime = self.runtime().await?;
        let mut dice = Dice::new(self.trial.seed);
        let mut cases = Vec::with_capacity(self.trial.claims.len());
        for (batch, claims) in self.trial.claims.chunks(CASES_A_BATCH).enumerate() {
            for (index, claim) in claims.iter().enumerate() {
                match self.open(&runtime, claim, &mut dice).await {
                    Ok(case) => cases.push(case),
                    Err(why) => {
                        outcome.refused += 1;
                        outcome.notes.push(format!("line {}: {why}", claim.line));
                    }
                }
                opened(batch * CASES_A_BATCH + index + 1);
            }
            runtime.run_until_quiet().await.map_err(said)?;
        }
        for (case_id, changes) in &cases {
            self.count(&runtime, case_id, *changes, outcome).await?;
        }
        let report = runtime.examine(&|_| {}).await.map_err(said)?;
        outcome.cases += cases.len();
        outcome.lost += cases.len().saturating_sub(usize::try_from(report.cases).unwrap_or(usize::MAX));
        for finding in report.findings {
            if finding.code == "fold" {
                outcome.fold_differences += 1;
            } else {
                *outcome.doctor.entry(finding.code.to_owned()).or_default() += 1;
            }
        }
        runtime.store().close().await;
        Ok(())
    }

    /// Opens the case of a claim; with it, whether the field of this round was changed.
    async fn open(&self, runtime: &Runtime, claim: &Claim, dice: &mut Dice) -> Result<(String, bool), String> {
        let mut hand_in = claim.hand_in.clone()?;
        let changes = self.changed.is_none_or(|kind| self.change(kind, &mut hand_in, dice));
        let requester = Acting::person(REQUESTER);
        let opening = runtime.open_case(&requester, &self.definition.id, hand_in, None);
        let applied = Box::pin(opening).await.map_err(|problem| problem.to_string())?;
        Ok((applied.loaded.case.id.clone(), changes))
    }

    async fn runtime(&self) -> Result<Runtime, EvalError> {
        let store = Store::open("sqlite::memory:").await.map_err(said)?;
        let runtime = Runtime::start(store, Clock::System, self.trial.config.clone()).await.map_err(said)?;
        for (id, person) in people(self.definition) {
            runtime.put_person(PUBLISHER, &id, &person, true).await.map_err(said)?;
        }
        let publisher = Acting::person(PUBLISHER);
        match runtime.publish(&publisher, self.trial.text, self.trial.attachments).await.map_err(said)? {
            Published::Version { .. } => Ok(runtime),
            Published::Refused(_) => Err(EvalError::Run("the process text was refused".to_owned())),
        }
    }

    /// Changes the first field of this kind; whether there was one to change.
    fn change(&self, kind: &str, hand_in: &mut HandIn, dice: &mut Dice) -> bool {
        let Some(comparison) = self.comparisons.iter().find(|one| one.kind == kind) else { return false };
        let Some(words) = hand_in.words.get_mut(&comparison.claimed) else { return false };
        let currency = self.definition.reading.currency.as_deref();
        let changed = match kind {
            "date" => Date::parse(words).and_then(|date| other_day(date, dice)),
            _ => intake::money(words, currency).map(|money| other_amount(&money, dice).to_string()),
        };
        match changed {
            Some(changed) => {
                *words = changed;
                true
            }
            None => false,
        }
    }

    async fn count(
        &self,
        runtime: &Runtime,
        case_id: &str,
        changes: bool,
        outcome: &mut Outcome,
    ) -> Result<(), EvalError> {
        let loaded = runtime.load(case_id).await.map_err(said)?;
        let waits = overview::waits(&loaded.context(), &loaded.case, runtime.clock().now());
        let incident = waits.iter().any(|wait| matches!(wait.on, WaitOn::Incident { .. }));
        let named = waits.iter().any(|wait| matches!(&wait.on, WaitOn::People { people, .. } if !people.is_empty()));
        match (loaded.case.is_open(), named && !incident) {
            (false, _) => outcome.decided += 1,
            (true, true) => outcome.waiting_for_person += 1,
            (true, false) => outcome.stuck += 1,
        }
        if !changes {
            return Ok(());
        }
        let counted = if self.changed.is_none() { &mut outcome.unchanged } else { &mut outcome.changed };
        let told = self.comparisons.iter().filter(|one| self.changed.is_none_or(|kind| one.kind == kind));
        for comparison in told {
            let entry = counted.entry(comparison.kind).or_default();
            entry.cases += 1;
            match loaded.case.findings.get(&comparison.path) {
                Some(found) => match found.result {
                    CheckResult::Failed if found.fields.contains(&comparison.claimed) => entry.failed += 1,
                    CheckResult::CannotTell { .. } => entry.cannot_tell += 1,
                    CheckResult::Failed | CheckResult::Passed => {}
                },
                None => entry.cannot_tell += 1,
            }
        }
        Ok(())
    }
}

pub(super) fn said(error: impl std::fmt::Display) -> EvalError {
    EvalError::Run(error.to_string())
}

/// The first comparison of each kind: a field of a form that must be the same as one of a document.
fn comparisons(definition: &Definition) -> Vec<Comparison> {
    let mut found: Vec<Comparison> = Vec::new();
    definition.walk(&mut |path, step| {
        let Step::Check(check) = step else { return };
        let Guard::Compare {
            left: Term::Field { field: left },
            relation: Relation::Same,
            right: Term::Field { field: right },
        } = &check.guard
        else {
            return;
        };
        let source = |name: &str| definition.field(name).map(|field| (&field.source, &field.kind));
        let pair = match (source(left), source(right)) {
            (Some((FieldSource::Form { .. }, kind)), Some((FieldSource::Document { .. }, _))) => (left, kind),
            (Some((FieldSource::Document { .. }, _)), Some((FieldSource::Form { .. }, kind))) => (right, kind),
            _ => return,
        };
        let kind = match pair.1 {
            FieldKind::Date => "date",
            FieldKind::Money => "total",
            FieldKind::Text => "merchant",
            _ => return,
        };
        if found.iter().all(|one| one.kind != kind) {
            found.push(Comparison { kind, claimed: pair.0.clone(), path: path.clone() });
        }
    });
    found
}

/// Somebody for every role that the process names, and a manager for the requester.
pub(super) fn people(definition: &Definition) -> BTreeMap<String, Person> {
    let mut roles = BTreeSet::from([definition.accountable.clone()]);
    if let Ok(json) = serde_json::to_value(definition) {
        collect_roles(&json, &mut roles);
    }
    roles.remove(&definition.starter);
    let person = |name: String, roles: Vec<String>, manager: Option<String>| Person {
        email: format!("{}@example.org", name.replace(' ', ".")),
        name,
        roles,
        manager,
        ..Person::default()
    };
    let holders = roles.iter().enumerate().map(|(index, role)| {
        (format!("holder-{}", index + 1), person(format!("holder of {role}"), vec![role.clone()], None))
    });
    let mut people: BTreeMap<String, Person> = holders.collect();
    let starter = vec![definition.starter.clone()];
    people.insert(REQUESTER.to_owned(), person(REQUESTER.to_owned(), starter, Some("manager".to_owned())));
    people.insert("manager".to_owned(), person("manager".to_owned(), Vec::new(), None));
    people.insert(PUBLISHER.to_owned(), person(PUBLISHER.to_owned(), vec![ADMINISTRATOR.to_owned()], None));
    people
}

fn collect_roles(json: &Json, roles: &mut BTreeSet<String>) {
    match json {
        Json::Object(entries) => {
            let is_role = ["who", "signer"].iter().any(|key| entries.get(*key).and_then(Json::as_str) == Some("role"));
            if let (true, Some(role)) = (is_role, entries.get("role").and_then(Json::as_str)) {
                roles.insert(role.to_owned());
            }
            entries.values().for_each(|value| collect_roles(value, roles));
        }
        Json::Array(items) => items.iter().for_each(|item| collect_roles(item, roles)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

impl Told {
    /// The share that failed.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.cases > 0).then(|| self.failed as f64 / self.cases as f64)
    }
}

impl Outcome {
    /// What is not as it must be, in words; empty when everything is.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (kind, told) in &self.changed {
            if told.share().is_some_and(|share| share < FOUND_AT_LEAST) {
                problems.push(format!("changed.{kind}.found is below {FOUND_AT_LEAST}"));
            }
        }
        for (kind, most) in [("date", DATE_FLAGGED_AT_MOST), ("total", TOTAL_FLAGGED_AT_MOST)] {
            let share = self.unchanged.get(kind).and_then(|told| told.share());
            if share.is_some_and(|share| share > most) {
                problems.push(format!("unchanged.{kind}.flagged is above {most}"));
            }
        }
        let none = [
            ("refused", self.refused),
            ("stuck", self.stuck),
            ("lost", self.lost),
            ("fold_differences", self.fold_differences),
            ("doctor_findings", self.doctor.values().sum()),
        ];
        problems.extend(none.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} is {count}")));
        problems
    }

    /// The outcome as one flat JSON object, such as `changed.date.found`; shares are of the `.cases` beside them.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut flat = Map::new();
        let mut set = |name: &str, value: Json| {
            flat.insert(name.to_owned(), value);
        };
        for (round, told, share) in [("changed", &self.changed, "found"), ("unchanged", &self.unchanged, "flagged")] {
            for (kind, told) in told {
                set(&format!("{round}.{kind}.{share}"), json!(told.share()));
                set(&format!("{round}.{kind}.cannot_tell"), json!(told.cannot_tell));
                set(&format!("{round}.{kind}.cases"), json!(told.cases));
            }
        }
        let counts = [
            ("claims", self.claims),
            ("cases", self.cases),
            ("refused", self.refused),
            ("decided", self.decided),
            ("waiting_for_person", self.waiting_for_person),
            ("stuck", self.stuck),
            ("lost", self.lost),
            ("fold_differences", self.fold_differences),
        ];
        counts.iter().for_each(|(name, count)| set(name, json!(count)));
        set("doctor_findings", json!(self.doctor));
        set("problems", json!(self.problems()));
        set("notes", json!(self.notes));
        Json::Object(flat)
    }
}
