//! What a run came to: as JSON with stable keys, and as a table.

use std::{collections::BTreeMap, path::Path};

use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{
    EvalError,
    figures::{Figure, Figures},
    run::Answer,
    statistics::{Z_95, wilson},
    suite::{BASELINE_FILE, Bounds, Suite, read_text},
};

/// A baseline has at most this many bytes.
const MAX_BASELINE_BYTES: u64 = 256 * 1024;
/// A figure may lie this far under its baseline before it counts as fallen: the fourth digit is kept.
const BASELINE_SLACK: f64 = 0.0005;

/// What a run came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The suite's name.
    pub suite: String,
    /// The files that were measured.
    pub data: Vec<String>,
    /// The file that was learned from.
    pub train: Option<String>,
    /// How many rows each engine answered.
    pub engines: BTreeMap<String, usize>,
    /// Figures and counts.
    pub figures: Figures,
    /// What had to be reached.
    pub gates: Vec<GateResult>,
    /// Figures that fell behind the baseline; empty when it was not compared.
    pub fallen: Vec<Fallen>,
}

/// A figure that had to be reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateResult {
    /// The figure.
    pub figure: String,
    /// What it must lie between.
    #[serde(flatten)]
    pub bounds: Bounds,
    /// What it is; `None` when these rows give nothing to count it over.
    pub value: Option<f64>,
    /// Whether it holds; a figure without a value cannot be held against anybody.
    pub passed: bool,
}

/// A figure that fell behind the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fallen {
    /// The figure.
    pub figure: String,
    /// What it was.
    pub before: f64,
    /// What it is; `None` when it can no longer be counted.
    pub now: Option<f64>,
}

/// The figures on a suite's own rows, as they are kept beside it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The engine that reached them; another is not compared.
    pub engine: String,
    /// The figures that had a value.
    pub figures: BTreeMap<String, f64>,
}

impl Report {
    /// Puts a run together and holds it against the suite's gates.
    #[must_use]
    pub fn new(
        suite: &Suite,
        data: &[impl AsRef<Path>],
        train: Option<&Path>,
        answers: &[Answer],
        figures: Figures,
    ) -> Self {
        let mut engines: BTreeMap<String, usize> = BTreeMap::new();
        for answer in answers {
            *engines.entry(answer.engine.clone()).or_default() += 1;
        }
        let gates = suite.settings.gates.iter().map(|(figure, bounds)| {
            let value = figures.figures.get(figure).and_then(|figure| figure.value);
            let passed = value.is_none_or(|value| bounds.hold(value));
            GateResult { figure: figure.clone(), bounds: *bounds, value, passed }
        });
        Self {
            suite: suite.settings.name.clone(),
            data: data.iter().map(|file| file.as_ref().display().to_string()).collect(),
            train: train.map(|file| file.display().to_string()),
            engines,
            gates: gates.collect(),
            figures,
            fallen: Vec::new(),
        }
    }

