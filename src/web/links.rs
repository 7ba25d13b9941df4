//! Links that let somebody in. The secret is in the address alone; the store keeps its digest.

use countersign_core::time::DAY_MS;

use super::{halt::Halt, paths, security, state::AppState};
use crate::{
    id,
    store::{Link, LinkPurpose},
};

/// How long a sign-in link works, in days.
const SIGN_IN_DAYS: i64 = 7;
/// How long a link for somebody outside works, in days; until then as often as it is needed.
const PARTY_DAYS: i64 = 30;

/// A link that signs this person in, once.
pub(super) async fn sign_in(app: &AppState, person: &str) -> Result<String, Halt> {
    let (link, secret) = new(app, LinkPurpose::SignIn, SIGN_IN_DAYS)?;
    app.runtime.store().create_link(Link { person: Some(person.to_owned()), ..link }).await?;
    Ok(format!("{}{}", app.site.base_url, paths::sign_in_link(&secret)))
}

/// A link for somebody outside to one case. Who made it is on record.
pub(super) async fn for_party(app: &AppState, case_id: &str, party: &str, by: &str) -> Result<String, Halt> {
    let (link, secret) = new(app, LinkPurpose::Party, PARTY_DAYS)?;
    let store = app.runtime.store();
    let scoped = Link { case_id: Some(case_id.to_owned()), party: Some(party.to_owned()), ..link };
    store.create_link(scoped).await?;
    let detail = format!("a link into {case_id} for the {party}");
    store.record(by, "link", &detail, app.runtime.clock().now()).await?;
    Ok(format!("{}{}", app.site.base_url, paths::outside(&secret)))
}

fn new(app: &AppState, purpose: LinkPurpose, days: i64) -> Result<(Link, String), id::NoRandomness> {
    let (secret, now) = (id::new_secret()?, app.runtime.clock().now());
    let link = Link {
        token_hash: security::digest(&secret),
        purpose,
        person: None,
        case_id: None,
        party: None,
        task: None,
        created_at: now,
        expires_at: now.plus_ms(days * DAY_MS),
        used_at: None,
    };
    Ok((link, secret))
}
