//! Process text: controlled English, one sentence for one thing, compiled to a definition and written back.
//!
//! Every word of a sentence is taken by a word of a shape or by a typed slot; what is left over, or can be
//! read in two ways, is refused with its place, the reason and a better sentence. A wrong reading would be
//! worse. `compile(&render(&definition))` gives the definition back; what holds by default is not written.

mod amounts;
mod build;
mod changes;
mod check;
mod clause;
mod codes;
mod compile;
mod complete;
mod cover;
mod criteria;
mod declared;
mod defaults;
mod diagnostics;
mod draft;
mod explain;
mod finish;
mod flow;
mod foreign;
mod format;
mod guard_words;
mod guards;
mod holders;
mod interview;
mod lexer;
mod longest;
mod meaning;
mod names;
mod papers;
pub mod patch;
mod proof;
mod prose;
mod reference;
mod refuse;
mod render;
mod render_steps;
mod report;
mod reword;
pub mod rewrite;
mod rules;
mod sentence;
mod shapes;
mod stated;
mod states;
mod templates;
mod tracks;
mod ways;
mod words;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use countersign_core::{
    canonical::{Digest, digest},
    definition::{CriterionExample, Definition, Example, Path},
    value::FieldName,
};
use serde::{Deserialize, Serialize};

pub use self::{
    compile::compile,
    complete::{Completion, CompletionKind, Completions, complete},
    criteria::{
        BECAUSE_CHARACTERS_MAX, CRITERIA_MAX, CRITERION_EXAMPLES_MAX, EXAMPLE_CHARACTERS_MAX, criteria,
        criterion_named, example_fault, examples_fault, read_criterion, tidy_example, write_criterion,
    },
    diagnostics::{Diagnostic, Edit, Severity, Suggestion},
    format::format,
    guard_words::guard_words as condition,
    holders::{check_people, check_people_in},
    interview::{
        AnsweredSentence, Answers, Interview, InterviewQuestion, QuestionId, RefusedAnswer, interview, questions,
    },
    longest::Longest,
    names::nearest,
    proof::publishable,
    prose::{
        GatewayKind, ProseGateway, ProseOutline, ProseSentence, ProseStep, TakenFor, nearest_shapes, outline, stem,
    },
    reference::{long_text, reference},
    render::{field_words as field, render, span, who},
    report::{Checked, Coverage, report},
    stated::{accept_all, accept_default},
    templates::{Template, templates},
};

/// What stands beside a process text in files of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachments {
    /// Labelled examples by the field that they fill.
    pub examples: BTreeMap<FieldName, Vec<Example>>,
    /// Guidelines that agents go by, by name: the text of `guidelines/<name>.md`.
    pub guidelines: BTreeMap<String, String>,
    /// Templates that code fills in, by name: the text of `templates/<name>.txt`.
    pub templates: BTreeMap<String, String>,
    /// The Word files that templates were read from, by the name of the template: `templates/<name>.docx`.
    pub word_templates: BTreeMap<String, WordTemplate>,
    /// Examples of what a criterion means, by its words: `criteria/<any name>.txt`, see [`read_criterion`].
    pub criteria: BTreeMap<String, Vec<CriterionExample>>,
}

/// A Word file with places. Its text is a template like any other; the file is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordTemplate {
    /// The digest under which the file is kept.
    pub digest: Digest,
    /// The file in Base64; `None` when it is kept already.
    pub file: Option<String>,
}

impl WordTemplate {
    /// A file in Base64 that is still to be kept.
    #[must_use]
    pub fn new(file: String) -> Self {
        Self { digest: digest(&file), file: Some(file) }
    }

    /// A file that is kept under this digest.
    #[must_use]
    pub const fn kept(digest: Digest) -> Self {
        Self { digest, file: None }
    }
}

/// The most guidelines of a process, and the most templates.
pub const BESIDE_MAX: usize = 20;
/// The largest guideline, template or file of examples, in bytes.
pub const BESIDE_BYTES_MAX: usize = 80 * 1024;

