//! Whether the people of an organisation can carry out a process.

use countersign_core::{definition::Definition, people::Directory};

use super::{Compiled, check::roles, diagnostics::Diagnostic, names::same};

/// Warnings about roles that nobody holds (`W206`), or that one person holds without a substitute (`W207`).
///
/// They name no place of the text; see [`check_people_in`] for that.
#[must_use]
pub fn check_people(definition: &Definition, directory: &Directory) -> Vec<Diagnostic> {
    people(definition, directory, &|_| (0, 0))
}

/// The same warnings as [`check_people`], each over the first sentence that names the role.
#[must_use]
pub fn check_people_in(compiled: &Compiled, directory: &Directory) -> Vec<Diagnostic> {
    let Some(definition) = &compiled.definition else { return Vec::new() };
    people(definition, directory, &|role| {
        let role = role.to_lowercase();
        let named = compiled.sentences.iter().find(|sentence| sentence.text.to_lowercase().contains(&role));
        named.map_or((0, 0), |sentence| (sentence.start, sentence.end))
    })
}

fn people(definition: &Definition, directory: &Directory, place: &dyn Fn(&str) -> (usize, usize)) -> Vec<Diagnostic> {
    let mut all = roles(definition);
    if !all.iter().any(|role| same(role, &definition.starter)) {
        all.push(definition.starter.clone());
    }
    let mut found = Vec::new();
    for role in all {
        let holders: Vec<_> = directory.holders(&role).collect();
        let warning = |code, message, why: &str| Diagnostic::warning(code, place(&role), message, why);
        match holders.as_slice() {
            [] if same(&role, &definition.starter) => {
                let message = format!("nobody holds the role `{role}`, so nobody can open a case");
                found.push(
                    warning("W206", message, "whoever starts a case holds this role")
                        .advise("give the role to somebody, or name another one"),
                );
            }
            [] => {
                let message = format!("nobody holds the role `{role}`");
                found.push(
                    warning("W206", message, "what is meant for this role would wait for whoever is accountable")
                        .advise("give the role to somebody, or name another one"),
                );
            }
            [only] if !same(&role, &definition.starter) => {
                let person = directory.people.get(*only);
                if person.is_some_and(|person| person.absences.is_empty()) {
                    let name = directory.name(only);
                    let message = format!("{name} alone holds the role `{role}`, and no substitute is known");
                    found.push(
                        warning("W207", message, "while they are away every case that needs the role stands still")
                            .advise("give the role to a second person, or enter a substitute"),
                    );
                }
            }
            _ => {}
        }
    }
    found
}
