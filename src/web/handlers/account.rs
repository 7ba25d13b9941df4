//! The reader's own account: password, absence, tokens for the API and the command line.

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{
    people::{Absence, Person, PersonId},
    time::Timestamp,
    who,
};

use super::{go_to, sign_in};
use crate::{
    id,
    store::{InboxScope, Token},
    web::{
        address::Path,
        catalogue::text::said,
        format::capital,
        front::{Front, Note},
        halt::{Answer, Halt},
        paths,
        posted::Posted,
        security,
        session::{self, SignedIn},
        views::account::{AbsenceView, AccountView, TokenView, page as account_page},
    },
};

/// How many tokens that work one person may have.
const TOKENS_MAX: usize = 20;
/// The longest name of a token, in characters.
const TOKEN_NAME_CHARACTERS_MAX: usize = 60;
/// How many open tasks of somebody who goes away are looked at.
const LOOKED_AT_MAX: u32 = 100;
/// The longest absence, in days.
const ABSENCE_DAYS_MAX: i64 = 366;

/// `GET /account`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri) -> Answer {
    let note = front.note(&me);
    let view = AccountView { secret: note.secret, ..view(&front, &me).await? };
    let shell = front.shell_with(&me, uri.path(), note.message).await?;
    Ok(account_page(&shell, &view).into_response())
}

async fn view(front: &Front, me: &SignedIn) -> Result<AccountView, Halt> {
    let (reader, now, world) = (front.reader(me.numbers), front.now(), front.runtime().world());
    let person = world.directory.active(&me.person).ok_or_else(Halt::not_found)?;
    let tokens = front.store().tokens_of(&me.person).await?.into_iter().filter(|token| token.revoked_at.is_none());
    let others = world.directory.people.iter().filter(|(id, other)| **id != me.person && !other.disabled);
    let absence = person.absences.iter().find(|absence| absence.until > now);
    Ok(AccountView {
        has_password: front.store().credential(&me.person).await?.is_some(),
        roles: person.roles.clone(),
        tokens: tokens
            .map(|token| TokenView {
                id: token.token_hash,
                name: token.name,
                made: reader.day(token.created_at),
                used: token.last_used_at.map(|at| reader.at(at)),
            })
            .collect(),
        absence: match absence {
            Some(absence) => Some(AbsenceView {
                from: reader.day(absence.from),
                until: reader.day(absence.until.plus_ms(-1)),
                substitute: world.directory.name(&absence.substitute).to_owned(),
                stays: out_of_reach(front, &me.person, &absence.substitute).await?,
            }),
            None => None,
        },
        substitutes: others.map(|(id, other)| (id.clone(), other.name.clone())).collect(),
        secret: None,
        problem: None,
    })
}

/// What nobody but this person may decide and their substitute must not, the next one due first.
async fn out_of_reach(front: &Front, person: &str, substitute: &PersonId) -> Result<Vec<(String, String)>, Halt> {
    let mut stays = Vec::new();
    for row in front.store().inbox(person, InboxScope::All, LOOKED_AT_MAX, 0).await? {
        let loaded = front.runtime().load(&row.case_id).await?;
        let Some(task) = loaded.case.task(row.number) else { continue };
        let context = loaded.context();
        let is_mine = |one: &who::Eligible| one.person == person || one.standing_for.as_deref() == Some(person);
        let alone = who::eligible(&context, &loaded.case, task, front.now()).iter().all(is_mine);
        if alone && who::barred(&context, &loaded.case, task).contains(substitute) {
            stays.push((row.label, format!("{}: {}", row.title, row.subject)));
        }
    }
    Ok(stays)
}

async fn again(front: &Front, me: &SignedIn, uri: &Uri, problem: &str) -> Answer {
    let view = AccountView { problem: Some(problem.to_owned()), ..view(front, me).await? };
    let shell = front.shell(me, uri.path()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, account_page(&shell, &view)).into_response())
}

