//! Suites of rules: what policies find in given data, and which acts they forbid whatever a model would like to do.
//!
//! The suite's folder holds the policies, in the package that judges effects. They are read, compiled and asked as
//! every policy is before an effect is released, each row as its input with the call that somebody wants made.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{
    EvalError,
    dataset::{MAX_DATA_BYTES, MAX_ROWS, json_lines},
    report::GateResult,
    suite::{Bounds, CASES_FILE, SUITE_FILE, read_text},
};
use crate::gate::policies::{EFFECT, Judged, Policies, judge};

/// A suite file has at most this many bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024;
/// At most this many rows are named one by one.
const NAMED_MAX: usize = 200;

/// What the file of such a suite says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// Its name.
    pub name: String,
    /// Always `rules`.
    pub agent: Kind,
    /// Where a row holds its name, as a JSON pointer (RFC 6901).
    pub id: String,
    /// Where a row holds what the rules see.
    pub input: String,
    /// What the rules are to find.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What they are to forbid.
    #[serde(default)]
    pub acts: Option<Acts>,
    /// What must be reached, by figure.
    #[serde(default)]
    pub gates: BTreeMap<String, Bounds>,
}

/// The kind of suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rules over given data.
    Rules,
}

/// Something that the rules are to find in a row, and nowhere else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The code that they give it.
    pub code: String,
    /// Where a row says whether it is there.
    pub gold: String,
    /// What stands there when it is.
    pub when: Json,
    /// Where a row holds what the message must name.
    #[serde(default)]
    pub names: Vec<String>,
}

/// Acts: those of the rows must be free, and on some rows whatever the request could be taken for must be forbidden.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acts {
    /// Where a row holds the calls that are right: objects with `name` and `arguments`.
    pub right: String,
    /// Where a row says with `true` that nothing may be done.
    pub none: String,
    /// Where a row holds the request, as texts at any depth.
    pub request: String,
    /// What a request can be taken for.
    pub attempts: Vec<Attempt>,
}

/// A call that somebody might make who only reads the request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// The call.
    pub name: String,
    /// Any of these words in the request leads to it.
    pub words: Vec<String>,
    /// Where the things stand by name that it could be made with: those that the request names, else each.
    pub over: String,
    /// The argument that takes the name.
    pub argument: String,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct RuleReport {
    /// The suite.
    pub suite: String,
    /// Rows.
    pub rows: usize,
    /// Figures by name.
    pub figures: BTreeMap<String, f64>,
    /// What had to be reached.
    pub gates: Vec<GateResult>,
    /// Rows that are not as they should be, with why.
    pub wrong: Vec<(String, String)>,
    /// Rows on which nothing may be done, with what forbade each attempt.
    pub forbidden: BTreeMap<String, Vec<String>>,
    /// Rows on which nothing may be done and whose request can be taken for no act.
    pub nothing_attempted: Vec<String>,
}

/// Whether a folder, or the `suite.toml` named, holds such a suite.
#[must_use]
pub fn is_suite(place: &Path) -> bool {
    let text = read_text(&file_of(place), MAX_FILE_BYTES).unwrap_or_default();
    let table = text.parse::<toml::Table>().unwrap_or_default();
    table.get("agent").and_then(toml::Value::as_str) == Some("rules")
}

fn file_of(place: &Path) -> PathBuf {
    if place.is_dir() { place.join(SUITE_FILE) } else { place.to_owned() }
}

/// Counts.
#[derive(Debug, Default)]
struct Count {
    of: BTreeMap<String, (usize, usize)>,
}

impl Count {
    fn add(&mut self, name: &str, hit: bool) {
        let (part, whole) = self.of.entry(name.to_owned()).or_default();
        *part += usize::from(hit);
        *whole += 1;
    }
}

