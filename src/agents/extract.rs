//! Reading fields from one document.
//!
//! A model only points: it copies the piece of the document that holds a value. The piece must stand there
//! verbatim, and the value is read from it by code.

use std::{collections::BTreeMap, ops::Range};

use countersign_core::{
    definition::{Field, FieldKind},
    proposal::{Evidence, Output, Read},
    value::{FieldName, Value},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    DecideError, DecisionInput, DocumentText,
    quarantine::is_cut,
    reading::{self, Typed},
    schemas::{narrow, schema},
};
use crate::{
    gate::evidence::{locate, occurrences},
    offline::extract::{self as offline, Kind, Settings, Wanted},
};

/// Where the schema of the answer lists the fields.
pub const FIELD: &str = "/properties/fields/items/properties/field";
/// Names that ask for the company that issued a document.
const COMPANY_WORDS: &[&str] =
    &["merchant", "company", "supplier", "vendor", "seller", "shop", "store", "creditor", "issuer", "firm"];
/// Words for a text that is one code, such as the number of an invoice.
const NUMBER_WORDS: &[&str] = &["number", "no", "nr"];
/// Words for numbers that are written in groups with blanks between them, so that a whole value is taken.
const SPACED_WORDS: &[&str] =
    &["telephone", "phone", "mobile", "fax", "account", "card", "bank", "tax", "vat", "house"];

/// What the prompt is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// How the process text calls the document.
    pub document: String,
    /// What to find.
    pub fields: Vec<ShownField>,
    /// The document's text.
    pub text: String,
}

/// One field to find.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownField {
    /// Its name in the answer.
    pub name: String,
    /// How the process text calls it.
    pub label: String,
    /// What kind of value it holds, in words.
    pub kind: String,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// Every field that was asked for, once, in that order.
    pub fields: Vec<Quote>,
    /// One short sentence on what was hard to find.
    pub reason: String,
}

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// The field's name.
    pub field: String,
    /// The piece of the document that holds its value, character by character; null when it is not there.
    pub quote: Option<String>,
}

/// A field that the step asks for, and the name under which it is kept.
struct Asked<'a> {
    kept_as: FieldName,
    field: &'a Field,
}

/// The document and the fields of a step.
pub(super) struct Task<'a> {
    source: &'a DocumentText,
    document_label: String,
    fields: Vec<Asked<'a>>,
}

/// Finds the step's document and fields; `None` when the document is not in the case.
pub(super) fn task<'a>(
    input: &'a DecisionInput,
    document: &str,
    fields: &[FieldName],
) -> Result<Option<Task<'a>>, DecideError> {
    let fields = fields.iter().map(|name| asked(input, document, name)).collect::<Result<Vec<_>, _>>()?;
    let document_label = input.field(document).map_or_else(|| document.replace('_', " "), |field| field.label.clone());
    Ok(input.document(document).map(|source| Task { source, document_label, fields }))
}

/// A step may name a field as it is kept (`receipt.total`) or by its last part.
fn asked<'a>(input: &'a DecisionInput, document: &str, name: &str) -> Result<Asked<'a>, DecideError> {
    let prefix = format!("{document}.");
    let kept_as = if name.starts_with(&prefix) { name.to_owned() } else { format!("{prefix}{name}") };
    let unknown = || DecideError::Step(format!("the process has no field {kept_as}, which is to be read"));
    let field = input.field(&kept_as).or_else(|| input.field(name)).ok_or_else(unknown)?;
    Ok(Asked { kept_as: kept_as.clone(), field })
}

