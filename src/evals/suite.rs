//! A suite as a file: what the agent is asked, where a row holds the question and the right answer, how documents
//! are read, what is counted, and what must be reached.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use countersign_core::definition::{DayOrder, FieldKind, Reading};
use serde::{Deserialize, Serialize};

use super::EvalError;
use crate::agents::classify::OTHER;

/// The suite's file in its folder.
pub const SUITE_FILE: &str = "suite.toml";
/// The suite's own rows, used when no others are named.
pub const CASES_FILE: &str = "cases.jsonl";
/// The figures on the suite's own rows that a later run must not fall behind.
pub const BASELINE_FILE: &str = "baseline.json";
/// A suite file has at most this many bytes.
const MAX_SUITE_BYTES: u64 = 256 * 1024;
/// A suite reads at most this many fields.
const MAX_FIELDS: usize = 50;

/// A suite and the folder that it stands in.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its folder.
    pub folder: PathBuf,
    /// What its file says.
    pub settings: Settings,
}

/// What the file of a suite says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// What the agent is asked for.
    pub agent: Agent,
    /// Where a row holds what the agent is shown, as a JSON pointer (RFC 6901).
    pub input: String,
    /// Where a row holds its name, if it has one.
    #[serde(default)]
    pub id: Option<String>,
    /// What is counted; everything that fits the agent when it is not said.
    #[serde(default)]
    pub scorers: BTreeSet<Scorer>,
    /// How dates and amounts are read.
    #[serde(default)]
    pub reading: ReadingSettings,
    /// The fields that are read (`extract`).
    #[serde(default)]
    pub fields: Vec<FieldSettings>,
    /// Where a row holds the right label (`classify`).
    #[serde(default)]
    pub gold: Option<String>,
    /// Labels that say that none of the others fits (`classify`); `other` always is one.
    #[serde(default)]
    pub outside: Vec<String>,
    /// The file beside the suite with examples to learn from, used when no other is named (`classify`).
    #[serde(default)]
    pub train: Option<String>,
    /// What must be reached, by figure.
    #[serde(default)]
    pub gates: BTreeMap<String, Bounds>,
}

/// What the agent is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Agent {
    /// Read fields from a document.
    Extract,
    /// Choose a label for a text.
    Classify,
}

/// A group of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scorer {
    /// Precision, recall and F1 of each field against the gold text.
    Fields,
    /// How much no person has to be asked about, and how much of that is wrong.
    Selective,
    /// Accuracy and macro F1 over labels.
    Labels,
    /// What happens to texts that fit no label.
    Outside,
}

/// How dates and amounts are read, in documents and in gold answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReadingSettings {
    /// `day_first` or `month_first`; without it `03/04/2026` stays ambiguous.
    pub day_order: Option<DayOrder>,
    /// The currency of an amount that names none (ISO 4217).
    pub currency: Option<String>,
}

/// A field to read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSettings {
    /// Its name in figures.
    pub name: String,
    /// How a process text would call it.
    pub label: String,
    /// What kind of value it holds.
    pub kind: Kind,
    /// Where a row holds the right value, as a JSON pointer.
    pub gold: String,
}

/// The kinds of value that can be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Free text.
    Text,
    /// An e-mail address.
    Email,
    /// An IBAN.
    Iban,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A whole number.
    Number,
}

/// What a figure must lie between.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The least that is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The most that is borne.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
}

impl Suite {
    /// Reads the suite of a folder, or of the `suite.toml` in it.
    ///
    /// # Errors
    /// [`EvalError`], when the file cannot be read or says something that cannot be measured.
    pub fn read(place: &Path) -> Result<Self, EvalError> {
        let file = if place.is_dir() { place.join(SUITE_FILE) } else { place.to_owned() };
        let text = read_text(&file, MAX_SUITE_BYTES)?;
        let fault = |why: String| EvalError::File { file: file.display().to_string(), why };
        let mut settings: Settings = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
        settings.check().map_err(fault)?;
        if settings.agent == Agent::Classify && !settings.outside.iter().any(|label| label == OTHER) {
            settings.outside.push(OTHER.to_owned());
        }
        let folder = file.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        Ok(Self { folder, settings })
    }

    /// The rows to use: those named, else the suite's own.
    #[must_use]
    pub fn data_files(&self, named: &[PathBuf]) -> Vec<PathBuf> {
        if named.is_empty() { vec![self.folder.join(CASES_FILE)] } else { named.to_vec() }
    }

    /// The examples to learn from: those named, else the suite's own.
    #[must_use]
    pub fn train_file(&self, named: Option<&Path>) -> Option<PathBuf> {
        let own = self.settings.train.as_ref().map(|name| self.folder.join(name));
        named.map(Path::to_owned).or(own)
    }
}

impl Settings {
    /// Whether a group of figures is counted.
    #[must_use]
    pub fn counts(&self, scorer: Scorer) -> bool {
        self.scorers.is_empty() || self.scorers.contains(&scorer)
    }

    fn check(&self) -> Result<(), String> {
        let pointers = [Some(&self.input), self.id.as_ref(), self.gold.as_ref()];
        let of_fields = self.fields.iter().map(|field| &field.gold);
        for pointer in pointers.into_iter().flatten().chain(of_fields) {
            if !pointer.starts_with('/') {
                return Err(format!("`{pointer}` is not a JSON pointer; write it like \"/gold/date\""));
            }
        }
        match self.agent {
            Agent::Extract => self.check_fields()?,
            Agent::Classify if self.gold.is_none() => {
                return Err("a suite that classifies needs `gold`, where a row holds the right label".to_owned());
            }
            Agent::Classify if !self.fields.is_empty() => {
                return Err("a suite that classifies reads no fields; take [[fields]] out".to_owned());
            }
            Agent::Classify => {}
        }
        let known = self.figures();
        match self.gates.keys().find(|figure| !known.contains(figure)) {
            Some(figure) => Err(format!("[gates] names `{figure}`; this suite counts {}", known.join(", "))),
            None => Ok(()),
        }
    }

