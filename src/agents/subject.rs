//! The material that an agent judges or marks, and whether what it quotes stands there.

use countersign_core::value::{FieldName, Value};

use super::{DecisionInput, quarantine::is_cut};
use crate::gate::evidence::locate;

/// At most so many quotes of an answer are looked for: three are asked for.
const QUOTES_MAX: usize = 10;

/// The named fields with their labels, and the texts of documents; without names every field that everybody sees.
pub(super) fn text(input: &DecisionInput, names: &[FieldName]) -> String {
    let every = || input.fields.iter().map(|field| &field.name).filter(|name| input.open_to_all(name));
    let names: Vec<&FieldName> = if names.is_empty() { every().collect() } else { names.iter().collect() };
    let parts: Vec<String> = names.into_iter().filter_map(|name| part(input, name)).collect();
    parts.join("\n\n")
}

fn part(input: &DecisionInput, name: &str) -> Option<String> {
    let label = input.field(name).map_or(name, |field| field.label.as_str());
    let words = match input.values.get(name)? {
        Value::Document { .. } => input.document(name)?.text.clone()?,
        Value::Erased => return None,
        value => value.plain(),
    };
    (!words.trim().is_empty()).then(|| format!("{label}: {words}"))
}

/// How many quotes do not stand in the material. Those beyond the few that are asked for are not looked for.
pub(super) fn invented(subject: &str, quotes: &[String]) -> usize {
    let beyond = quotes.len().saturating_sub(QUOTES_MAX);
    quotes.iter().take(QUOTES_MAX).filter(|quote| locate(subject, quote).is_none()).count() + beyond
}

/// Whether an answer rests on what stands in the material, and what is to be said about it.
pub(super) fn remarks(subject: &str, quotes: &[String], answered: bool) -> (bool, Vec<String>) {
    let mut remarks = Vec::new();
    if is_cut(subject) {
        remarks.push("only the beginning of the material was shown".to_owned());
    }
    let invented = invented(subject, quotes);
    if invented > 0 {
        remarks.push(format!("{invented} of its quotes do not stand in the material"));
    } else if quotes.is_empty() && answered {
        remarks.push("it quoted nothing for it".to_owned());
    }
    (invented == 0 && !quotes.is_empty(), remarks)
}