impl Task<'_> {
    /// The document's text, if it has one.
    pub(super) fn text(&self) -> Option<&str> {
        self.source.text.as_deref().filter(|_| self.source.digest.is_some())
    }

    /// Why nothing is read, in words for people.
    pub(super) fn no_text(&self) -> String {
        self.source.no_text.clone().unwrap_or_else(|| "the document has no text that could be read".to_owned())
    }

    /// What the prompt is filled with, and the schema of the answer.
    pub(super) fn question(&self, text: &str) -> (Shown, Json) {
        let shown = |asked: &Asked<'_>| ShownField {
            name: asked.kept_as.clone(),
            label: asked.field.label.clone(),
            kind: kind_words(&asked.field.kind),
        };
        let shown = Shown {
            document: self.document_label.clone(),
            fields: self.fields.iter().map(shown).collect(),
            text: text.to_owned(),
        };
        let names: Vec<String> = self.fields.iter().map(|asked| asked.kept_as.clone()).collect();
        let mut schema = schema::<Answer>();
        narrow(&mut schema, FIELD, &names, false);
        (shown, schema)
    }

    /// What is wrong with an answer beyond its form: each field exactly once.
    pub(super) fn faults(&self, answer: &Answer) -> Vec<String> {
        let count = |name: &str| answer.fields.iter().filter(|quote| quote.field == name).count();
        self.fields
            .iter()
            .filter_map(|asked| match count(&asked.kept_as) {
                1 => None,
                0 => Some(format!("at /fields: {} is missing", asked.kept_as)),
                _ => Some(format!("at /fields: {} is given more than once", asked.kept_as)),
            })
            .collect()
    }

    /// The values that stand where a model pointed, and what is to be said about the others.
    ///
    /// A quote that does not stand in the document is passed on without a place, so that the gate records it.
    pub(super) fn accept(&self, text: &str, answer: &Answer, input: &DecisionInput) -> (Output, Vec<String>) {
        let mut fields = BTreeMap::new();
        let mut remarks = Vec::new();
        if is_cut(text) {
            remarks.push("only the beginning of the document was shown".to_owned());
        }
        for asked in &self.fields {
            let given = answer.fields.iter().find(|quote| quote.field == asked.kept_as);
            let Some(quote) = given.and_then(|given| given.quote.as_deref()).filter(|quote| !quote.trim().is_empty())
            else {
                remarks.push(format!("{} was not found", asked.field.label));
                continue;
            };
            let read = match place(text, quote) {
                None => {
                    remarks.push(format!("the quote for {} does not stand in the document", asked.field.label));
                    Some(Read { value: Value::text(quote), evidence: self.evidence(quote, 0..0), ambiguous: None })
                }
                Some(at) => match reading::read(&asked.field.kind, text, &at, &input.reading) {
                    Ok(typed) => self.located(text, typed),
                    Err(why) => {
                        remarks.push(format!("{}: {why}", asked.field.label));
                        None
                    }
                },
            };
            fields.extend(read.map(|read| (asked.kept_as.clone(), read)));
        }
        (Output::Fields { fields }, remarks)
    }

    /// Reads without a model. The score is that of the least certain field.
    pub(super) fn read_offline(&self, text: &str, input: &DecisionInput) -> (Output, Vec<String>, Option<u32>) {
        let settings =
            Settings { day_order: reading::order(&input.reading), default_currency: input.reading.currency.clone() };
        let mut fields = BTreeMap::new();
        let mut remarks = Vec::new();
        let mut score = None;
        for asked in &self.fields {
            let short = asked.kept_as.rsplit('.').next().unwrap_or_default();
            let wanted = Wanted { name: short, label: &asked.field.label, kind: offline_kind(asked.field, short) };
            let found = offline::find(text, &wanted, &settings);
            let typed = found.as_ref().map(|found| convert(&asked.field.kind, text, found, input));
            match (found, typed) {
                (Some(found), Some(Ok(typed))) => {
                    if found.ambiguous.is_some() && typed.ambiguous.is_none() {
                        remarks.push(format!("{}: another place is as likely", asked.field.label));
                    }
                    if let Some(read) = self.located(text, typed) {
                        score = Some(score.unwrap_or(u32::MAX).min(found.score_per_mille));
                        fields.insert(asked.kept_as.clone(), read);
                    }
                }
                (_, Some(Err(why))) => remarks.push(format!("{}: {why}", asked.field.label)),
                _ => remarks.push(format!("{} was not found", asked.field.label)),
            }
        }
        (Output::Fields { fields }, remarks, score)
    }

    fn located(&self, text: &str, typed: Typed) -> Option<Read> {
        let quote = text.get(typed.range.clone())?;
        let evidence = self.evidence(quote, typed.range);
        Some(Read { value: typed.value, evidence, ambiguous: typed.ambiguous })
    }

    fn evidence(&self, quote: &str, at: Range<usize>) -> Evidence {
        Evidence {
            document: self.source.key.clone(),
            text: self.source.digest.clone().unwrap_or_default(),
            start: u32::try_from(at.start).unwrap_or_default(),
            end: u32::try_from(at.end).unwrap_or_default(),
            quote: quote.to_owned(),
        }
    }
}

