//! What stands beside a draft: the guidelines, which say what a criterion means, and the templates to fill in.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{
    canonical::digest,
    definition::{AgentStep, AgentWork, Step},
};

use super::{steps::compiled, title_of};
use crate::{
    documents::Kind as DocumentKind,
    runtime::{Problem, drafts::Beside},
    store::Draft,
    web::{
        address::Path,
        catalogue::text::{
            beside::{self as text, Beside as Kind},
            studio,
        },
        front::Front,
        halt::{Answer, Halt},
        handlers::{document::saved, first_of, go_to},
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::guidelines::{Guideline, GuidelinesView, page as beside_page},
    },
};

/// What is wrong with a text whose guideline or template is not attached.
const NOT_ATTACHED: [&str; 2] = ["E211", "E212"];

/// `GET /studio/{draft}/guidelines`.
pub(in crate::web) async fn page(front: State<Front>, me: SignedIn, uri: Uri, id: Path<String>) -> Answer {
    show(&text::GUIDELINES, front, me, uri, id).await
}

/// `GET /studio/{draft}/templates`.
pub(in crate::web) async fn templates(front: State<Front>, me: SignedIn, uri: Uri, id: Path<String>) -> Answer {
    show(&text::TEMPLATES, front, me, uri, id).await
}

/// `POST /studio/{draft}/guidelines`: attaches one under its name, or takes it away.
pub(in crate::web) async fn put(
    front: State<Front>,
    me: SignedIn,
    uri: Uri,
    id: Path<String>,
    posted: Posted,
) -> Answer {
    attach(&text::GUIDELINES, front, me, uri, id, posted).await
}

/// `POST /studio/{draft}/templates`: attaches one under its name, or takes it away.
pub(in crate::web) async fn put_template(
    front: State<Front>,
    me: SignedIn,
    uri: Uri,
    id: Path<String>,
    posted: Posted,
) -> Answer {
    attach(&text::TEMPLATES, front, me, uri, id, posted).await
}

/// `GET /studio/{draft}/templates/{file}`: the Word file that a template was read from, as it was attached.
pub(in crate::web) async fn word(
    State(front): State<Front>,
    me: SignedIn,
    Path((id, file)): Path<(String, String)>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let beside = Beside::of(&draft);
    let digest = file.strip_suffix(".docx").and_then(|name| beside.word_templates.get(name));
    let bytes = front.runtime().word_template(digest.ok_or_else(Halt::not_found)?).await?;
    saved(&file, DocumentKind::Word.media_type(), bytes)
}

async fn show(
    kind: &'static Kind,
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(beside_page(&shell, &view(kind, &draft)).into_response())
}

async fn attach(
    kind: &'static Kind,
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let (runtime, acting) = (front.runtime(), me.acting());
    let draft = runtime.draft(&acting, &id).await?;
    let name = posted.get("name").split_whitespace().collect::<Vec<_>>().join(" ");
    let words = posted.whole("words").replace("\r\n", "\n");
    let file = posted.file("word").filter(|_| kind.files);
    // The form for a file asks for no words.
    let no_file = file.is_none() && posted.all("words").is_empty();
    let problem = if name.is_empty() {
        kind.nameless.to_owned()
    } else if no_file {
        studio::WORD_MISSING.to_owned()
    } else if let Some(problem) = overtaken(kind, &draft, &name, &posted) {
        problem
    } else {
        let put = match file {
            Some(file) => runtime.put_word_template(&acting, &id, &name, file).await,
            None if kind.files => runtime.put_template(&acting, &id, &name, &words).await,
            None => runtime.put_guideline(&acting, &id, &name, &words).await,
        };
        match put {
            Ok(()) => {
                let removed = file.is_none() && words.trim().is_empty();
                front.say(&me, if removed { kind.removed } else { kind.saved });
                return Ok(go_to(&paths::draft_part(&id, kind.part)));
            }
            Err(Problem::Faults(faults)) => first_of(&faults),
            Err(problem) => return Err(problem.into()),
        }
    };
    let view = GuidelinesView { problem: Some(problem), typed: (name, words), ..view(kind, &draft) };
    let shell = front.shell(&me, uri.path()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, beside_page(&shell, &view)).into_response())
}

/// Why something is not saved over what its author has not seen, as a sentence.
fn overtaken(kind: &'static Kind, draft: &Draft, name: &str, posted: &Posted) -> Option<String> {
    let was = *posted.all("was").first()?;
    let now = view(kind, draft).guidelines.into_iter().find(|one| one.name == name).map(|one| one.was);
    match (was, now.unwrap_or_default().as_str()) {
        (was, now) if was == now => None,
        ("", _) => Some(text::taken(kind.one, name)),
        (_, "") => Some(text::gone(kind.one, name)),
        _ => Some(text::overtaken(kind.one, name)),
    }
}

fn view(kind: &'static Kind, draft: &Draft) -> GuidelinesView {
    let (beside, compiled) = (Beside::of(draft), compiled(draft));
    let attached = if kind.files { beside.templates } else { beside.guidelines };
    let mut used = BTreeSet::new();
    if let Some(definition) = &compiled.draft {
        definition.walk(&mut |_, step| {
            if let Step::Agent(AgentStep {
                work: AgentWork::Judge { guideline: Some(name), .. } | AgentWork::Draft { template: name, .. },
                ..
            }) = step
            {
                used.insert(name.clone());
            }
        });
    }
    let missing = compiled.diagnostics.iter().filter(|found| found.code == NOT_ATTACHED[usize::from(kind.files)]);
    let missing: BTreeMap<String, String> =
        missing.filter_map(|found| Some((found.message.split('`').nth(1)?.to_owned(), String::new()))).collect();
    let one = |name: String, words: String, attached: bool| Guideline {
        // Before the whole text is understood nobody can tell what is used.
        unused: attached && compiled.draft.is_some() && !used.contains(&name),
        attached,
        word: kind.files && beside.word_templates.contains_key(&name),
        was: if attached { digest(&(&words, beside.word_templates.get(&name))) } else { String::new() },
        name,
        words,
    };
    let all = attached.into_iter().map(|(name, words)| one(name, words, true));
    let guidelines = all.chain(missing.into_iter().map(|(name, words)| one(name, words, false))).collect();
    let (typed, problem) = ((String::new(), String::new()), None);
    GuidelinesView { kind, id: draft.id.clone(), title: title_of(draft), guidelines, typed, problem }
}
