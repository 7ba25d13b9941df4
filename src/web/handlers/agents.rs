//! How agents and models do, and the switch that sends everything to people; for administrators.

use axum::{extract::State, http::Uri, response::IntoResponse as _};
use countersign_core::Verb;

use super::go_to;
use crate::web::{
    catalogue::text::agents as text, format::Numbers, front::Front, halt::Answer, paths, posted::Posted,
    session::SignedIn, views::agents::page as agents_page,
};

/// `GET /agents`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri) -> Answer {
    front.runtime().allows(&me.acting(), &Verb::ManageAgents)?;
    let overview = front.runtime().agents_overview().await?;
    let shell = front.shell(&me, uri.path()).await?;
    Ok(agents_page(&shell, &overview, &front.reader(Numbers::default())).into_response())
}

/// `POST /agents/switch`: `agents` is `off` or `on`.
pub(in crate::web) async fn switch(State(front): State<Front>, me: SignedIn, posted: Posted) -> Answer {
    front.runtime().allows(&me.acting(), &Verb::ManageAgents)?;
    let off = posted.get("agents") == "off";
    front.runtime().switch_agents(&me.acting(), off).await?;
    front.say(&me, if off { text::SAID_OFF } else { text::SAID_ON });
    Ok(go_to(paths::AGENTS))
}
