//! What people hand in: words and files become typed values and documents.

use std::{collections::BTreeMap, iter::repeat};

use countersign_core::{
    amounts::{is_currency, plain_decimal},
    canonical::{Digest, digest_bytes},
    case::Document,
    definition::{Definition, Field, FieldKind},
    form::{FieldFault, kind_words},
    value::{Date, FieldName, Money, Value, Values},
};

use super::Problem;
use crate::{
    config::{DOCUMENT_BYTES_MAX, DOCUMENTS_A_FORM_MAX},
    documents::{self, Outcome, Reader, Rendition},
    id::Ids,
    store::Aside,
};

/// A file as it came in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The field that it is for.
    pub field: FieldName,
    /// The name that its sender gave it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Words and files as they came in, by field.
#[derive(Clone, Debug, Default)]
pub struct HandIn {
    /// What was typed. An amount may come with its currency, as in `12.50 EUR`.
    pub words: BTreeMap<FieldName, String>,
    /// What was attached.
    pub uploads: Vec<Upload>,
}

/// Typed values, with the documents that they name and what must be stored for those.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// The values.
    pub values: Values,
    /// The documents, by key.
    pub documents: BTreeMap<String, Document>,
    /// The bytes to store, with their digests and media types.
    pub blobs: Vec<(Digest, Vec<u8>, String)>,
    /// The text renditions to store.
    pub texts: Vec<Rendition>,
}

impl Taken {
    /// Whether the same was handed in before: the same values, and documents of the same content.
    pub(super) fn is_like(&self, values: &Values, documents: &BTreeMap<String, Document>) -> bool {
        told(&self.values, &self.documents) == told(values, documents)
    }

    /// The documents and their texts, to be kept with the event that names them.
    pub(super) fn aside(&mut self) -> Vec<Aside> {
        let documents = std::mem::take(&mut self.blobs).into_iter().map(|(hash, bytes, media_type)| Aside::Document {
            hash,
            media_type,
            bytes,
        });
        let texts = std::mem::take(&mut self.texts)
            .into_iter()
            .map(|Rendition { text, digest }| Aside::Text { hash: digest, text });
        documents.chain(texts).collect()
    }
}

/// What was handed in, of which something could not be read.
#[derive(Debug)]
pub struct Misread {
    /// What is wrong, by field.
    pub faults: Vec<FieldFault>,
    /// What could be read.
    pub(super) rest: Box<Taken>,
}

impl From<Misread> for Problem {
    fn from(misread: Misread) -> Self {
        Self::Faults(misread.faults)
    }
}

/// Turns what came in into typed values; every fault is told, not only the first. Of documents only plain text is
/// read.
pub fn take(definition: &Definition, hand_in: HandIn) -> Result<Taken, Misread> {
    take_as(definition, hand_in, Vec::new(), &Ids::System)
}

/// Reads the files of a hand-in and answers in their order: `None` for one that will be refused. One after the other,
/// so that a form with many documents takes turns with other forms.
pub(super) async fn read(reader: &dyn Reader, definition: &Definition, hand_in: &HandIn) -> Vec<Option<Outcome>> {
    let mut outcomes = Vec::new();
    if hand_in.uploads.len() > DOCUMENTS_A_FORM_MAX {
        return outcomes;
    }
    for upload in &hand_in.uploads {
        outcomes.push(match document_field(definition, upload) {
            Ok(_) => Some(reader.read(&upload.name, &upload.bytes).await),
            Err(_) => None,
        });
    }
    outcomes
}

