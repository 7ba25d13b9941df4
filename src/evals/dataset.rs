//! Labelled rows, one JSON object a line, and files of examples to learn from.

use std::{collections::BTreeSet, path::Path};

use countersign_core::definition::Example;
use serde_json::Value as Json;

use super::{
    EvalError,
    suite::{Agent, Settings, read_text},
};

/// A data file has at most this many bytes.
pub const MAX_DATA_BYTES: u64 = 256 * 1024 * 1024;
/// All data files together have at most this many rows.
pub const MAX_ROWS: usize = 100_000;
/// A training file has at most this many bytes.
pub const MAX_TRAIN_BYTES: u64 = 64 * 1024 * 1024;
/// An input has at most this many bytes.
pub const MAX_INPUT_BYTES: usize = 1024 * 1024;
/// Lists of texts stand at most this deep in a training file.
const MAX_TRAIN_DEPTH: usize = 4;

/// One labelled row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name: what the row says, else its file and line.
    pub id: String,
    /// What the agent is shown.
    pub input: String,
    /// What is right.
    pub gold: Gold,
}

/// What is right for a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gold {
    /// The value of each field of the suite, in the suite's order; `None` when the document has none.
    Fields(Vec<Option<String>>),
    /// The label; `None` for a text that fits none.
    Label(Option<String>),
}

/// Reads every row of the files, in order.
///
/// # Errors
/// [`EvalError::Row`] with the first line that cannot be used; also when there are no rows, or too many.
pub fn rows(settings: &Settings, files: &[impl AsRef<Path>]) -> Result<Vec<Row>, EvalError> {
    let mut rows = Vec::new();
    for file in files {
        let file = file.as_ref();
        let text = read_text(file, MAX_DATA_BYTES)?;
        for (line, json) in json_lines(file, &text) {
            let fault = |why: String| EvalError::Row { file: file.display().to_string(), line, why };
            let row = row(settings, &json?, || format!("{}:{line}", file.display())).map_err(fault)?;
            if rows.len() == MAX_ROWS {
                return Err(fault(format!("there are more than {MAX_ROWS} rows; measure a part of them")));
            }
            rows.push(row);
        }
    }
    match (rows.is_empty(), files.first()) {
        (true, Some(file)) => {
            let file = file.as_ref().display().to_string();
            Err(EvalError::File { file, why: "there is not one row in it".to_owned() })
        }
        _ => Ok(rows),
    }
}

/// The JSON objects of a text, one a line, with their line numbers; empty lines are left out.
pub fn json_lines<'a>(
    file: &'a Path,
    text: &'a str,
) -> impl Iterator<Item = (usize, Result<Json, EvalError>)> + use<'a> {
    let filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    filled.map(move |(index, line)| {
        let json = serde_json::from_str(line).map_err(|error| EvalError::Row {
            file: file.display().to_string(),
            line: index + 1,
            why: format!("it is not a JSON object: {error}"),
        });
        (index + 1, json)
    })
}

fn row(settings: &Settings, json: &Json, place: impl Fn() -> String) -> Result<Row, String> {
    let input = text_at(json, &settings.input)?.ok_or_else(|| format!("there is nothing at {}", settings.input))?;
    if input.len() > MAX_INPUT_BYTES {
        let (has, at) = (input.len(), &settings.input);
        return Err(format!("the text at {at} has {has} bytes, and at most {MAX_INPUT_BYTES} are read"));
    }
    let id = match &settings.id {
        Some(pointer) => text_at(json, pointer)?,
        None => None,
    };
    let gold = match settings.agent {
        Agent::Extract => {
            let texts = settings.fields.iter().map(|field| text_at(json, &field.gold));
            Gold::Fields(texts.collect::<Result<_, _>>()?)
        }
        Agent::Classify => {
            let pointer = settings.gold.as_deref().unwrap_or_default();
            // A row without a label would be taken for one that fits none, so it is refused.
            let label = text_at(json, pointer)?.ok_or_else(|| format!("there is no label at {pointer}"))?;
            Gold::Label((!settings.outside.contains(&label)).then_some(label))
        }
    };
    Ok(Row { id: id.unwrap_or_else(place), input, gold })
}

/// The single value at a pointer; nothing and an empty text are the same.
fn text_at(json: &Json, pointer: &str) -> Result<Option<String>, String> {
    match json.pointer(pointer) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone()).filter(|text| !text.trim().is_empty())),
        Some(Json::Number(number)) => Ok(Some(number.to_string())),
        Some(Json::Bool(yes)) => Ok(Some(if *yes { "yes" } else { "no" }.to_owned())),
        Some(Json::Array(_) | Json::Object(_)) => Err(format!("what stands at {pointer} is not a single value")),
    }
}

/// Examples to learn from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Training {
    /// Texts with their labels.
    pub inside: Vec<Example>,
    /// Texts that fit no label.
    pub outside: Vec<String>,
}

impl Training {
    /// Reads a training file: JSON as [`Training::parse`] takes it, or one object a line.
    ///
    /// # Errors
    /// [`EvalError`], when the file cannot be read or holds no examples of at least two labels.
    pub fn read(file: &Path, outside: &[String]) -> Result<Self, EvalError> {
        let text = read_text(file, MAX_TRAIN_BYTES)?;
        let json = match serde_json::from_str(&text) {
            Ok(json) => json,
            Err(_) if file.extension().is_some_and(|ending| ending == "jsonl") => {
                let lines = json_lines(file, &text).map(|(_, json)| json);
                Json::Array(lines.collect::<Result<_, _>>()?)
            }
            Err(error) => {
                let why = format!("it is not JSON: {error}");
                return Err(EvalError::File { file: file.display().to_string(), why });
            }
        };
        Self::parse(&json, outside).map_err(|why| EvalError::File { file: file.display().to_string(), why })
    }