/// `POST /account/password`: whoever has one must know it to set another.
pub(in crate::web) async fn password(State(front): State<Front>, me: SignedIn, uri: Uri, posted: Posted) -> Answer {
    if let Some(hash) = front.store().credential(&me.person).await? {
        if !front.shared.attempts.allow(&me.person, front.now()) {
            return again(&front, &me, &uri, crate::web::catalogue::text::sign_in::SLOW_DOWN).await;
        }
        if !sign_in::agrees(&front, posted.get("current"), Some(hash)).await? {
            return again(&front, &me, &uri, said::PASSWORD_WRONG).await;
        }
    }
    match sign_in::hashed(&front, posted.get("password")).await? {
        Err(error) => again(&front, &me, &uri, &format!("{}.", capital(&error.to_string()))).await,
        Ok(hash) => {
            // Every session of the person ends with the old password; this browser gets a new one.
            front.store().set_credential(&me.person, &hash, front.now()).await?;
            session::start(&front, &me.person, go_to(paths::ACCOUNT)).await
        }
    }
}

/// `POST /account/absence`: who may decide meanwhile; without days the absence ends.
pub(in crate::web) async fn absence(State(front): State<Front>, me: SignedIn, uri: Uri, posted: Posted) -> Answer {
    let row = front.store().person(&me.person).await?.ok_or_else(Halt::not_found)?;
    let absences = match posted.get("from").is_empty() && posted.get("until").is_empty() {
        // Whoever names a substitute and forgets the days is not told that an absence has ended.
        true if row.person.absences.is_empty() => return again(&front, &me, &uri, said::ABSENCE_WRONG).await,
        true => Vec::new(),
        false => match absence_of(&front, &me, &posted) {
            Some(absence) => vec![absence],
            None => return again(&front, &me, &uri, said::ABSENCE_WRONG).await,
        },
    };
    let ended = absences.is_empty();
    let person = Person { absences, ..row.person };
    front.runtime().put_person(&me.person, &me.person, &person, row.sample).await?;
    front.say(&me, if ended { said::ABSENCE_ENDED } else { said::ABSENCE_SAVED });
    Ok(go_to(paths::ACCOUNT))
}

fn absence_of(front: &Front, me: &SignedIn, posted: &Posted) -> Option<Absence> {
    let world = front.runtime().world();
    let substitute = posted.get("substitute").to_owned();
    world.directory.active(&substitute).filter(|_| substitute != me.person)?;
    let day = |name: &str| posted.get(name).parse::<jiff::civil::Date>().ok();
    let zone = jiff::tz::TimeZone::get(&world.calendar.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let begins = |day: jiff::civil::Date| {
        let start = day.to_zoned(zone.clone()).ok()?;
        Some(Timestamp(start.timestamp().as_millisecond()))
    };
    let (from, until) = (begins(day("from")?)?, begins(day("until")?.tomorrow().ok()?)?);
    let fits =
        from < until && until > front.now() && until.0 - from.0 <= ABSENCE_DAYS_MAX * countersign_core::time::DAY_MS;
    fits.then_some(Absence { from, until, substitute })
}

/// `POST /account/tokens`: a token for the API, shown once.
pub(in crate::web) async fn add_token(State(front): State<Front>, me: SignedIn, uri: Uri, posted: Posted) -> Answer {
    let name: String = posted.get("name").chars().filter(|c| !c.is_control()).take(TOKEN_NAME_CHARACTERS_MAX).collect();
    if name.is_empty() {
        return again(&front, &me, &uri, said::TOKEN_NAME).await;
    }
    let tokens = front.store().tokens_of(&me.person).await?;
    if tokens.iter().filter(|token| token.revoked_at.is_none()).count() >= TOKENS_MAX {
        return again(&front, &me, &uri, said::TOKENS_FULL).await;
    }
    let secret = id::new_secret()?;
    let token = Token {
        token_hash: security::digest(&secret),
        person: me.person.clone(),
        name: name.clone(),
        created_at: front.now(),
        last_used_at: None,
        revoked_at: None,
    };
    front.store().create_token(token).await?;
    front.store().record(&me.person, "token", &format!("a token named {name}"), front.now()).await?;
    front.leave(&me, Note { message: None, secret: Some((name, secret)) });
    Ok(go_to(paths::ACCOUNT))
}

/// `POST /account/tokens/{token}/revocation`.
pub(in crate::web) async fn revoke_token(
    State(front): State<Front>,
    me: SignedIn,
    Path(token): Path<String>,
) -> Answer {
    if !front.store().revoke_token(&me.person, &token, front.now()).await? {
        return Err(Halt::not_found());
    }
    front.say(&me, said::TOKEN_REVOKED);
    Ok(go_to(paths::ACCOUNT))
}
