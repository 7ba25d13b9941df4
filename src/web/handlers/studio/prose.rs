//! The prose that a text is written from, sentence by sentence.

use axum::{extract::State, http::Uri, response::IntoResponse as _};

use super::title_of;
use crate::{
    language,
    runtime::drafts::{Beside, Save, Saved},
    web::{
        address::Path,
        catalogue::text::studio as text,
        front::Front,
        halt::Answer,
        handlers::go_to,
        paths,
        posted::Posted,
        session::SignedIn,
        views::studio::prose::{ProseLine, ProseView, page as prose_page},
    },
};

/// How many of the nearest sentences are shown.
const NEAREST_SHOWN: usize = 3;

/// `GET /studio/{draft}/prose`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri, Path(id): Path<String>) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let beside = Beside::of(&draft);
    let lines = language::nearest_shapes(&beside.prose).into_iter().map(|sentence| {
        let nearest = sentence.nearest.iter().filter_map(|near| quoted(&near.title)).take(NEAREST_SHOWN);
        ProseLine {
            understood: sentence.taken_for.is_some(),
            used: draft.text.contains(sentence.text.as_str()),
            nearest: nearest.collect(),
            words: sentence.text,
        }
    });
    let view = ProseView {
        sentences: lines.collect(),
        title: title_of(&draft),
        revision: draft.revision,
        model: front.runtime().describer().is_ready(),
        written: beside.writing.is_some(),
        text: draft.text,
        id: draft.id,
    };
    let shell = front.shell(&me, uri.path()).await?;
    Ok(prose_page(&shell, &view).into_response())
}

/// `POST /studio/{draft}/prose`: puts a sentence at the end of the text.
pub(in crate::web) async fn take(
    State(front): State<Front>,
    me: SignedIn,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let sentence = posted.get("sentence").split_whitespace().collect::<Vec<_>>().join(" ");
    if !sentence.is_empty() {
        let save = Save { base: draft.revision, text: with(&draft.text, &sentence), aside: None };
        if let Saved::Aside { .. } = front.runtime().save_draft(&me.acting(), &id, save).await? {
            front.say(&me, text::INTERVIEW_ASIDE);
        }
    }
    Ok(go_to(&paths::draft_part(&id, "prose")))
}

/// The text with a sentence at its end: as a step when the last line is one or a stage begins there.
fn with(text: &str, sentence: &str) -> String {
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let step = last.trim_start().starts_with("- ") || (last.starts_with("Stage ") && last.trim_end().ends_with(':'));
    let bullet = if step && !sentence.starts_with("Stage ") { "- " } else { "" };
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{gap}{bullet}{sentence}\n")
}

/// The sentence inside a suggestion's title.
fn quoted(title: &str) -> Option<String> {
    let (_, rest) = title.split_once('`')?;
    Some(rest.rsplit_once('`')?.0.to_owned())
}
