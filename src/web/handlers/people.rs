//! The people of the organisation, for administrators.

use std::collections::BTreeSet;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::IntoResponse as _,
};
use countersign_core::{
    Verb,
    definition::{Definition, Who},
    people::{ADMINISTRATOR, Person},
};

use super::go_to;
use crate::{
    store::PersonRow as Stored,
    web::{
        address::Path,
        catalogue::text::said,
        front::{Front, Note},
        halt::{Answer, Halt},
        links, naming, paths,
        posted::Posted,
        session::SignedIn,
        views::people::{PeopleView, PersonRow, page as people_page},
    },
};

/// `GET /people`.
pub(in crate::web) async fn page(State(front): State<Front>, me: SignedIn, uri: Uri) -> Answer {
    may_manage(&front, &me)?;
    let note = front.note(&me);
    let view = PeopleView { link: note.secret, ..view(&front).await? };
    let shell = front.shell_with(&me, uri.path(), note.message).await?;
    Ok(people_page(&shell, &view).into_response())
}

/// `POST /people`: adds somebody and makes their sign-in link, which is shown once.
pub(in crate::web) async fn add(State(front): State<Front>, me: SignedIn, uri: Uri, posted: Posted) -> Answer {
    may_manage(&front, &me)?;
    let (name, email) = (posted.get("name"), posted.get("email"));
    if let Some(problem) = naming::problem(name, email) {
        return again(&front, &me, &uri, problem).await;
    }
    let id = naming::new_id(&front.runtime().world().directory, name);
    let person = Person {
        name: name.to_owned(),
        email: email.to_owned(),
        roles: roles(posted.get("roles")),
        manager: manager(&front, &id, &posted)?,
        ..Person::default()
    };
    front.runtime().put_person(&me.person, &id, &person, false).await?;
    let made = links::sign_in(&front.app, &id).await?;
    front.leave(&me, Note { message: Some(said::added(name).into()), secret: Some((name.to_owned(), made)) });
    Ok(go_to(paths::PEOPLE))
}

/// `POST /people/{id}/roles`: roles and manager.
pub(in crate::web) async fn change(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    may_manage(&front, &me)?;
    let row = stored(&front, &id).await?;
    let person =
        Person { roles: roles(posted.get("roles")), manager: manager(&front, &id, &posted)?, ..row.person.clone() };
    if leaves_nobody(&front, &id, &person) {
        return again(&front, &me, &uri, said::LAST_ADMINISTRATOR).await;
    }
    front.runtime().put_person(&me.person, &id, &person, row.sample).await?;
    front.say(&me, said::saved(&person.name));
    Ok(go_to(paths::PEOPLE))
}

/// `POST /people/{id}/links`: a new sign-in link, shown once.
pub(in crate::web) async fn link(State(front): State<Front>, me: SignedIn, Path(id): Path<String>) -> Answer {
    may_manage(&front, &me)?;
    let row = stored(&front, &id).await?;
    let made = links::sign_in(&front.app, &id).await?;
    let detail = format!("a sign-in link for {id}");
    front.store().record(&me.person, "link", &detail, front.now()).await?;
    front.leave(&me, Note { message: None, secret: Some((row.person.name, made)) });
    Ok(go_to(paths::PEOPLE))
}

/// `POST /people/{id}/access`: takes access away or gives it back.
pub(in crate::web) async fn access(
    State(front): State<Front>,
    me: SignedIn,
    uri: Uri,
    Path(id): Path<String>,
    posted: Posted,
) -> Answer {
    may_manage(&front, &me)?;
    let row = stored(&front, &id).await?;
    let person = Person { disabled: posted.get("access") == "off", ..row.person.clone() };
    if leaves_nobody(&front, &id, &person) {
        return again(&front, &me, &uri, said::LAST_ADMINISTRATOR).await;
    }
    front.runtime().put_person(&me.person, &id, &person, row.sample).await?;
    front.say(&me, said::saved(&person.name));
    Ok(go_to(paths::PEOPLE))
}

async fn again(front: &Front, me: &SignedIn, uri: &Uri, problem: &str) -> Answer {
    let view = PeopleView { problem: Some(problem.to_owned()), ..view(front).await? };
    let shell = front.shell(me, uri.path()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, people_page(&shell, &view)).into_response())
}

fn may_manage(front: &Front, me: &SignedIn) -> Result<(), Halt> {
    Ok(front.runtime().allows(&me.acting(), &Verb::ManagePeople)?)
}

async fn stored(front: &Front, id: &str) -> Result<Stored, Halt> {
    front.store().person(id).await?.ok_or_else(Halt::not_found)
}

/// Roles as they were typed, with commas between them.
fn roles(typed: &str) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    for role in typed.split(',').map(|role| role.split_whitespace().collect::<Vec<_>>().join(" ")) {
        let role = role.strip_prefix("the ").unwrap_or(&role).to_lowercase();
        if !role.is_empty() && !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles
}

fn manager(front: &Front, id: &str, posted: &Posted) -> Result<Option<String>, Halt> {
    let manager = posted.get("manager");
    if manager.is_empty() {
        return Ok(None);
    }
    let known = manager != id && front.runtime().world().directory.people.contains_key(manager);
    if known { Ok(Some(manager.to_owned())) } else { Err(Halt::not_found()) }
}

/// Whether nobody could manage people any more if this became what is known of this person.
fn leaves_nobody(front: &Front, id: &str, person: &Person) -> bool {
    let world = front.runtime().world();
    let stays = !person.disabled && person.roles.iter().any(|role| role.eq_ignore_ascii_case(ADMINISTRATOR));
    let others = world.directory.holders(ADMINISTRATOR).any(|other| other != id);
    !stays && !others
}

async fn view(front: &Front) -> Result<PeopleView, Halt> {
    let people: Vec<PersonRow> = front
        .store()
        .people()
        .await?
        .into_iter()
        .map(|row| PersonRow {
            id: row.id,
            name: row.person.name,
            email: row.person.email,
            roles: row.person.roles,
            manager: row.person.manager,
            disabled: row.person.disabled,
        })
        .collect();
    let held: BTreeSet<String> = people
        .iter()
        .filter(|one| !one.disabled)
        .flat_map(|one| one.roles.iter().map(|role| role.to_lowercase()))
        .collect();
    let mut unheld = BTreeSet::new();
    for row in front.store().list_processes().await? {
        let definition = front.runtime().definition(&row.current_version).await?;
        unheld.extend(named_roles(&definition).into_iter().filter(|role| !held.contains(&role.to_lowercase())));
    }
    Ok(PeopleView { people, roles: held.len(), unheld: unheld.into_iter().collect(), link: None, problem: None })
}

fn role_of(who: &Who) -> Option<String> {
    match who {
        Who::Role { role } => Some(role.clone()),
        Who::Requester
        | Who::ManagerOfRequester
        | Who::Approver
        | Who::Party { .. }
        | Who::OwnerOf { .. }
        | Who::ManagerOf { .. } => None,
    }
}

/// Every role that a process cannot do without.
fn named_roles(definition: &Definition) -> Vec<String> {
    let mut roles = vec![definition.starter.clone(), definition.accountable.clone()];
    definition.walk(&mut |_, step| {
        roles.extend(step.people().into_iter().filter_map(role_of));
    });
    roles.extend(definition.owners.iter().flat_map(|list| list.owners.values()).filter_map(role_of));
    roles.extend(definition.readers.iter().flatten().filter_map(role_of));
    roles
}
