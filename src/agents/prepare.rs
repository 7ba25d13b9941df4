//! A few sentences about a case for the person who decides.
//!
//! A summary is kept with the case, where everybody who may see the case reads it. So it is made only from
//! fields that everybody may see, whoever it is written for.

use std::collections::BTreeSet;

use countersign_core::{case::CheckResult, definition::Who, proposal::Output, value::Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    DecisionInput,
    quarantine::clean,
    schemas::{narrow, schema},
};
use crate::offline::summarise::{CheckWord, facts_summary};

/// Where the schema of the answer lists the marks of facts.
pub const FACTS: &str = "/properties/sentences/items/properties/facts/items";
/// A model's summary has at most this many sentences.
pub const MAX_SENTENCES: usize = 6;
/// A sentence has at most this many characters.
pub const MAX_SENTENCE_CHARS: usize = 400;
/// At most this many facts are shown.
const MAX_FACTS: usize = 60;
/// At most this many characters of a value are shown.
const MAX_VALUE_CHARS: usize = 300;

/// What the prompt is filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Shown {
    /// For whom it is written.
    pub reader: String,
    /// The process's title.
    pub title: String,
    /// At most so many sentences.
    pub most: usize,
    /// One fact a line: its mark, what it is about, what is known.
    pub facts: String,
}

/// What a model answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The sentences, in reading order.
    pub sentences: Vec<Sentence>,
}

/// One sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sentence {
    /// The marks of the facts that it is made from.
    pub facts: Vec<String>,
    /// The sentence.
    pub text: String,
}

/// What there is to tell.
pub(super) struct Task<'a> {
    reader: String,
    title: &'a str,
    facts: Vec<(String, String)>,
    checks: Vec<(String, CheckWord)>,
}

/// Collects what everybody who may see the case may see.
pub(super) fn task<'a>(input: &'a DecisionInput, reader: &Who) -> Task<'a> {
    let facts = input.fields.iter().filter(|field| input.open_to_all(&field.name)).filter_map(|field| {
        let value = input.values.get(&field.name)?;
        let shown = match value {
            // Who somebody is stands beside the summary by name; here it would be an identifier.
            Value::Document { .. } | Value::Person { .. } | Value::Erased => return None,
            value => value.plain().split_whitespace().collect::<Vec<_>>().join(" "),
        };
        Some((field.label.clone(), shown.chars().take(MAX_VALUE_CHARS).collect()))
    });
    let open = |finding: &&countersign_core::case::Finding| finding.fields.iter().all(|field| input.open_to_all(field));
    let checks = input.findings.iter().filter(open).map(|finding| {
        let word = match finding.result {
            CheckResult::Passed => CheckWord::Passed,
            CheckResult::Failed => CheckWord::Failed,
            CheckResult::CannotTell { .. } => CheckWord::Open,
        };
        (finding.words.clone(), word)
    });
    Task {
        reader: who_words(reader),
        title: &input.title,
        facts: facts.take(MAX_FACTS).collect(),
        checks: checks.take(MAX_FACTS).collect(),
    }
}

impl Task<'_> {
    /// Whether there is anything to tell.
    pub(super) fn has_facts(&self) -> bool {
        !self.facts.is_empty() || !self.checks.is_empty()
    }

    /// What the prompt is filled with, and the schema of the answer.
    pub(super) fn question(&self) -> (Shown, Json) {
        let lines = self.lines();
        let marks: Vec<String> = lines.iter().map(|(mark, _)| mark.clone()).collect();
        let mut schema = schema::<Answer>();
        narrow(&mut schema, FACTS, &marks, false);
        let facts = lines.iter().map(|(mark, line)| format!("{mark} | {line}")).collect::<Vec<_>>().join("\n");
        (Shown { reader: self.reader.clone(), title: self.title.to_owned(), most: MAX_SENTENCES, facts }, schema)
    }

    /// What is wrong with an answer beyond its form.
    pub(super) fn faults(&self, answer: &Answer) -> Vec<String> {
        let marks = self.marks();
        let cited = answer.sentences.iter().any(|sentence| is_cited(sentence, &marks));
        if cited {
            Vec::new()
        } else {
            vec!["at /sentences: no sentence names the facts that it is made from".to_owned()]
        }
    }

    /// The sentences that name their facts, and how many were left out.
    pub(super) fn accept(&self, answer: &Answer) -> (Output, Vec<String>) {
        let marks = self.marks();
        let cited = answer.sentences.iter().filter(|sentence| is_cited(sentence, &marks));
        let plain = |sentence: &Sentence| clean(&sentence.text).split_whitespace().collect::<Vec<_>>().join(" ");
        let kept: Vec<String> = cited.take(MAX_SENTENCES).map(plain).filter(|text| !text.is_empty()).collect();
        let left_out = answer.sentences.len() - kept.len();
        let remarks = if left_out > 0 { vec![format!("{left_out} sentences were left out")] } else { Vec::new() };
        (Output::Summary { sentences: kept }, remarks)
    }

    /// Tells the facts without a model.
    pub(super) fn tell_offline(&self) -> Output {
        Output::Summary { sentences: facts_summary(&self.facts, &self.checks) }
    }

    fn marks(&self) -> BTreeSet<String> {
        self.lines().into_iter().map(|(mark, _)| mark).collect()
    }

    fn lines(&self) -> Vec<(String, String)> {
        let facts = self.facts.iter().map(|(label, value)| format!("{label}: {value}"));
        let checks = self.checks.iter().map(|(words, word)| {
            let outcome = match word {
                CheckWord::Passed => "passed",
                CheckWord::Failed => "failed",
                CheckWord::Open => "could not be checked",
            };
            format!("check \"{words}\": {outcome}")
        });
        facts.chain(checks).enumerate().map(|(at, line)| (format!("f{}", at + 1), line)).collect()
    }
}

fn is_cited(sentence: &Sentence, marks: &BTreeSet<String>) -> bool {
    let length = sentence.text.chars().count();
    (1..=MAX_SENTENCE_CHARS).contains(&length)
        && !sentence.text.trim().is_empty()
        && !sentence.facts.is_empty()
        && sentence.facts.iter().all(|fact| marks.contains(fact))
}

fn who_words(who: &Who) -> String {
    match who {
        Who::Requester => "the person who started the case".to_owned(),
        Who::ManagerOfRequester => "the manager of the person who started the case".to_owned(),
        Who::Approver => "the person who approves".to_owned(),
        Who::Role { role } => role.clone(),
        Who::Party { party } => party.clone(),
        Who::OwnerOf { field } => format!("the owner of the {}", countersign_core::guard::words(field)),
        Who::ManagerOf { field } => format!("the manager of the {}", countersign_core::guard::words(field)),
    }
}
