//! Processes: listed, read, checked, published.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use countersign_core::{
    Context, Verb, authorise,
    definition::{CriterionExample, Definition, Example, RightAnswer},
    form::kind_words,
    time::Calendar,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    AppState, ProblemResource,
    auth::Caller,
    body::{Body, Named},
    error::ApiError,
    versions::BaselineResource,
};
use crate::{
    language::{self, Attachments, BESIDE_MAX, Diagnostic, Sentence},
    resource::rfc3339,
    runtime::publish::Published,
    store::Version,
};

/// A process text with what stands beside it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with text, examples, guidelines, templates, word_templates, criteria and baseline"
)]
pub(super) struct NewProcess {
    /// The text.
    pub(super) text: String,
    /// Labelled examples, by the field that they fill.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Vec<Object>>>)]
    examples: Option<BTreeMap<String, Vec<NewExample>>>,
    /// How the process is today; kept with the version. It is left out where nobody has measured.
    #[serde(default)]
    baseline: Option<BaselineResource>,
    /// Guidelines that agents go by, by name.
    guidelines: Option<BTreeMap<String, String>>,
    /// Templates that are filled in, by name.
    templates: Option<BTreeMap<String, String>>,
    /// Word files with places, by the name of the template that each is: DOCX in Base64.
    word_templates: Option<BTreeMap<String, String>>,
    /// Examples of what a criterion means, by its words.
    #[schema(value_type = Option<BTreeMap<String, Vec<Object>>>)]
    criteria: Option<BTreeMap<String, Vec<NewCriterionExample>>>,
}

/// A text, what is right for it by a criterion, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with text, answer and because")]
pub(super) struct NewCriterionExample {
    text: String,
    answer: RightAnswer,
    #[serde(default)]
    because: String,
}

/// A text and the label that it should get.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with text and label")]
pub(super) struct NewExample {
    text: String,
    label: String,
}

impl NewProcess {
    /// What stands beside the text; Word files are read, for whoever may write processes.
    pub(super) async fn attachments(&mut self, state: &AppState, caller: &Caller) -> Result<Attachments, ApiError> {
        let mut attached = Attachments {
            guidelines: self.guidelines.take().unwrap_or_default(),
            templates: self.templates.take().unwrap_or_default(),
            criteria: criteria(self.criteria.take().unwrap_or_default()),
            ..attachments(self.examples.take())
        };
        let files = self.word_templates.take().unwrap_or_default();
        if !files.is_empty() {
            // Each of them keeps a reader busy.
            state.runtime.may_write(&caller.acting).await?;
        }
        let fault = |message: String| ApiError::fault("word_templates", message);
        if files.len() + attached.templates.len() > BESIDE_MAX {
            return Err(fault(format!("a process has at most {BESIDE_MAX} templates; leave some out")));
        }
        for (name, file) in files {
            if attached.templates.contains_key(&name) {
                return Err(fault(format!("the template `{name}` is given twice; send its text or its Word file")));
            }
            let file = BASE64.decode(&file);
            let file = file.map_err(|error| fault(format!("the Word file of `{name}` is not in Base64: {error}")))?;
            let (text, word) = state.runtime.read_word_template(&name, &file).await?;
            attached.templates.insert(name.clone(), text);
            attached.word_templates.insert(name, word);
        }
        Ok(attached)
    }
}

fn criteria(new: BTreeMap<String, Vec<NewCriterionExample>>) -> BTreeMap<String, Vec<CriterionExample>> {
    let example = |NewCriterionExample { text, answer, because }: NewCriterionExample| {
        language::tidy_example(&CriterionExample { text, answer, because })
    };
    new.into_iter().map(|(criterion, examples)| (criterion, examples.into_iter().map(example).collect())).collect()
}

/// What stands beside a text.
pub(super) fn attachments(examples: Option<BTreeMap<String, Vec<NewExample>>>) -> Attachments {
    let example = |new: NewExample| Example { text: new.text, label: new.label };
    let examples = examples.unwrap_or_default();
    Attachments {
        examples: examples
            .into_iter()
            .map(|(field, examples)| (field, examples.into_iter().map(example).collect()))
            .collect(),
        ..Attachments::default()
    }
}

/// The processes of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProcessList {
    /// The processes, by title.
    processes: Vec<ProcessLine>,
}

/// One line of the list of processes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProcessLine {
    /// Short stable name, such as `expense-claim`.
    id: String,
    /// Title.
    title: String,
    /// The version that new cases start on.
    version: String,
    /// Whether the caller may open a case.
    may_start: bool,
    /// Its open cases; `null` for whoever does not oversee the process.
    open_cases: Option<u64>,
}

/// A process.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProcessResource {
    /// Short stable name.
    id: String,
    /// Title.
    title: String,
    /// The version that new cases start on.
    version: String,
    /// The text as its author wrote it.
    text: String,
    /// Every sentence with its place, its kind and what holds because it leaves something open.
    #[schema(value_type = Vec<Object>)]
    sentences: Vec<Sentence>,
    /// The role that may start a case.
    starter: String,
    /// The role that answers for it.
    accountable: String,
    /// The form that opens a case.
    form: Vec<FormField>,
    /// Whether the caller may open a case.
    may_start: bool,
    /// When the version was published, RFC 3339.
    published_at: String,
    /// By whom.
    published_by: String,
}

/// One field of the form that opens a case.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FormField {
    /// Its name.
    name: String,
    /// How the text calls it.
    label: String,
    /// What it takes, in words.
    takes: String,
    /// Whether it must be filled.
    required: bool,
}