    fn check_fields(&self) -> Result<(), String> {
        let usable = |name: &str| {
            !name.is_empty() && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
        };
        if self.fields.is_empty() || self.fields.len() > MAX_FIELDS {
            return Err(format!("a suite that extracts reads 1 to {MAX_FIELDS} fields; name them under [[fields]]"));
        }
        let mut seen = BTreeSet::new();
        for field in &self.fields {
            if !usable(&field.name) || !seen.insert(&field.name) {
                return Err(format!("the field name `{}` must be in small letters and used once", field.name));
            }
        }
        match self.train.is_some() || self.gold.is_some() || !self.outside.is_empty() {
            true => Err("`train`, `gold` and `outside` are for suites that classify".to_owned()),
            false => Ok(()),
        }
    }

    /// The names of all figures that this suite can have.
    #[must_use]
    pub fn figures(&self) -> Vec<String> {
        let mut names = Vec::new();
        if self.agent == Agent::Extract && self.counts(Scorer::Fields) {
            for field in &self.fields {
                names.extend(["f1_exact", "f1_normalised"].map(|figure| format!("fields.{}.{figure}", field.name)));
            }
            names.extend(["f1_exact", "f1_normalised", "all_right"].map(str::to_owned));
        }
        if self.agent == Agent::Classify && self.counts(Scorer::Labels) {
            names.extend(["accuracy", "macro_f1"].map(str::to_owned));
        }
        if self.agent == Agent::Classify && self.counts(Scorer::Outside) {
            let outside = ["in_scope_accuracy", "oos_recall", "oos_precision", "oos_auroc"];
            names.extend(outside.map(str::to_owned));
        }
        if self.counts(Scorer::Selective) {
            names.extend(["coverage", "automatic_error"].map(str::to_owned));
        }
        names
    }
}

impl ReadingSettings {
    /// As a process holds it.
    #[must_use]
    pub fn of_process(&self) -> Reading {
        Reading { day_order: self.day_order, currency: self.currency.clone() }
    }
}

impl Kind {
    /// As a process holds it.
    #[must_use]
    pub const fn of_process(self) -> FieldKind {
        match self {
            Self::Text => FieldKind::Text,
            Self::Email => FieldKind::Email,
            Self::Iban => FieldKind::Iban,
            Self::Money => FieldKind::Money,
            Self::Date => FieldKind::Date,
            Self::Number => FieldKind::Number,
        }
    }
}

impl Bounds {
    /// Whether a figure lies between the bounds.
    #[must_use]
    pub fn hold(&self, figure: f64) -> bool {
        self.at_least.is_none_or(|least| figure >= least) && self.at_most.is_none_or(|most| figure <= most)
    }
}

/// The text of a file of at most so many bytes.
pub(super) fn read_text(file: &Path, most: u64) -> Result<String, EvalError> {
    let unreadable = |why: String| EvalError::Unreadable { file: file.display().to_string(), why };
    let size = std::fs::metadata(file).map_err(|error| unreadable(error.to_string()))?.len();
    if size > most {
        return Err(unreadable(format!("it has {size} bytes, and at most {most} are read; split it")));
    }
    let bytes = std::fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("it is not text in UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<usize, &str>) {
        let read = toml::from_str::<Settings>(text).map_err(|error| error.to_string());
        let checked = read.and_then(|settings| settings.check().map(|()| settings.figures().len()));
        match (checked, expected) {
            (Ok(figures), Ok(count)) => assert_eq!(figures, count, "{text}"),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (checked, expected) => unreachable!("{checked:?} instead of {expected:?} for {text}"),
        }
    }

    const FIELD: &str = "[[fields]]\nname = 'date'\nlabel = 'date'\nkind = 'date'\ngold = '/gold/date'\n";

    #[test]
    fn a_suite_says_what_it_measures_or_is_refused() {
        let extract = "name = 'a'\nagent = 'extract'\ninput = '/input'\n";
        let classify = "name = 'a'\nagent = 'classify'\ninput = '/input'\ngold = '/gold'\n";
        check(&format!("{extract}{FIELD}"), Ok(7));
        check(&format!("{extract}scorers = ['fields']\n{FIELD}"), Ok(5));
        check(classify, Ok(8));
        check(extract, Err("1 to 50 fields"));
        check(&format!("{extract}{FIELD}{FIELD}"), Err("used once"));
        check(&format!("{extract}{FIELD}[gates]\naccuracy = {{ at_least = 0.9 }}\n"), Err("names `accuracy`"));
        check(&format!("{classify}{FIELD}"), Err("reads no fields"));
        check("name = 'a'\nagent = 'classify'\ninput = 'input'\n", Err("not a JSON pointer"));
        check("name = 'a'\nagent = 'classify'\ninput = '/input'\n", Err("needs `gold`"));
        check(&format!("{classify}speed = 3\n"), Err("unknown field"));
    }

    #[test]
    fn bounds_hold_at_their_ends() {
        let bounds = Bounds { at_least: Some(0.5), at_most: Some(0.7) };
        assert_eq!([0.49, 0.5, 0.7, 0.71].map(|figure| bounds.hold(figure)), [false, true, true, false]);
    }
}
