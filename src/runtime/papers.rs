//! What stands beside the text of a version and is pinned with it: guidelines, templates, and the examples of criteria
//! and of words. Whoever publishes is told what changes there, and whoever looks back reads what was in force.

use std::collections::BTreeMap;

use countersign_core::{
    canonical::{Digest, digest},
    definition::{Definition, Example},
    value::FieldName,
};

use crate::{language, store::Version};

/// What a paper is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It says what a criterion means.
    Guideline,
    /// Code fills it in.
    Template,
    /// Examples of a criterion.
    Criterion,
    /// Examples of the words of a list.
    Words,
}

/// One paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// What it is for.
    pub kind: Kind,
    /// Its name: that of the guideline or template, the criterion, or the label of the field.
    pub name: String,
    /// What it says. Examples of words may be what customers wrote, so that only their number is told.
    pub text: String,
    /// The digest of all of it, with the Word file that it was read from.
    content: Digest,
}

/// How a paper differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It was not there before.
    New,
    /// It is there no more.
    Gone,
    /// It says something else.
    Changed,
}

/// A paper that differs between two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// What it is for.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How it differs.
    pub difference: Difference,
}

/// Everything that stands beside the text of a version, by kind and name.
#[must_use]
pub fn papers(definition: &Definition, examples: &BTreeMap<FieldName, Vec<Example>>) -> Vec<Paper> {
    let paper = |kind, name: &str, text: String, content: Digest| Paper { kind, name: name.to_owned(), text, content };
    let mut all = Vec::new();
    for (name, words) in &definition.guidelines {
        all.push(paper(Kind::Guideline, name, words.clone(), digest(words)));
    }
    for (name, words) in &definition.templates {
        let content = digest(&(words, definition.word_templates.get(name)));
        all.push(paper(Kind::Template, name, words.clone(), content));
    }
    for (criterion, known) in &definition.criteria {
        all.push(paper(Kind::Criterion, criterion, language::write_criterion(criterion, known), digest(known)));
    }
    for (field, known) in examples.iter().filter(|(_, known)| !known.is_empty()) {
        let label = definition.field(field).map_or(field, |field| &field.label);
        all.push(paper(Kind::Words, label, known.len().to_string(), digest(known)));
    }
    all
}

/// Everything that stands beside the text of a published version.
#[must_use]
pub fn papers_of(version: &Version) -> Vec<Paper> {
    // Examples of a version of long ago that cannot be read any more are told as none.
    papers(&version.definition, &serde_json::from_value(version.examples.clone()).unwrap_or_default())
}

/// What differs between the papers of two versions.
#[must_use]
pub fn differing(old: &[Paper], new: &[Paper]) -> Vec<Differing> {
    let told = |paper: &Paper, difference| Differing { kind: paper.kind, name: paper.name.clone(), difference };
    let same = |one: &Paper, other: &Paper| one.kind == other.kind && one.name == other.name;
    let mut found: Vec<Differing> = Vec::new();
    for paper in new {
        match old.iter().find(|one| same(one, paper)) {
            None => found.push(told(paper, Difference::New)),
            Some(before) if before.content != paper.content => found.push(told(paper, Difference::Changed)),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|paper| !new.iter().any(|one| same(one, paper)));
    found.extend(gone.map(|paper| told(paper, Difference::Gone)));
    found
}
