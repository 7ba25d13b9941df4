//! What stands beside a draft: the guidelines, which say what a criterion means, and the templates to fill in.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::definition::{AgentStep, AgentWork, Step};

use super::{steps::compiled, title_of};
use crate::{
    runtime::{Problem, drafts::Beside},
    store::Draft,
    web::{
        catalogue::text::beside::{self as text, Beside as Kind},
        front::Front,
        halt::Answer,
        handlers::{first_of, go_to},
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
    let problem = if name.is_empty() {
        kind.nameless.to_owned()
    } else {
        let put = if is_template(kind) {
            runtime.put_template(&acting, &id, &name, &words).await
        } else {
            runtime.put_guideline(&acting, &id, &name, &words).await
        };
        match put {
            Ok(()) => {
                front.say(&me, if words.trim().is_empty() { kind.removed } else { kind.saved });
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

fn is_template(kind: &Kind) -> bool {
    kind.part == text::TEMPLATES.part
}

fn view(kind: &'static Kind, draft: &Draft) -> GuidelinesView {
    let (beside, compiled) = (Beside::of(draft), compiled(draft));
    let attached = if is_template(kind) { beside.templates } else { beside.guidelines };
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
    let missing =
        compiled.diagnostics.iter().filter(|found| found.code == NOT_ATTACHED[usize::from(is_template(kind))]);
    let missing: BTreeMap<String, String> =
        missing.filter_map(|found| Some((found.message.split('`').nth(1)?.to_owned(), String::new()))).collect();
    let one = |name: String, words: String, attached: bool| Guideline {
        // Before the whole text is understood nobody can tell what is used.
        unused: attached && compiled.draft.is_some() && !used.contains(&name),
        attached,
        name,
        words,
    };
    let all = attached.into_iter().map(|(name, words)| one(name, words, true));
    let guidelines = all.chain(missing.into_iter().map(|(name, words)| one(name, words, false))).collect();
    let (typed, problem) = ((String::new(), String::new()), None);
    GuidelinesView { kind, id: draft.id.clone(), title: title_of(draft), guidelines, typed, problem }
}