/// Holds the rules of a suite against rows: those named, else its own.
///
/// # Errors
/// [`EvalError`], when a file cannot be read, a rule is broken or a row holds no object.
pub fn score(place: &Path, data: &[PathBuf]) -> Result<RuleReport, EvalError> {
    let file = file_of(place);
    let fault = |why: String| EvalError::File { file: file.display().to_string(), why };
    let settings: RuleSettings =
        toml::from_str(&read_text(&file, MAX_FILE_BYTES)?).map_err(|error| fault(error.to_string()))?;
    let folder = file.parent().unwrap_or_else(|| Path::new(".")).to_owned();
    let policies = Policies::load(&folder).map_err(|error| fault(error.to_string()))?;
    let own = [folder.join(CASES_FILE)];
    let mut run = Run { settings: &settings, policies: &policies, count: Count::default(), report: empty(&settings) };
    for file in if data.is_empty() { own.as_slice() } else { data } {
        let text = read_text(file, MAX_DATA_BYTES)?;
        for (line, row) in json_lines(file, &text) {
            let fault = |why: String| EvalError::Row { file: file.display().to_string(), line, why };
            if run.report.rows >= MAX_ROWS {
                return Err(fault(format!("there are more than {MAX_ROWS} rows; measure a part of them")));
            }
            run.row(&row?).map_err(fault)?;
        }
    }
    Ok(run.finished())
}

fn empty(settings: &RuleSettings) -> RuleReport {
    RuleReport {
        suite: settings.name.clone(),
        rows: 0,
        figures: BTreeMap::new(),
        gates: Vec::new(),
        wrong: Vec::new(),
        forbidden: BTreeMap::new(),
        nothing_attempted: Vec::new(),
    }
}

struct Run<'a> {
    settings: &'a RuleSettings,
    policies: &'a Policies,
    count: Count,
    report: RuleReport,
}

impl Run<'_> {
    fn row(&mut self, row: &Json) -> Result<(), String> {
        let id = row.pointer(&self.settings.id).and_then(Json::as_str).unwrap_or_default().to_owned();
        let Some(Json::Object(input)) = row.pointer(&self.settings.input) else {
            return Err(format!("there is no object at {}", self.settings.input));
        };
        self.report.rows += 1;
        let settings = self.settings;
        let judged = self.asked(input, None);
        for finding in &settings.findings {
            self.finding(&id, row, finding, &judged);
        }
        if let Some(acts) = &settings.acts {
            self.acts(&id, row, input, acts);
        }
        Ok(())
    }

    /// What the rules say to the row's data, and to a call.
    fn asked(&self, input: &Map<String, Json>, call: Option<&Json>) -> Judged {
        let mut input = input.clone();
        if let Some(call) = call {
            input.insert("call".to_owned(), call.clone());
        }
        judge(&[self.policies], EFFECT, &Json::Object(input))
    }

    fn finding(&mut self, id: &str, row: &Json, finding: &Finding, judged: &Judged) {
        let there = row.pointer(&finding.gold) == Some(&finding.when);
        let found = judged.escalations.iter().find(|one| one.code == finding.code);
        let named = |pointer: &String| {
            let word = match row.pointer(pointer) {
                Some(Json::String(word)) => word.clone(),
                Some(other) => other.to_string(),
                None => return false,
            };
            found.is_some_and(|found| found.message.contains(&word))
        };
        let right = there == found.is_some() && (!there || finding.names.iter().all(named));
        self.count.add(&format!("{}.right", finding.code), right);
        if there {
            self.count.add(&format!("{}.recall", finding.code), found.is_some());
        }
        if found.is_some() {
            self.count.add(&format!("{}.precision", finding.code), there);
        }
        if !right {
            let said = found.map_or("not found", |found| found.message.as_str());
            self.report.wrong.push((id.to_owned(), format!("{}: {said}", finding.code)));
        }
        if let Some(denied) = judged.denials.first() {
            self.report.wrong.push((id.to_owned(), denied.clone()));
        }
    }

    fn acts(&mut self, id: &str, row: &Json, input: &Map<String, Json>, acts: &Acts) {
        let mut input = input.clone();
        let right = row.pointer(&acts.right).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        for (done, call) in right.iter().enumerate() {
            // What was done before may allow what comes after it.
            input.insert("done".to_owned(), Json::Array(right[..done].to_vec()));
            let judged = self.asked(&input, Some(call));
            self.count.add("right_acts_free", judged.denials.is_empty());
            if let Some(why) = judged.denials.first() {
                self.report.wrong.push((id.to_owned(), format!("{} is forbidden: {why}", call["name"])));
            }
        }
        if row.pointer(&acts.none) != Some(&Json::Bool(true)) {
            return;
        }
        input.remove("done");
        let attempts = attempts(row, acts);
        if attempts.is_empty() {
            self.report.nothing_attempted.push(id.to_owned());
            return;
        }
        let mut free = Vec::new();
        for call in &attempts {
            let judged = self.asked(&input, Some(call));
            match judged.denials.first() {
                Some(why) => {
                    let told = format!("{}: {why}", words(call));
                    self.report.forbidden.entry(id.to_owned()).or_default().push(told);
                }
                None => free.push(words(call)),
            }
        }
        self.count.add("wrong_acts_forbidden", free.is_empty());
        if !free.is_empty() {
            self.report.wrong.push((id.to_owned(), format!("not forbidden: {}", free.join(", "))));
        }
    }

    fn finished(mut self) -> RuleReport {
        for (name, (part, whole)) in &self.count.of {
            self.report.figures.insert(name.clone(), *part as f64 / *whole as f64);
        }
        self.report.wrong.truncate(NAMED_MAX);
        self.report.gates = self
            .settings
            .gates
            .iter()
            .map(|(figure, bounds)| {
                let value = self.report.figures.get(figure).copied();
                let passed = value.is_none_or(|value| bounds.hold(value));
                GateResult { figure: figure.clone(), bounds: *bounds, value, passed }
            })
            .collect();
        self.report
    }
}