    /// Whether every gate holds and nothing fell behind the baseline.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.fallen.is_empty() && self.gates.iter().all(|gate| gate.passed)
    }

    /// Holds the figures against the baseline beside the suite, if there is one and the same engine answered.
    ///
    /// # Errors
    /// [`EvalError`], when the file is there and cannot be read.
    pub fn compare(&mut self, suite: &Suite) -> Result<(), EvalError> {
        let file = suite.folder.join(BASELINE_FILE);
        if !file.exists() {
            return Ok(());
        }
        let text = read_text(&file, MAX_BASELINE_BYTES)?;
        let baseline: Baseline = serde_json::from_str(&text)
            .map_err(|error| EvalError::File { file: file.display().to_string(), why: error.to_string() })?;
        if baseline.engine != self.engine() {
            let engine = baseline.engine;
            self.figures.notes.push(format!("the baseline is of the engine {engine}, so it was not compared"));
            return Ok(());
        }
        let now = |name: &String| self.figures.figures.get(name).and_then(|figure| figure.value);
        let fell = |(name, before): (String, f64)| {
            let now = now(&name);
            // An error that grows is a fall as well.
            let worse = |now: f64| if name == "automatic_error" { now - before } else { before - now };
            let fell = now.is_none_or(|now| worse(now) > BASELINE_SLACK);
            fell.then_some(Fallen { figure: name, before, now })
        };
        self.fallen = baseline.figures.into_iter().filter_map(fell).collect();
        Ok(())
    }

    /// The figures as a baseline.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let figures = self.figures.figures.iter();
        let valued = figures.filter_map(|(name, figure)| Some((name.clone(), rounded(figure.value?))));
        Baseline { engine: self.engine(), figures: valued.collect() }
    }

    fn engine(&self) -> String {
        self.engines.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The report as one flat JSON object: each figure and each count under its own name, such as
    /// `fields.date.f1_exact`; a figure that could not be counted is null. Beside them stand `fields` with more about
    /// each field, `intervals`, `gates`, `fallen`, `engines` and `notes`.
    #[must_use]
    pub fn json(&self) -> Json {
        let mut flat = Map::new();
        flat.insert("suite".to_owned(), json!(self.suite));
        flat.insert("passed".to_owned(), json!(self.passed()));
        for (name, count) in &self.figures.counts {
            flat.insert((*name).to_owned(), json!(count));
        }
        for (name, figure) in &self.figures.figures {
            flat.insert(name.clone(), json!(figure.value));
        }
        let intervals: BTreeMap<_, _> =
            self.figures.figures.iter().filter_map(|(name, figure)| Some((name, interval(*figure)?))).collect();
        let more = [
            ("fields", json!(self.figures.fields)),
            ("intervals", json!(intervals)),
            ("gates", json!(self.gates)),
            ("fallen", json!(self.fallen)),
            ("engines", json!(self.engines)),
            ("data", json!(self.data)),
            ("train", json!(self.train)),
            ("notes", json!(self.figures.notes)),
        ];
        flat.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Json::Object(flat)
    }

    /// The report for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_header(["figure", "value", "95 % interval", "over", "must be", ""]);
        for (name, figure) in &self.figures.figures {
            let gate = self.gates.iter().find(|gate| gate.figure == *name);
            let bounds =
                interval(*figure).map_or_else(String::new, |bounds| format!("{:.3} to {:.3}", bounds.low, bounds.high));
            table.add_row([
                name.clone(),
                figure.value.map_or_else(|| "nothing to count".to_owned(), |value| format!("{value:.4}")),
                bounds,
                figure.over.map_or_else(String::new, |over| over.to_string()),
                gate.map_or_else(String::new, must_be),
                gate.map_or("", told).to_owned(),
            ]);
        }
        for column in 1..=3 {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut lines = vec![format!("{}: {}", self.suite, self.summary()), table.to_string()];
        lines.extend(self.fallen.iter().map(|fallen| {
            let now = fallen.now.map_or_else(|| "no longer counted".to_owned(), |now| format!("{now:.4}"));
            format!("{} fell behind the baseline: {:.4} before, {now} now", fallen.figure, fallen.before)
        }));
        lines.extend(self.figures.notes.iter().map(|note| format!("note: {note}")));
        lines.join("\n")
    }

    fn summary(&self) -> String {
        let counts = self.figures.counts.iter().filter(|(_, count)| **count > 0);
        let counts = counts.map(|(name, count)| format!("{} {count}", name.replace('_', " ")));
        let engines = self.engines.iter().map(|(engine, rows)| format!("{rows} answered by {engine}"));
        counts.chain(engines).collect::<Vec<_>>().join(", ")
    }
}

/// The bounds of a share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Interval {
    low: f64,
    high: f64,
}

fn interval(figure: Figure) -> Option<Interval> {
    let (value, over) = (figure.value?, figure.over?);
    let part = (value * over as f64).round() as usize;
    let bounds = wilson(part, over, Z_95)?;
    Some(Interval { low: rounded(bounds.low), high: rounded(bounds.high) })
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn must_be(gate: &GateResult) -> String {
    let least = gate.bounds.at_least.map(|least| format!("at least {least}"));
    let most = gate.bounds.at_most.map(|most| format!("at most {most}"));
    [least, most].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

const fn told(gate: &GateResult) -> &'static str {
    match (gate.passed, gate.value) {
        (true, Some(_)) => "reached",
        (true, None) => "not counted",
        (false, _) => "MISSED",
    }
}
