//! The people of the organisation, for administrators.

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::web::{catalogue::text::people as text, paths};

/// The page of people.
#[derive(Clone, Debug, Default)]
pub struct PeopleView {
    /// The people, by name.
    pub people: Vec<PersonRow>,
    /// How many roles they hold between them.
    pub roles: usize,
    /// Roles that a published process names and nobody holds.
    pub unheld: Vec<String>,
    /// A sign-in link that was just made: for whom, and the link. Shown once.
    pub link: Option<(String, String)>,
    /// What is wrong with what was just sent.
    pub problem: Option<String>,
}

/// One person.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Roles.
    pub roles: Vec<String>,
    /// The manager's identifier.
    pub manager: Option<String>,
    /// Whether they may no longer act.
    pub disabled: bool,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &PeopleView) -> Markup {
    let content = html! {
        h1.lead { (text::opening(view.people.len(), view.roles)) }
        @if let Some((person, link)) = &view.link {
            section.notice role="status" {
                h2 { (text::LINK_FOR) " " (person) }
                p { code.copy { (link) } }
                p { (text::LINK_ONCE) }
            }
        }
        @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
        @if !view.unheld.is_empty() { p.doubt { (text::UNHELD) " " (view.unheld.join(", ")) "." } }
        table.list.people {
            thead {
                tr {
                    @for title in [text::NAME, text::EMAIL, text::ROLES, text::MANAGER] { th scope="col" { (title) } }
                    td {}
                }
            }
            tbody { @for person in &view.people { (row(shell, view, person)) } }
        }
        details {
            summary { (text::ADD) }
            form.stack.narrow method="post" action=(paths::PEOPLE) {
                (csrf(&shell.csrf))
                label for="name" { (text::NAME) }
                input #name name="name" required;
                label for="email" { (text::EMAIL) }
                input #email type="email" name="email" required;
                (rights(view, "new", &[], None))
                div.act { button { (text::ADD_BUTTON) } }
            }
        }
    };
    layout(shell, Section::People, text::TITLE, &content)
}

fn row(shell: &Shell, view: &PeopleView, person: &PersonRow) -> Markup {
    let manager = person.manager.as_deref().and_then(|id| view.people.iter().find(|other| other.id == id));
    let (access, access_label) = if person.disabled { ("on", text::LET_IN) } else { ("off", text::SHUT_OUT) };
    html! {
        tr {
            th scope="row" { (person.name) @if person.disabled { " " span.tag { (text::SHUT) } } }
            td { (person.email) }
            td { (person.roles.join(", ")) }
            td data-label=(text::MANAGER) { (manager.map_or("", |manager| manager.name.as_str())) }
            td {
                details {
                    summary aria-label={ (text::CHANGE) " " (person.name) } { (text::CHANGE) }
                    form.stack method="post" action=(paths::person_part(&person.id, "roles")) {
                        (csrf(&shell.csrf))
                        (rights(view, &person.id, &person.roles, person.manager.as_deref()))
                        div.act { button.small { (text::SAVE) } }
                    }
                    form.inline method="post" action=(paths::person_part(&person.id, "links")) {
                        (csrf(&shell.csrf)) button.plain { (text::NEW_LINK) }
                    }
                    " "
                    form.inline method="post" action=(paths::person_part(&person.id, "access")) {
                        (csrf(&shell.csrf))
                        input type="hidden" name="access" value=(access);
                        button.plain { (access_label) }
                    }
                }
            }
        }
    }
}

fn rights(view: &PeopleView, id: &str, roles: &[String], manager: Option<&str>) -> Markup {
    html! {
        label for={ "roles-" (id) } { (text::ROLES) }
        p.hint #{ "roles-hint-" (id) } { (text::ROLES_HINT) }
        input id={ "roles-" (id) } name="roles" value=(roles.join(", ")) aria-describedby={ "roles-hint-" (id) };
        label for={ "manager-" (id) } { (text::MANAGER) }
        select id={ "manager-" (id) } name="manager" {
            option value="" { (text::NO_MANAGER) }
            @for other in view.people.iter().filter(|other| other.id != id) {
                option value=(other.id) selected[manager == Some(other.id.as_str())] { (other.name) }
            }
        }
    }
}