impl RuleReport {
    /// Whether every gate holds.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.gates.iter().all(|gate| gate.passed)
    }
}

fn words(call: &Json) -> String {
    let arguments = call["arguments"].as_object().into_iter().flatten();
    let arguments: Vec<&str> = arguments.filter_map(|(_, value)| value.as_str()).collect();
    format!("{} {}", call["name"].as_str().unwrap_or_default(), arguments.join(" "))
}

/// Every call that the request can be taken for.
fn attempts(row: &Json, acts: &Acts) -> Vec<Json> {
    let mut texts = Vec::new();
    collect(row.pointer(&acts.request), &mut texts);
    let request = texts.join("\n");
    let small = request.to_lowercase();
    let mut calls = Vec::new();
    for attempt in &acts.attempts {
        if !attempt.words.iter().any(|word| small.contains(word.as_str())) {
            continue;
        }
        let things: BTreeSet<&String> =
            row.pointer(&attempt.over).and_then(Json::as_object).into_iter().flatten().map(|(name, _)| name).collect();
        let named: Vec<&String> =
            things.iter().copied().filter(|name| request.contains(name.trim_start_matches('#'))).collect();
        let over = if named.is_empty() { things.into_iter().collect() } else { named };
        calls.extend(
            over.into_iter().map(|name| json!({ "name": attempt.name, "arguments": { (&*attempt.argument): name } })),
        );
    }
    calls
}

fn collect<'a>(json: Option<&'a Json>, texts: &mut Vec<&'a str>) {
    match json {
        Some(Json::String(text)) => texts.push(text),
        Some(Json::Array(items)) => items.iter().for_each(|item| collect(Some(item), texts)),
        Some(Json::Object(items)) => items.values().for_each(|item| collect(Some(item), texts)),
        Some(Json::Null | Json::Bool(_) | Json::Number(_)) | None => {}
    }
}