/// The first place of a quote that cuts no word; failing that, the first place.
fn place(text: &str, quote: &str) -> Option<Range<usize>> {
    let joined = |left: Option<char>, right: Option<char>| {
        left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
    };
    let whole = |at: &Range<usize>| {
        let (before, rest) = text.split_at(at.start);
        let (inside, after) = rest.split_at(at.end - at.start);
        !joined(before.chars().next_back(), inside.chars().next())
            && !joined(inside.chars().next_back(), after.chars().next())
    };
    occurrences(text, quote).into_iter().find(whole).or_else(|| locate(text, quote))
}

/// What the offline reader found, as a value of the field's kind.
fn convert(kind: &FieldKind, text: &str, found: &offline::Found, input: &DecisionInput) -> Result<Typed, &'static str> {
    let range = found.start..found.end;
    match (kind, &found.value) {
        (FieldKind::Money, offline::Value::Money(amount)) => match reading::to_money(amount) {
            Some(money) => Ok(Typed { value: Value::Money(money), range, ambiguous: None }),
            None => Err("the amount names no currency and the process text sets none"),
        },
        (FieldKind::Date, offline::Value::Date(date)) => {
            let other = match &found.ambiguous {
                Some(offline::Value::Date(other)) => reading::to_date(*other),
                _ => None,
            };
            let date = reading::to_date(*date).ok_or("no day stands there")?;
            Ok(Typed { value: Value::Date(date), range, ambiguous: other })
        }
        (FieldKind::Text | FieldKind::Email | FieldKind::Iban, offline::Value::Text(words)) => {
            Ok(Typed { value: Value::text(words.clone()), range, ambiguous: None })
        }
        _ => reading::read(kind, text, &range, &input.reading),
    }
}

fn offline_kind(field: &Field, short: &str) -> Kind {
    match &field.kind {
        FieldKind::Money => Kind::Money,
        FieldKind::Date => Kind::Date,
        FieldKind::Email => Kind::Email,
        FieldKind::Iban => Kind::Iban,
        FieldKind::Number => Kind::Number,
        FieldKind::Text => {
            let named = format!("{short} {}", field.label).to_lowercase();
            let says = |known: &[&str]| named.split(|one: char| !one.is_alphanumeric()).any(|one| known.contains(&one));
            if says(NUMBER_WORDS) && !says(SPACED_WORDS) {
                Kind::Number
            } else if says(COMPANY_WORDS) {
                Kind::Company
            } else {
                Kind::Text
            }
        }
        FieldKind::YesNo
        | FieldKind::Choice { .. }
        | FieldKind::Document
        | FieldKind::Person
        | FieldKind::List { .. } => Kind::Text,
    }
}

fn kind_words(kind: &FieldKind) -> String {
    match kind {
        FieldKind::Text => "text".to_owned(),
        FieldKind::Email => "an e-mail address".to_owned(),
        FieldKind::Iban => "a bank account number, IBAN".to_owned(),
        FieldKind::Money => "an amount of money; copy its currency with it when it stands there".to_owned(),
        FieldKind::Date => "a day".to_owned(),
        FieldKind::Number => "a whole number".to_owned(),
        FieldKind::YesNo => "yes or no".to_owned(),
        FieldKind::Choice { options } => format!("one of these words: {}", options.join(", ")),
        FieldKind::Document => "a document".to_owned(),
        FieldKind::Person => "the name of a person".to_owned(),
        FieldKind::List { .. } => "a list".to_owned(),
    }
}
