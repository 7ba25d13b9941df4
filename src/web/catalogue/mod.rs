//! Every word that people read, in one place. Pages, mail and terminal say the same thing the same way.
//!
//! Fixed texts stand in `text`; sentences about a case are built by [`Words`] from the definition, the directory and
//! the case itself. Nothing here reads a clock or a store.

mod follows;
mod proposal;
pub mod publication;
mod status;
pub mod steps;
mod task;
pub(crate) mod text;
mod timeline;

pub use follows::Follow;
pub use task::Button;
pub use timeline::Entry;

use std::collections::BTreeSet;

use countersign_core::{
    case::{Case, Task},
    definition::{Definition, Who},
    people::Directory,
    time::Calendar,
    value::{FieldName, Value},
    who::owner_of,
};

use super::format::{Reader, list};

/// What sentences about a case are built from.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The definition that the case runs.
    pub definition: &'a Definition,
    /// The people.
    pub directory: &'a Directory,
    /// When the organisation works, for the time at which a right to decide moves on.
    pub calendar: &'a Calendar,
    /// For whom it is written.
    pub reader: &'a Reader,
    /// The fields that this reader may not see; their values are never said.
    pub hidden: &'a BTreeSet<FieldName>,
}

impl Words<'_> {
    /// A person's name; the program and outside parties have names too.
    #[must_use]
    pub fn person(&self, id: &str) -> String {
        match id.strip_prefix("party:") {
            Some(party) => text::the(party),
            None if id == "countersign" => text::PROGRAM.to_owned(),
            None => self.directory.name(id).to_owned(),
        }
    }

    /// A person's name, with the substitute while they are away.
    fn present(&self, id: &str) -> String {
        let name = self.person(id);
        match self.directory.substitute_of(id, self.reader.now()) {
            Some(substitute) => text::stood_in_for(&name, self.directory.name(substitute)),
            None => name,
        }
    }

    /// Who is meant, as a sentence names them: `the finance lead`, `Carla Ruiz`.
    #[must_use]
    pub fn who(&self, who: &Who, case: &Case) -> String {
        match who {
            Who::Requester => self.present(&case.requester),
            Who::ManagerOfRequester => match self.directory.manager_of(&case.requester) {
                Some(manager) => self.present(manager),
                None => text::manager_of(&self.person(&case.requester)),
            },
            Who::Approver => self.approver(case),
            Who::Role { role } => text::the(role),
            Who::Party { party } => text::the(party),
            Who::OwnerOf { field } => match owner_of(self.definition, case, field) {
                Some(owner) => self.who(owner, case),
                None => text::owner_of(&text::the(&self.field(field))),
            },
            Who::ManagerOf { field } => match case.value(field).filter(|_| !self.hidden.contains(field)) {
                Some(Value::Person { person }) => match self.directory.manager_of(person) {
                    Some(manager) => self.present(manager),
                    None => text::manager_of(&self.person(person)),
                },
                Some(_) | None => text::manager_of(&text::the(&self.field(field))),
            },
        }
    }

    /// Who is meant when there is no case yet: `the manager of the employee`.
    #[must_use]
    pub fn who_in_general(&self, who: &Who) -> String {
        match who {
            Who::Requester => text::the(&self.definition.starter),
            Who::ManagerOfRequester => text::manager_of(&text::the(&self.definition.starter)),
            Who::Approver => text::the("approver"),
            Who::Role { role } => text::the(role),
            Who::Party { party } => text::the(party),
            Who::OwnerOf { field } => text::owner_of(&text::the(&self.field(field))),
            Who::ManagerOf { field } => text::manager_of(&text::the(&self.field(field))),
        }
    }

    /// For whom a task waits: the person who took it, else those who may decide.
    #[must_use]
    pub fn waits_for(&self, case: &Case, task: &Task) -> String {
        match &task.assignee {
            Some(person) => self.present(person),
            None => self.who(&task.who, case),
        }
    }

    /// A field as the text calls it.
    #[must_use]
    pub fn field(&self, name: &str) -> String {
        self.definition.field(name).map_or_else(|| name.replace(['_', '.'], " "), |field| field.label.clone())
    }

    /// Several fields, each with its article: `the amount and the receipt`.
    #[must_use]
    pub fn fields<'f>(&self, names: impl IntoIterator<Item = &'f String>) -> String {
        let named: Vec<String> = names.into_iter().map(|name| text::the(&self.field(name))).collect();
        list(&named)
    }

    /// The value of a field, unless it has none or this reader may not see it.
    #[must_use]
    pub fn seen<'c>(&self, case: &'c Case, field: &str) -> Option<&'c Value> {
        case.value(field).filter(|_| !self.hidden.contains(field))
    }

    /// A value of this case for the reader; a document reads by its file name.
    #[must_use]
    pub fn value(&self, case: &Case, value: &Value) -> String {
        match value {
            Value::Document { document } => {
                case.documents.get(document).map_or_else(|| document.clone(), |found| found.name.clone())
            }
            Value::Person { person } => self.person(person),
            Value::List { items } => items.iter().map(|item| self.value(case, item)).collect::<Vec<_>>().join(", "),
            Value::Text { .. }
            | Value::Money(_)
            | Value::Date(_)
            | Value::Number { .. }
            | Value::YesNo { .. }
            | Value::Choice { .. }
            | Value::Erased => self.reader.value(value),
        }
    }

    fn approver(&self, case: &Case) -> String {
        match case.sign_offs.iter().rev().find(|sign_off| sign_off.voided.is_none()) {
            Some(sign_off) => self.person(&sign_off.by),
            None => text::the("approver"),
        }
    }
}
