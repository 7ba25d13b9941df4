//! "Write it for me": a model writes a text from the prose beside a draft. Nothing of the draft is lost by it.

use axum::extract::{Path, State};

use crate::{
    describe::DescribeError,
    runtime::drafts::{Beside, Save, Saved},
    web::{
        catalogue::text::studio as text, format::capital, front::Front, halt::Answer, handlers::go_to, paths,
        session::SignedIn,
    },
};

/// The revision with which a draft begins; what was written since is put together with what the model writes.
const FIRST: u64 = 1;

/// `POST /studio/{draft}/writing`. When the model gives nothing, the draft stays as it is.
pub(in crate::web) async fn write(State(front): State<Front>, me: SignedIn, Path(id): Path<String>) -> Answer {
    let draft = front.runtime().draft(&me.acting(), &id).await?;
    let described = match front.runtime().describer().describe(&Beside::of(&draft).prose).await {
        Ok(described) if !described.text.is_empty() => described,
        Ok(_) => return Ok(stays(&front, &me, &id, text::WRITTEN_NOTHING)),
        Err(DescribeError::NoModel) => return Ok(stays(&front, &me, &id, text::NO_MODEL)),
        Err(error) => return Ok(stays(&front, &me, &id, &format!("{}.", capital(&error.to_string())))),
    };
    let save = Save { base: FIRST, text: described.text, aside: None };
    let told = match front.runtime().save_draft(&me.acting(), &id, save).await? {
        Saved::Shown { .. } => text::written(described.sentences.len(), described.questions.len()),
        Saved::Aside { .. } => text::WRITTEN_ASIDE.to_owned(),
    };
    front.say(&me, told);
    Ok(go_to(&paths::draft(&id)))
}

fn stays(front: &Front, me: &SignedIn, id: &str, why: &str) -> axum::response::Response {
    front.say(me, why);
    go_to(&paths::draft_part(id, "prose"))
}
