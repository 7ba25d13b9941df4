//! Writing a process text: checked, completed, asked for in an interview, begun from a template. Nothing is stored.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AppState, ProblemResource, auth::Caller, body::Body, error::ApiError, processes::NewProcess};
use crate::language::{
    self, AnsweredSentence, Answers, Attachments, Checked, Completion, Coverage, Diagnostic, InterviewQuestion,
    ProseSentence, RefusedAnswer, Sentence,
};

/// A place in a text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with text and at")]
pub(super) struct PlaceInText {
    /// The text.
    text: String,
    /// The place, as a byte offset into the text as UTF-8.
    at: usize,
}

/// What may stand at a place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CompletionsResource {
    /// The bytes that an item takes the place of: the first, and the one after the last.
    #[schema(value_type = Vec<usize>)]
    replace: (usize, usize),
    /// What may stand there, each with `insert`, `label`, `kind` and `detail`.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Completion>,
    /// What the writer may put in their own words there.
    own_words: Vec<&'static str>,
}

/// What became of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckedResource {
    /// Whether everything is understood and nothing contradicts itself.
    understood: bool,
    /// The short name of the process that it would become.
    process: Option<String>,
    /// Every sentence with its place, its kind and what holds because it leaves something open.
    #[schema(value_type = Vec<Object>)]
    sentences: Vec<Sentence>,
    /// What is wrong or worth a look, in the order of the text, each with its ways out.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    /// How many sentences are enforced, kept as notes, or not understood.
    #[schema(value_type = Object)]
    coverage: Coverage,
}

impl From<Checked> for CheckedResource {
    fn from(checked: Checked) -> Self {
        let Checked { understood, process, sentences, diagnostics, coverage } = checked;
        Self { understood, process, sentences, diagnostics, coverage }
    }
}

/// The answers of an interview, by question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with answers")]
pub(super) struct InterviewAnswers {
    /// Answers by the identifier of their question.
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: Answers,
}

/// Where an interview stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InterviewResource {
    /// The text so far.
    text: String,
    /// Its sentences, each with the question whose answer caused it.
    #[schema(value_type = Vec<Object>)]
    sentences: Vec<AnsweredSentence>,
    /// The question to ask next; `null` when everything is answered.
    #[schema(value_type = Option<Object>)]
    next: Option<InterviewQuestion>,
    /// Every question that is still open.
    #[schema(value_type = Vec<Object>)]
    open: Vec<InterviewQuestion>,
    /// Answers that were left out of the text, and why.
    #[schema(value_type = Vec<Object>)]
    refused: Vec<RefusedAnswer>,
    /// What a check of the text says.
    check: CheckedResource,
}

/// Prose, sentence by sentence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShapesResource {
    /// Every sentence with what it is taken for, if anything, and the shapes nearest to it.
    #[schema(value_type = Vec<Object>)]
    sentences: Vec<ProseSentence>,
}

/// The processes to begin from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TemplateList {
    /// The templates, by title.
    templates: Vec<TemplateResource>,
}

/// A process to begin from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TemplateResource {
    /// Short stable name.
    id: &'static str,
    /// Title.
    title: &'static str,
    /// What it is for, in one line.
    purpose: &'static str,
    /// The text.
    text: &'static str,
    /// Its labelled examples, one JSON object a line.
    examples: &'static str,
    /// The templates that it fills in, by name.
    templates: BTreeMap<&'static str, &'static str>,
    /// Its examples of criteria, one file each.
    criteria: &'static [&'static str],
}

/// Checks a text sentence by sentence, without publishing it.
#[utoipa::path(post, path = "/text/check", request_body = NewProcess, responses(
    (status = 200, body = CheckedResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn check(
    caller: Caller,
    State(state): State<AppState>,
    Body(mut new): Body<NewProcess>,
) -> Result<Json<CheckedResource>, ApiError> {
    let attachments = new.attachments(&state, &caller).await?;
    Ok(Json(language::report(language::compile(&new.text, &attachments)).into()))
}

/// Says what may stand at a place of a text.
#[utoipa::path(post, path = "/text/complete", request_body = PlaceInText, responses(
    (status = 200, body = CompletionsResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn complete(_: Caller, Body(place): Body<PlaceInText>) -> Json<CompletionsResource> {
    let found = language::complete(&place.text, place.at);
    Json(CompletionsResource { replace: found.replace, items: found.items, own_words: found.own_words })
}

/// Writes the text of an interview's answers and asks the next question.
#[utoipa::path(post, path = "/text/interview", request_body = InterviewAnswers, responses(
    (status = 200, body = InterviewResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn interview(_: Caller, Body(given): Body<InterviewAnswers>) -> Json<InterviewResource> {
    let found = language::interview(&given.answers);
    let check = language::report(language::compile(&found.text, &Attachments::default())).into();
    Json(InterviewResource {
        text: found.text,
        sentences: found.sentences,
        next: found.next,
        open: found.open,
        refused: found.refused,
        check,
    })
}

/// Shows, for each sentence of plain prose, the shapes nearest to it with its own words in them.
#[utoipa::path(post, path = "/text/shapes", request_body = NewProcess, responses(
    (status = 200, body = ShapesResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn shapes(_: Caller, Body(new): Body<NewProcess>) -> Json<ShapesResource> {
    Json(ShapesResource { sentences: language::nearest_shapes(&new.text) })
}

/// Lists the processes to begin from.
#[utoipa::path(get, path = "/templates", responses(
    (status = 200, body = TemplateList), (status = "4XX", body = ProblemResource)))]
pub(super) async fn templates(_: Caller, _: State<AppState>) -> Json<TemplateList> {
    let one = |template: &language::Template| TemplateResource {
        id: template.id,
        title: template.title,
        purpose: template.purpose,
        text: template.text,
        examples: template.examples,
        templates: template.papers.iter().copied().collect(),
        criteria: template.criteria,
    };
    Json(TemplateList { templates: language::templates().iter().map(one).collect() })
}