/// Like [`take`], with documents that have been read before, and identifiers from a source of the caller's choosing.
pub(super) fn take_as(
    definition: &Definition,
    hand_in: HandIn,
    outcomes: Vec<Option<Outcome>>,
    ids: &Ids,
) -> Result<Taken, Misread> {
    let mut taken = Taken::default();
    let mut faults = Vec::new();
    for (given, words) in &hand_in.words {
        let words = words.trim();
        // Texts and pages write `day of purchase`; so may whoever fills it in from elsewhere.
        let name = &given.trim().replace(' ', "_");
        let Some(field) = definition.field(name) else {
            faults.push(fault(given, format!("there is no field `{given}` in {}", definition.title)));
            continue;
        };
        if words.is_empty() || matches!(field.kind, FieldKind::Document) {
            continue;
        }
        match value_of(definition, field, words) {
            Some(value) => drop(taken.values.insert(name.clone(), value)),
            None => faults.push(misread(field, words)),
        }
    }
    if hand_in.uploads.len() > DOCUMENTS_A_FORM_MAX {
        let message = format!("{} files at once; at most {DOCUMENTS_A_FORM_MAX} are taken", hand_in.uploads.len());
        faults.push(fault("documents", message));
    } else {
        for (upload, outcome) in hand_in.uploads.into_iter().zip(outcomes.into_iter().chain(repeat(None))) {
            if let Err(fault) = take_upload(definition, upload, outcome, ids, &mut taken) {
                faults.push(fault);
            }
        }
    }
    if faults.is_empty() { Ok(taken) } else { Err(Misread { faults, rest: Box::new(taken) }) }
}

/// Values with the contents of documents in the place of their keys, which are made anew each time.
fn told(values: &Values, documents: &BTreeMap<String, Document>) -> Values {
    let plain = |value: &Value| match value {
        Value::Document { document } => documents.get(document).map_or(Value::Erased, |one| Value::text(&*one.bytes)),
        other => other.clone(),
    };
    values.iter().map(|(name, value)| (name.clone(), plain(value))).collect()
}

fn take_upload(
    definition: &Definition,
    upload: Upload,
    outcome: Option<Outcome>,
    ids: &Ids,
    taken: &mut Taken,
) -> Result<(), FieldFault> {
    let field = document_field(definition, &upload)?;
    let Outcome { media_type, reader, text } =
        outcome.unwrap_or_else(|| documents::read_plain(&upload.name, &upload.bytes));
    let key = ids.new_id("doc");
    let document = Document {
        field: field.name.clone(),
        name: short(&upload.name),
        media_type: media_type.to_owned(),
        size: upload.bytes.len() as u64,
        bytes: digest_bytes(&upload.bytes),
        text: text.as_ref().ok().map(|rendition| rendition.digest.clone()),
        reader: reader.map(str::to_owned),
        no_text: text.as_ref().err().map(documents::NoText::words),
    };
    taken.values.insert(field.name.clone(), Value::Document { document: key.clone() });
    taken.blobs.push((document.bytes.clone(), upload.bytes, media_type.to_owned()));
    taken.documents.insert(key, document);
    taken.texts.extend(text.ok());
    Ok(())
}

/// The field that a file is for, when the file can be taken in.
fn document_field<'a>(definition: &'a Definition, upload: &Upload) -> Result<&'a Field, FieldFault> {
    let known = definition.field(&upload.field).filter(|field| matches!(field.kind, FieldKind::Document));
    let Some(field) = known else {
        return Err(fault(&upload.field, format!("`{}` does not take a document", upload.field)));
    };
    if upload.bytes.is_empty() {
        return Err(fault(&field.name, format!("the {} is an empty file; attach it again", field.label)));
    }
    if upload.bytes.len() > DOCUMENT_BYTES_MAX {
        let (has, most) = (upload.bytes.len() / (1024 * 1024), DOCUMENT_BYTES_MAX / (1024 * 1024));
        let message = format!("the {} has {has} MiB; at most {most} MiB are taken: send a smaller copy", field.label);
        return Err(fault(&field.name, message));
    }
    Ok(field)
}