/// What became of a published text.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PublishedResource {
    /// The process.
    process: String,
    /// The version that new cases start on.
    version: String,
    /// Whether it was published like this before.
    unchanged: bool,
}

/// What a check of a text found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckResource {
    /// Whether it could be published.
    publishable: bool,
    /// The process that it would become.
    process: Option<String>,
    /// What is wrong or worth a look, in the order of the text.
    #[schema(value_type = Vec<Object>)]
    diagnostics: Vec<Diagnostic>,
    /// Every sentence with its place, its kind and what holds because it leaves something open.
    #[schema(value_type = Vec<Object>)]
    sentences: Vec<Sentence>,
}

/// Lists the processes.
#[utoipa::path(get, path = "/processes", responses(
    (status = 200, body = ProcessList), (status = "4XX", body = ProblemResource)))]
pub(super) async fn list(caller: Caller, State(state): State<AppState>) -> Result<Json<ProcessList>, ApiError> {
    let mut processes = Vec::new();
    for row in state.runtime.store().list_processes().await? {
        let definition = state.runtime.definition(&row.current_version).await?;
        let may = |verb| may(&caller, &state, &definition, &row.current_version, verb);
        processes.push(ProcessLine {
            may_start: may(&Verb::StartCase),
            open_cases: may(&Verb::OverseeProcess).then_some(row.open_cases),
            id: row.id,
            title: row.title,
            version: row.current_version.clone(),
        });
    }
    Ok(Json(ProcessList { processes }))
}

/// Shows a process with its text.
#[utoipa::path(get, path = "/processes/{id}", params(("id" = String, Path, description = "Such as expense-claim")),
    responses((status = 200, body = ProcessResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn show(
    caller: Caller,
    State(state): State<AppState>,
    Named(id): Named<String>,
) -> Result<Json<ProcessResource>, ApiError> {
    let version = state.runtime.store().current_version(&id).await?;
    let version = version.ok_or_else(|| ApiError::not_found(&format!("process `{id}`")))?;
    let definition = version.definition;
    let attachments = Attachments::of(&definition);
    let form = definition.start_fields().map(|field| FormField {
        name: field.name.clone(),
        label: field.label.clone(),
        takes: kind_words(&field.kind).to_owned(),
        required: field.required,
    });
    Ok(Json(ProcessResource {
        sentences: language::compile(&version.text, &attachments).sentences,
        form: form.collect(),
        may_start: may(&caller, &state, &definition, &version.hash, &Verb::StartCase),
        id: definition.id,
        title: definition.title,
        version: version.hash,
        text: version.text,
        starter: definition.starter,
        accountable: definition.accountable,
        published_at: rfc3339(version.published_at),
        published_by: version.published_by,
    }))
}

fn may(caller: &Caller, state: &AppState, definition: &Definition, version: &String, verb: &Verb) -> bool {
    let (world, calendar) = (state.runtime.world(), Calendar::default());
    let context = Context { definition, version, directory: &world.directory, calendar: &calendar };
    authorise(&context, None, &caller.acting, verb, state.runtime.clock().now()).is_ok()
}

/// Asks whether the caller may do this with the process of a version.
pub(super) fn must(caller: &Caller, state: &AppState, version: &Version, verb: &Verb) -> Result<(), ApiError> {
    let world = state.runtime.world();
    let context = Context {
        definition: &version.definition,
        version: &version.hash,
        directory: &world.directory,
        calendar: &world.calendar,
    };
    Ok(authorise(&context, None, &caller.acting, verb, state.runtime.clock().now())?)
}

/// Publishes a text as the current version of its process; running cases stay on theirs.
#[utoipa::path(post, path = "/processes", request_body = NewProcess, responses(
    (status = 201, body = PublishedResource), (status = 200, body = PublishedResource, description = "Unchanged"),
    (status = 422, body = ProblemResource, description = "The diagnostics say what is wrong"),
    (status = "4XX", body = ProblemResource)))]
pub(super) async fn publish(
    caller: Caller,
    State(state): State<AppState>,
    Body(mut new): Body<NewProcess>,
) -> Result<Response, ApiError> {
    let attachments = new.attachments(&state, &caller).await?;
    let baseline = new.baseline.map(Into::into);
    match state.runtime.publish_measured(&caller.acting, &new.text, &attachments, baseline).await? {
        Published::Version { version, process, unchanged } => {
            let status = if unchanged { StatusCode::OK } else { StatusCode::CREATED };
            Ok((status, Json(PublishedResource { process, version, unchanged })).into_response())
        }
        Published::Refused(compiled) => Err(ApiError::text_refused(compiled.diagnostics)),
    }
}

/// Checks a text without publishing it.
#[utoipa::path(post, path = "/processes/check", request_body = NewProcess, responses(
    (status = 200, body = CheckResource), (status = "4XX", body = ProblemResource)))]
pub(super) async fn check(
    caller: Caller,
    State(state): State<AppState>,
    Body(mut new): Body<NewProcess>,
) -> Result<Json<CheckResource>, ApiError> {
    let attachments = new.attachments(&state, &caller).await?;
    let compiled = language::publishable(&new.text, &attachments);
    Ok(Json(CheckResource {
        publishable: compiled.definition.is_some(),
        process: compiled.definition.map(|definition| definition.id),
        diagnostics: compiled.diagnostics,
        sentences: compiled.sentences,
    }))
}