    /// Takes examples out of JSON: lists of texts under their labels, at any depth down to four, such as
    /// `{"label": ["text"]}` or `{"intents": {"label": ["text"]}, "oos": ["text"]}`; or a list of pairs
    /// `["text", "label"]` or of objects with a `text` (or `input`) and a `label` (or `intent`).
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(json: &Json, outside: &[String]) -> Result<Self, String> {
        let mut training = Self::default();
        training.take(json, "", outside, 0)?;
        let labels: BTreeSet<&str> = training.inside.iter().map(|example| example.label.as_str()).collect();
        if labels.len() < 2 {
            return Err("there must be examples of at least two labels".to_owned());
        }
        Ok(training)
    }

    /// The labels, in the order of the alphabet.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        let labels: BTreeSet<&String> = self.inside.iter().map(|example| &example.label).collect();
        labels.into_iter().cloned().collect()
    }

    fn take(&mut self, json: &Json, under: &str, outside: &[String], depth: usize) -> Result<(), String> {
        if depth > MAX_TRAIN_DEPTH {
            return Err(format!("lists stand deeper than {MAX_TRAIN_DEPTH} levels under `{under}`"));
        }
        match json {
            Json::Object(groups) => {
                groups.iter().try_for_each(|(name, group)| self.take(group, name, outside, depth + 1))
            }
            Json::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                let (text, label) = example(item, under).ok_or_else(|| {
                    format!(
                        "entry {} {} is no text with a label",
                        index + 1,
                        if under.is_empty() { "of the list".to_owned() } else { format!("under `{under}`") }
                    )
                })?;
                self.add(text, label, outside);
                Ok(())
            }),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {
                Err(format!("`{under}` holds no list of texts"))
            }
        }
    }

    fn add(&mut self, text: &str, label: &str, outside: &[String]) {
        if outside.iter().any(|one| one == label) {
            self.outside.push(text.to_owned());
        } else {
            self.inside.push(Example { text: text.to_owned(), label: label.to_owned() });
        }
    }
}

/// The text and the label of one entry; a bare text has the label that it stands under.
fn example<'a>(item: &'a Json, under: &'a str) -> Option<(&'a str, &'a str)> {
    match item {
        Json::String(text) if !under.is_empty() => Some((text, under)),
        Json::Array(pair) => match pair.as_slice() {
            [Json::String(text), Json::String(label)] => Some((text, label)),
            _ => None,
        },
        Json::Object(entry) => {
            let of = |names: [&str; 2]| names.iter().find_map(|name| entry.get(*name)).and_then(Json::as_str);
            Some((of(["text", "input"])?, of(["label", "intent"])?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {

    use serde_json::json;

    use super::*;

    fn outside() -> Vec<String> {
        vec!["oos".to_owned()]
    }

    #[track_caller]
    fn check_training(json: &Json, expected: Result<(usize, usize), &str>) {
        let found = Training::parse(json, &outside());
        match (found, expected) {
            (Ok(found), Ok(counts)) => assert_eq!((found.inside.len(), found.outside.len()), counts, "{json}"),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (found, expected) => unreachable!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn examples_are_found_in_every_common_shape() {
        check_training(&json!({"a": ["x", "y"], "b": ["z"]}), Ok((3, 0)));
        check_training(&json!({"intents": {"a": ["x"], "b": ["z"]}, "oos": ["u", "v"]}), Ok((2, 2)));
        check_training(&json!([["x", "a"], ["y", "b"], ["u", "oos"]]), Ok((2, 1)));
        check_training(&json!([{"text": "x", "label": "a"}, {"input": "y", "intent": "b"}]), Ok((2, 0)));
        check_training(&json!({"train": [["x", "a"], ["y", "b"]]}), Ok((2, 0)));
        check_training(&json!(["x", "y"]), Err("entry 1 of the list is no text with a label"));
        check_training(&json!({"a": ["x"], "b": 3}), Err("`b` holds no list"));
        check_training(&json!({"a": ["x", "y"]}), Err("at least two labels"));
    }

    #[track_caller]
    fn check_row(json: &Json, expected: Result<Option<&str>, &str>) {
        let text = "name = 'a'\nagent = 'classify'\ninput = '/input'\ngold = '/gold'\noutside = ['oos']\n";
        let settings: Settings = toml::from_str(text).unwrap();
        let found = row(&settings, json, || "here".to_owned());
        let found = found.map(|row| row.gold);
        match (found, expected) {
            (Ok(gold), Ok(label)) => assert_eq!(gold, Gold::Label(label.map(str::to_owned))),
            (Err(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (found, expected) => unreachable!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_row_without_its_question_or_its_answer_is_refused() {
        check_row(&json!({"input": "x", "gold": "a"}), Ok(Some("a")));
        check_row(&json!({"input": "x", "gold": "oos"}), Ok(None));
        check_row(&json!({"input": "x"}), Err("no label at /gold"));
        check_row(&json!({"input": " ", "gold": "a"}), Err("nothing at /input"));
        check_row(&json!({"input": ["x"], "gold": "a"}), Err("not a single value"));
    }

    #[test]
    fn a_broken_line_is_named_by_its_number() {
        let found: Vec<_> = json_lines(Path::new("f.jsonl"), "{}\n\n{oops\n").collect();
        assert_eq!(found.len(), 2);
        assert!(found[1].1.as_ref().is_err_and(|error| error.to_string().starts_with("f.jsonl, line 3: ")));
    }
}