/// Reads words as a value of the field's kind.
pub(super) fn value_of(definition: &Definition, field: &Field, words: &str) -> Option<Value> {
    match &field.kind {
        FieldKind::Text | FieldKind::Email | FieldKind::Iban => Some(Value::text(words)),
        FieldKind::Money => money(words, definition.reading.currency.as_deref()).map(Value::Money),
        FieldKind::Date => Date::parse(words).map(Value::Date),
        FieldKind::Number => words.parse().ok().map(|number| Value::Number { number }),
        FieldKind::YesNo => match words.to_lowercase().as_str() {
            "yes" | "true" | "on" => Some(Value::YesNo { yes: true }),
            "no" | "false" | "off" => Some(Value::YesNo { yes: false }),
            _ => None,
        },
        FieldKind::Choice { .. } => Some(Value::choice(words)),
        FieldKind::Document => None,
        FieldKind::Person => Some(Value::Person { person: words.to_owned() }),
        FieldKind::List { of } => {
            let one = Field { kind: (**of).clone(), ..field.clone() };
            let items = words.lines().map(str::trim).filter(|line| !line.is_empty());
            let items: Option<Vec<Value>> = items.map(|line| value_of(definition, &one, line)).collect();
            items.map(|items| Value::List { items })
        }
    }
}

/// Reads `12.50 EUR`, `EUR 12.50`, `1,250.00 EUR` or, with a default currency, `12.50`.
#[must_use]
pub fn money(words: &str, default_currency: Option<&str>) -> Option<Money> {
    let (digits, currency) = apart(words);
    let currency = match currency.as_slice() {
        [] => default_currency.map(str::to_owned),
        [named] => Some(named.clone()).filter(|named| is_currency(named)),
        _ => None,
    };
    Money::parse(&plain_decimal(&digits)?, &currency?)
}

/// The number of an amount, and the currencies that stand before or behind it.
fn apart(words: &str) -> (String, Vec<String>) {
    let named = |part: &&str| part.len() == 3 && part.chars().all(|c| c.is_ascii_alphabetic());
    let (mut currencies, digits): (Vec<&str>, Vec<&str>) = words.split_whitespace().partition(named);
    currencies.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    (digits.join(" "), currencies.into_iter().map(str::to_ascii_uppercase).collect())
}

/// What is wrong with words that are no value of the field's kind.
fn misread(field: &Field, words: &str) -> FieldFault {
    let next = match &field.kind {
        FieldKind::Money => match apart(words).1.iter().find(|named| !is_currency(named)) {
            Some(unknown) => format!("; {unknown} is no currency, write it like 1,000.00 EUR"),
            None => "; write it like 1,000.00 EUR".to_owned(),
        },
        _ => String::new(),
    };
    let message = format!("the {} must be {}; it is `{}`{next}", field.label, kind_words(&field.kind), short(words));
    fault(&field.name, message)
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

fn fault(field: &str, message: String) -> FieldFault {
    FieldFault { field: field.to_owned(), message }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[track_caller]
    fn check(words: &str, expected: Option<&str>) {
        assert_eq!(money(words, Some("EUR")).map(|money| money.to_string()).as_deref(), expected, "{words}");
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        check("12.5", Some("12.50 EUR"));
        check("12,50", Some("12.50 EUR"));
        check("1,250", Some("1250.00 EUR"));
        check("1,250.75 USD", Some("1250.75 USD"));
        check("chf 1'250.75", Some("1250.75 CHF"));
        check("1.250,75", Some("1250.75 EUR"));
        check("1.000,00", Some("1000.00 EUR"));
        check("1 000.00", Some("1000.00 EUR"));
        check("EUR 1\u{a0}000", Some("1000.00 EUR"));
        check("1000000", Some("1000000.00 EUR"));
        check("1.000.000", Some("1000000.00 EUR"));
        check("-1,250.50", Some("-1250.50 EUR"));
        check("12.345", None);
        check("1.500", None);
        check("1.500 KWD", Some("1.500 KWD"));
        check("1.500,00", Some("1500.00 EUR"));
        check("twelve", None);
        check("", None);
    }

    #[test]
    fn a_group_that_is_not_of_three_and_an_unknown_currency_are_refused() {
        check("1,000,00", None);
        check("1,00,000", None);
        check("1000,000", None);
        check("1 00.00", None);
        check("1.000'000", None);
        check(",500", None);
        check("12.50 XYZ", None);
        check("12.50 abc EUR", None);
        check("12.50 USD EUR", None);
        check("12.50 EUR eur", Some("12.50 EUR"));
    }
}