/// What became of a text.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The definition; `None` when something is wrong.
    pub definition: Option<Definition>,
    /// What the definition would be if nothing but open questions stood in the way; to be drawn and tried.
    pub draft: Option<Definition>,
    /// Every sentence, in order, with what it became.
    pub sentences: Vec<Sentence>,
    /// The sentence that each step came from, by its place in `sentences`; also of steps inside a sentence.
    pub places: Vec<(Path, usize)>,
    /// The open questions, in order. A text with one has no definition.
    pub questions: Vec<Question>,
    /// What was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// One sentence of a text and what it became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// Its words, as written.
    pub text: String,
    /// What it is.
    pub kind: SentenceKind,
    /// The step that it became, or that it says more about.
    pub path: Option<Path>,
    /// What it leaves open, and what therefore holds.
    pub defaults: Vec<DefaultUsed>,
}

/// A question that nobody has answered: `Question: who approves above 10,000 EUR?`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Its place among the sentences.
    pub sentence: usize,
    /// The first byte of the sentence.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// What is asked.
    pub text: String,
}

/// What a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SentenceKind {
    /// `# Name`.
    Title,
    /// It introduces people, data, a setting or a stage.
    Declaration,
    /// It is a step, or part of one.
    Step,
    /// Plain information that is kept.
    Note,
    /// A question that nobody has answered; it stops the text from being published.
    Question,
    /// An HTML comment, which is left out.
    Comment,
    /// Something that must never happen, or who may see what.
    Rule,
    /// A diagnostic says why.
    NotUnderstood,
}

/// Something that holds because no sentence says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefaultUsed {
    /// What it is about, such as `due`.
    pub what: String,
    /// What holds, such as `2 working days`.
    pub value: String,
    /// The edit that says it in the text; `None` when the sentence is a step in several places, or no sentence says
    /// just that.
    pub edit: Option<Edit>,
}

/// The shapes that a sentence may have: each pattern with a sentence of that shape.
///
/// In a pattern, `[x]` may be left out, `(x|y)` is one of the two, and `{slot}` stands for words of the writer.
pub fn patterns() -> impl Iterator<Item = (&'static str, &'static str)> {
    shapes::all().iter().map(|shape| (shape.pattern, shape.example))
}

#[derive(Deserialize)]
struct ExampleLine {
    field: FieldName,
    text: String,
    label: String,
}

/// Word templates that are kept, by name.
#[must_use]
pub fn kept(digests: &BTreeMap<String, Digest>) -> BTreeMap<String, WordTemplate> {
    digests.iter().map(|(name, digest)| (name.clone(), WordTemplate::kept(digest.clone()))).collect()
}

impl Attachments {
    /// What stands beside the text of a definition.
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        Self {
            examples: definition.examples.clone(),
            guidelines: definition.guidelines.clone(),
            templates: definition.templates.clone(),
            word_templates: kept(&definition.word_templates),
            criteria: definition.criteria.clone(),
        }
    }

    /// Puts it into a definition.
    pub(crate) fn attach(&self, definition: &mut Definition) {
        definition.examples.clone_from(&self.examples);
        definition.guidelines.clone_from(&self.guidelines);
        definition.templates.clone_from(&self.templates);
        let words = self.word_templates.iter().filter(|(name, _)| self.templates.contains_key(*name));
        definition.word_templates = words.map(|(name, word)| (name.clone(), word.digest.clone())).collect();
        definition.criteria.clone_from(&self.criteria);
    }

    /// Reads `examples.jsonl`: one `{"field": .., "text": .., "label": ..}` a line.
    ///
    /// # Errors
    /// The number of the first line that is not of this form, and what is wrong with it.
    pub fn read(examples: &str) -> Result<Self, String> {
        let mut all: BTreeMap<FieldName, Vec<Example>> = BTreeMap::new();
        for (index, line) in examples.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let ExampleLine { field, text, label } = serde_json::from_str(line).map_err(|error| {
                format!("line {} of the examples is not `{{\"field\", \"text\", \"label\"}}`: {error}", index + 1)
            })?;
            all.entry(field).or_default().push(Example { text, label });
        }
        Ok(Self { examples: all, ..Self::default() })
    }
}
