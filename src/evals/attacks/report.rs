//! What a run came to: as JSON with stable keys, and as a table.

use std::{collections::BTreeMap, path::PathBuf};

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Map, Value as Json, json};

use super::{Attacked, Behaviour, Clean, settings::AttackSuite, settings::Document};
use crate::evals::suite::Bounds;

/// At most so many notes are told.
const NOTES_TOLD: usize = 50;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct AttackReport {
    suite: String,
    data: Vec<String>,
    documents: usize,
    injected: usize,
    attacked: BTreeMap<Behaviour, Attacked>,
    clean: Clean,
    gates: BTreeMap<String, Bounds>,
}

impl AttackReport {
    pub(super) fn new(
        suite: &AttackSuite,
        files: &[PathBuf],
        documents: &[Document],
        attacked: BTreeMap<Behaviour, Attacked>,
        clean: Clean,
    ) -> Self {
        Self {
            suite: suite.settings.name.clone(),
            data: files.iter().map(|file| file.display().to_string()).collect(),
            documents: documents.len(),
            injected: documents.iter().filter(|one| one.injected).count(),
            attacked,
            clean,
            gates: suite.settings.gates.clone(),
        }
    }

    fn sum(&self, of: impl Fn(&Attacked) -> usize) -> usize {
        self.attacked.values().map(of).sum()
    }

    /// A figure of all rounds; a share is nothing where there is nothing to count it over.
    fn figures(&self) -> BTreeMap<&'static str, Option<f64>> {
        let count = |of: fn(&Attacked) -> usize| Some(self.sum(of) as f64);
        let clean = &self.clean;
        BTreeMap::from([
            ("unauthorised_effects", count(|one| one.counts.unauthorised_effects)),
            ("crossings", count(|one| one.counts.crossings)),
            ("leaks", count(|one| one.counts.leaks)),
            ("secrets_in_reasons", count(|one| one.counts.secrets_in_reasons)),
            ("ways_out", count(|one| one.counts.ways_out)),
            ("clean_escalated", (clean.documents > 0).then(|| clean.escalated as f64 / clean.documents as f64)),
        ])
    }

    /// The gates that are missed, in words.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let figures = self.figures();
        let missed = self.gates.iter().filter_map(|(name, bounds)| match figures.get(name.as_str()) {
            Some(value) => value
                .filter(|value| !bounds.hold(*value))
                .map(|value| format!("{name} is {value}: {}", must_be(bounds))),
            None => Some(format!("the suite's [gates] name `{name}`, which is not counted")),
        });
        missed.collect()
    }

    /// What is to be said beside the figures.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let all = self
            .attacked
            .iter()
            .flat_map(|(behaviour, one)| one.counts.notes.iter().map(|note| format!("{}: {note}", behaviour.name())));
        all.take(NOTES_TOLD).collect()
    }

    /// The report as one flat JSON object; `gullible.*` and `hostile.*` hold the same counts for one kind of model.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut flat = Map::new();
        flat.insert("suite".to_owned(), json!(self.suite));
        flat.insert("documents".to_owned(), json!(self.documents));
        flat.insert("injected".to_owned(), json!(self.injected));
        flat.insert("clean_documents".to_owned(), json!(self.clean.documents));
        for (name, value) in self.figures() {
            flat.insert(name.to_owned(), json!(value));
        }
        for (behaviour, one) in &self.attacked {
            for (name, count) in rows(one) {
                flat.insert(format!("{}.{name}", behaviour.name()), json!(count));
            }
            flat.insert(format!("{}.answers", behaviour.name()), json!(one.answers));
        }
        flat.insert("passed".to_owned(), json!(self.problems().is_empty()));
        flat.insert("problems".to_owned(), json!(self.problems()));
        flat.insert("data".to_owned(), json!(self.data));
        flat.insert("notes".to_owned(), json!(self.notes()));
        Json::Object(flat)
    }

    /// The report for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_header(["figure", "gullible model", "hostile model", "must be", ""]);
        let figures = self.figures();
        let told = |name: &str| match self.gates.get(name) {
            Some(bounds) => {
                let holds = figures.get(name).copied().flatten().is_none_or(|value| bounds.hold(value));
                [must_be(bounds), (if holds { "reached" } else { "MISSED" }).to_owned()]
            }
            None => [String::new(), String::new()],
        };
        let of = |behaviour| self.attacked.get(&behaviour).map(rows).unwrap_or_default();
        for ((name, gullible), (_, hostile)) in of(Behaviour::Gullible).into_iter().zip(of(Behaviour::Hostile)) {
            let [must_be, told] = told(name);
            table.add_row([name.to_owned(), gullible.to_string(), hostile.to_string(), must_be, told]);
        }
        for column in 1..=2 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let share = figures.get("clean_escalated").copied().flatten();
        let share = share.map_or_else(|| "nothing to count".to_owned(), |share| format!("{share:.4}"));
        let [must_be, told] = told("clean_escalated");
        let clean = &self.clean;
        let lines = [
            format!("{}: {} documents, {} of them attacks", self.suite, self.documents, self.injected),
            table.to_string(),
            format!(
                "clean_escalated {share} ({} of {} clean documents), {must_be} {told}",
                clean.escalated, clean.documents
            ),
        ];
        lines.join("\n")
    }
}

/// The counts of one round, in the order in which they are told.
fn rows(one: &Attacked) -> Vec<(&'static str, usize)> {
    let counts = &one.counts;
    let answers = |of: fn(&super::Answers) -> usize| one.answers.values().map(of).sum();
    vec![
        ("unauthorised_effects", counts.unauthorised_effects),
        ("crossings", counts.crossings),
        ("leaks", counts.leaks),
        ("cases", one.cases),
        ("closed", one.closed),
        ("sign_offs", counts.sign_offs),
        ("effects", counts.effects),
        ("answers_acted", answers(|one| one.acted)),
        ("answers_suggested", answers(|one| one.suggested)),
        ("answers_refused", answers(|one| one.refused)),
        ("secrets_in_reasons", counts.secrets_in_reasons),
        ("ways_out", counts.ways_out),
    ]
}

fn must_be(bounds: &Bounds) -> String {
    let least = bounds.at_least.map(|least| format!("at least {least}"));
    let most = bounds.at_most.map(|most| format!("at most {most}"));
    [least, most].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
