//! Everything that an agent is shown about a case: plain data, so that a decision can be told again.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::{Digest, digest},
    case::{Case, Finding},
    definition::{AgentStep, CriterionExample, Definition, Example, Field, FieldKind, Reading, Visibility},
    value::{FieldName, Value},
};
use serde::{Deserialize, Serialize};

use crate::gate::evidence::Source;

/// Why a document has no text, where nothing else is known.
const NO_TEXT: &str = "the document has no text that could be read";

/// What an agent is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionInput {
    /// The process's title.
    pub title: String,
    /// The process's fields.
    pub fields: Vec<Field>,
    /// How dates and amounts in documents are read.
    pub reading: Reading,
    /// Fields that only some may see.
    pub visibility: Vec<Visibility>,
    /// Labelled examples, by the field that they fill.
    pub examples: BTreeMap<FieldName, Vec<Example>>,
    /// Guidelines, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guidelines: BTreeMap<String, String>,
    /// Examples of criteria, by their words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub criteria: BTreeMap<String, Vec<CriterionExample>>,
    /// The case's values.
    pub values: BTreeMap<FieldName, Value>,
    /// The case's documents.
    pub documents: Vec<DocumentText>,
    /// What checks found, the latest of each.
    pub findings: Vec<Finding>,
}

/// A document and its text rendition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentText {
    /// Its key in the case.
    pub key: String,
    /// The field that it fills.
    pub field: FieldName,
    /// The file's name as its sender called it; shown as text alone.
    pub name: String,
    /// Digest of its bytes.
    pub bytes: Digest,
    /// Its text; `None` when it has none that could be read.
    pub text: Option<String>,
    /// The digest that the case holds for that text.
    pub digest: Option<Digest>,
    /// Why it has no text, in words for people.
    pub no_text: Option<String>,
}

impl DecisionInput {
    /// What the case holds, and the texts of its documents by their key.
    #[must_use]
    pub fn new(definition: &Definition, case: &Case, texts: &BTreeMap<String, String>) -> Self {
        let documents = case.documents.iter().map(|(key, document)| {
            let text = texts.get(key).filter(|_| document.text.is_some()).cloned();
            let why = || document.no_text.clone().unwrap_or_else(|| NO_TEXT.to_owned());
            let no_text = text.is_none().then(why);
            DocumentText {
                key: key.clone(),
                field: document.field.clone(),
                name: document.name.clone(),
                bytes: document.bytes.clone(),
                digest: document.text.clone().filter(|_| text.is_some()),
                text,
                no_text,
            }
        });
        Self {
            title: definition.title.clone(),
            fields: definition.fields.clone(),
            reading: definition.reading.clone(),
            visibility: definition.all_visibility(),
            examples: definition.examples.clone(),
            guidelines: definition.guidelines.clone(),
            criteria: definition.criteria.clone(),
            values: case.fields.iter().map(|(name, entry)| (name.clone(), entry.value.clone())).collect(),
            documents: documents.collect(),
            findings: case.findings.values().cloned().collect(),
        }
    }

    /// Digest of the step and of everything shown with it. A proposal carries it and is gated again when it changes.
    #[must_use]
    pub fn digest(&self, step: &AgentStep) -> Digest {
        digest(&(step, self))
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a criterion has examples.
    #[must_use]
    pub fn has_examples(&self, criterion: &str) -> bool {
        self.criteria.get(criterion).is_some_and(|examples| !examples.is_empty())
    }

    /// The words of a choice; empty for a field of another kind.
    #[must_use]
    pub fn options(&self, name: &str) -> &[String] {
        match self.field(name).map(|field| &field.kind) {
            Some(FieldKind::Choice { options }) => options,
            _ => &[],
        }
    }

    /// The document that fills a field: the one that its value names.
    #[must_use]
    pub fn document(&self, field: &str) -> Option<&DocumentText> {
        let Some(Value::Document { document: key }) = self.values.get(field) else {
            return None;
        };
        self.documents.iter().find(|document| document.key == *key)
    }

    /// The documents as the gate looks at them.
    #[must_use]
    pub fn sources(&self) -> Vec<Source<'_>> {
        self.documents
            .iter()
            .map(|document| Source {
                key: &document.key,
                field: &document.field,
                text: document.text.as_deref(),
                digest: document.digest.as_deref(),
            })
            .collect()
    }

    /// What the agent was shown besides values and documents.
    #[must_use]
    pub fn shown(&self) -> Vec<String> {
        self.findings.iter().map(|finding| finding.words.clone()).collect()
    }

    /// Whether everybody who may see the case may see a field, and the document that it was read from.
    #[must_use]
    pub fn open_to_all(&self, name: &str) -> bool {
        !self.visibility.iter().any(|rule| rule.covers(name))
    }
}
