//! The guidelines of a draft: what a criterion in free words means.

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
        catalogue::text::studio as text,
        format::capital,
        front::Front,
        halt::Answer,
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::guidelines::{Guideline, GuidelinesView, page as guidelines_page},
    },
};

/// What is wrong with a text whose guideline is not attached.
const NOT_ATTACHED: &str = "E211";

/// `GET /studio/{draft}/guidelines`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(guidelines_page(&shell, &view(&draft)).into_response())
}

/// `POST /studio/{draft}/guidelines`: attaches one under its name, or takes it away.
pub(in crate::web) async fn put(
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
        text::GUIDELINE_NAMELESS.to_owned()
    } else {
        match runtime.put_guideline(&acting, &id, &name, &words).await {
            Ok(()) => {
                let gone = words.trim().is_empty();
                front.say(&me, if gone { text::GUIDELINE_REMOVED } else { text::GUIDELINE_SAVED });
                return Ok(go_to(&paths::draft_part(&id, "guidelines")));
            }
            Err(Problem::Faults(faults)) => {
                faults.first().map(|fault| format!("{}.", capital(&fault.message))).unwrap_or_default()
            }
            Err(problem) => return Err(problem.into()),
        }
    };
    let view = GuidelinesView { problem: Some(problem), typed: (name, words), ..view(&draft) };
    let shell = front.shell(&me, uri.path()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, guidelines_page(&shell, &view)).into_response())
}

fn view(draft: &Draft) -> GuidelinesView {
    let (attached, compiled) = (Beside::of(draft).guidelines, compiled(draft));
    let mut used = BTreeSet::new();
    if let Some(definition) = &compiled.draft {
        definition.walk(&mut |_, step| {
            if let Step::Agent(AgentStep { work: AgentWork::Judge { guideline: Some(name), .. }, .. }) = step {
                used.insert(name.clone());
            }
        });
    }
    let missing = compiled.diagnostics.iter().filter(|found| found.code == NOT_ATTACHED);
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
    GuidelinesView { id: draft.id.clone(), title: title_of(draft), guidelines, ..GuidelinesView::default() }
}
