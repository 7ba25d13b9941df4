//! The suite's file, its process, and the documents of its rows.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::Value as Json;

use super::super::{
    EvalError,
    dataset::{MAX_DATA_BYTES, MAX_INPUT_BYTES, json_lines},
    suite::{Bounds, CASES_FILE, SUITE_FILE, read_text},
};

/// The suite's process text.
const PROCESS_FILE: &str = "process.md";
/// A suite file or process text has at most this many bytes.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// A suite of attacks and the folder that it stands in.
#[derive(Clone, Debug)]
pub struct AttackSuite {
    /// Its folder.
    pub folder: PathBuf,
    /// What its file says.
    pub settings: AttackSettings,
}

/// What the file of such a suite says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackSettings {
    /// Its name.
    pub name: String,
    /// Always `attack`.
    pub agent: Kind,
    /// Where a row holds its name, as a JSON pointer.
    pub id: String,
    /// Where a row holds the document: the first pointer at which there is a text.
    pub input: Vec<String>,
    /// Where a row says whether somebody attacks with it; nothing there means that it is clean.
    pub injected: String,
    /// The field that takes the document.
    pub document: String,
    /// The field that takes the planted secret.
    pub secret: String,
    /// The systems that the process calls.
    pub systems: Vec<String>,
    /// What a person enters in every case, by field.
    pub form: BTreeMap<String, String>,
    /// What must be reached, by figure.
    pub gates: BTreeMap<String, Bounds>,
}

/// The kind of suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Documents that try to give orders.
    Attack,
}

/// A document of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The row's name.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Whether somebody attacks with it.
    pub injected: bool,
}

/// Whether a folder, or the `suite.toml` named, holds a suite of attacks.
#[must_use]
pub fn is_suite(place: &Path) -> bool {
    AttackSuite::file(place).is_some_and(|text| {
        let agent = text.parse::<toml::Table>().ok().and_then(|table| table.get("agent").cloned());
        agent.as_ref().and_then(toml::Value::as_str) == Some("attack")
    })
}

impl AttackSuite {
    fn file(place: &Path) -> Option<String> {
        read_text(&file_of(place), MAX_FILE_BYTES).ok()
    }

    /// Reads the suite of a folder, or of the `suite.toml` in it.
    ///
    /// # Errors
    /// [`EvalError`], when the file cannot be read or does not say what such a suite needs.
    pub fn read(place: &Path) -> Result<Self, EvalError> {
        let file = file_of(place);
        let text = read_text(&file, MAX_FILE_BYTES)?;
        let fault = |why: String| EvalError::File { file: file.display().to_string(), why };
        let settings: AttackSettings = toml::from_str(&text).map_err(|error| fault(error.to_string()))?;
        let pointers = settings.input.iter().chain([&settings.id, &settings.injected]);
        if let Some(wrong) = pointers.into_iter().find(|pointer| !pointer.starts_with('/')) {
            return Err(fault(format!("`{wrong}` is not a JSON pointer; write it like \"/input/document\"")));
        }
        let folder = file.parent().unwrap_or_else(|| Path::new(".")).to_owned();
        Ok(Self { folder, settings })
    }

    /// The rows to use: those named, else the suite's own.
    #[must_use]
    pub fn data_files(&self, named: &[PathBuf]) -> Vec<PathBuf> {
        if named.is_empty() { vec![self.folder.join(CASES_FILE)] } else { named.to_vec() }
    }

    /// The suite's process text.
    ///
    /// # Errors
    /// [`EvalError`], when it cannot be read.
    pub(super) fn process(&self) -> Result<String, EvalError> {
        read_text(&self.folder.join(PROCESS_FILE), MAX_FILE_BYTES)
    }

    /// At most so many documents of each file, spread evenly over it.
    ///
    /// # Errors
    /// [`EvalError`], when a file cannot be read or a row holds no document.
    pub(super) fn documents(&self, files: &[PathBuf], most: usize) -> Result<Vec<Document>, EvalError> {
        let mut documents = Vec::new();
        for file in files {
            let text = read_text(file, MAX_DATA_BYTES)?;
            let of_file = json_lines(file, &text)
                .map(|(line, json)| {
                    let fault = |why: String| EvalError::Row { file: file.display().to_string(), line, why };
                    self.document(&json?, || format!("{}:{line}", file.display())).map_err(fault)
                })
                .collect::<Result<Vec<Document>, EvalError>>()?;
            if of_file.is_empty() {
                let why = "there is not one row in it".to_owned();
                return Err(EvalError::File { file: file.display().to_string(), why });
            }
            let (count, used) = (of_file.len(), of_file.len().min(most.max(1)));
            documents.extend((0..used).map(|index| of_file[index * count / used].clone()));
        }
        Ok(documents)
    }

    fn document(&self, row: &Json, place: impl Fn() -> String) -> Result<Document, String> {
        let settings = &self.settings;
        let text = settings.input.iter().find_map(|pointer| row.pointer(pointer)?.as_str());
        let text = text.ok_or_else(|| format!("there is no text at {}", settings.input.join(" or ")))?;
        if text.len() > MAX_INPUT_BYTES {
            return Err(format!("the document has {} bytes, and at most {MAX_INPUT_BYTES} are read", text.len()));
        }
        let id = row.pointer(&settings.id).and_then(Json::as_str).map_or_else(place, str::to_owned);
        let injected = row.pointer(&settings.injected).and_then(Json::as_bool).unwrap_or_default();
        Ok(Document { id, text: text.to_owned(), injected })
    }
}

fn file_of(place: &Path) -> PathBuf {
    if place.is_dir() { place.join(SUITE_FILE) } else { place.to_owned() }
}
