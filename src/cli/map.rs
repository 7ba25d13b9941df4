//! A map from the lines of a JSON file to start forms, for opening many cases at once.
//!
//! ```toml
//! key = "/id"                      # makes a line the same request when it comes again
//!
//! [fields]
//! merchant = "/gold/company"       # a JSON pointer (RFC 6901) into the line
//! amount = { from = "/gold/total", after = " EUR" }
//! description = { text = "Bought on the way" }
//!
//! [documents]
//! receipt = { from = "/input", name = "receipt.txt" }
//! ```

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::runtime::intake::{HandIn, Upload};

/// How a line becomes a start form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    /// Where the key of the request stands.
    key: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, Source>,
    #[serde(default)]
    documents: BTreeMap<String, DocumentSource>,
    /// The order of day and month in dates of the lines: `day_first` or `month_first`.
    #[serde(default)]
    day_order: Option<DayOrder>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DayOrder {
    DayFirst,
    MonthFirst,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Source {
    Pointer(String),
    Text { text: String },
    Written(Written),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: String,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
    /// Read the text as a day and hand it in as year-month-day.
    #[serde(default)]
    day: bool,
    /// Drop everything but digits, marks and a minus sign.
    #[serde(default)]
    amount: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentSource {
    from: String,
    name: String,
}

impl Map {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not a map", file.display()))
    }

    /// The start form of one line, and the key of its request.
    pub(super) fn apply(&self, line: &Json) -> anyhow::Result<(HandIn, Option<String>)> {
        let mut hand_in = HandIn::default();
        for (field, source) in &self.fields {
            if let Some(words) = self.words(line, source).with_context(|| format!("field {field}"))? {
                hand_in.words.insert(field.clone(), words);
            }
        }
        for (field, source) in &self.documents {
            if let Some(text) = text_at(line, &source.from)? {
                let bytes = text.into_bytes();
                hand_in.uploads.push(Upload { field: field.clone(), name: source.name.clone(), bytes });
            }
        }
        let key = match &self.key {
            Some(pointer) => text_at(line, pointer)?,
            None => None,
        };
        Ok((hand_in, key))
    }

    fn words(&self, line: &Json, source: &Source) -> anyhow::Result<Option<String>> {
        let written = match source {
            Source::Text { text } => return Ok(Some(text.clone())),
            Source::Pointer(pointer) => return text_at(line, pointer),
            Source::Written(written) => written,
        };
        let Some(mut text) = text_at(line, &written.from)? else { return Ok(None) };
        if written.day {
            text = self.day(&text)?;
        }
        if written.amount {
            text.retain(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'));
        }
        Ok(Some(format!("{}{text}{}", written.before, written.after)))
    }

    /// Reads a day as it is written in the line, with the order that the map states.
    fn day(&self, text: &str) -> anyhow::Result<String> {
        use crate::offline::recognise::{self, DayOrder as Order};
        let order = match self.day_order {
            Some(DayOrder::DayFirst) => Order::DayFirst,
            Some(DayOrder::MonthFirst) => Order::MonthFirst,
            None => Order::Unknown,
        };
        let (day, other) = recognise::day(text, order).with_context(|| format!("`{text}` is not a day"))?;
        let plain = other.is_none() || self.day_order.is_some();
        anyhow::ensure!(plain, "`{text}` is ambiguous; set day_order in the map");
        Ok(day.iso())
    }
}

fn text_at(line: &Json, pointer: &str) -> anyhow::Result<Option<String>> {
    match line.pointer(pointer) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(Json::Number(number)) => Ok(Some(number.to_string())),
        Some(Json::Bool(yes)) => Ok(Some(if *yes { "yes" } else { "no" }.to_owned())),
        Some(Json::Array(_) | Json::Object(_)) => anyhow::bail!("`{pointer}` is not a single value"),
    }
}
