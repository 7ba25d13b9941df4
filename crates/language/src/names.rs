//! What a text declares, and the look-up of every other name in it.

use std::collections::BTreeMap;

use countersign_core::definition::{Field, FieldKind, Signer, Who};

use super::{
    diagnostics::{Diagnostic, either},
    meaning::{FieldRef, Meaning, Name, SignerRef, WhoRef, field_name},
    words,
};

/// How many names are compared for a suggestion.
const MAX_COMPARED: usize = 200;

/// One sentence with its meaning.
pub(crate) struct Said {
    pub index: usize,
    pub start: usize,
    pub end: usize,
    pub meaning: Meaning,
}

/// Everything that the text declares.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub starter: Option<String>,
    /// The starter and the accountable role, each with the sentence that says so.
    pub starter_said: Option<(String, String)>,
    pub accountable_said: Option<(String, String)>,
    pub accountable: Option<String>,
    pub roles: Vec<String>,
    pub parties: Vec<String>,
    pub forms: Vec<String>,
    pub start_form: Option<String>,
    pub fields: Vec<Field>,
    pub stages: Vec<String>,
    /// The fields whose words have owners.
    pub owned: Vec<String>,
    /// The guidelines that are attached.
    pub guidelines: Vec<String>,
    /// The templates that are attached, each with its text.
    pub templates: BTreeMap<String, String>,
    /// The byte behind which a declaration may be put.
    pub anchor: usize,
    /// For each form the byte in front of the full stop of its last sentence.
    pub form_ends: Vec<(String, usize)>,
}

/// Whether two names are the same to a reader.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let ascii = a.is_ascii() && b.is_ascii();
    a.eq_ignore_ascii_case(b) || !ascii && a.to_lowercase() == b.to_lowercase()
}

impl Names {
    /// A field that is not read from a document.
    pub(crate) fn plain_field(&self, label: &str) -> Option<&Field> {
        let name = field_name(label);
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field that the text means.
    pub(crate) fn field(&self, field: &FieldRef) -> Result<&Field, Diagnostic> {
        let name = match &field.document {
            Some(document) => format!("{}.{}", field_name(&document.text), field_name(&field.name.text)),
            None => field_name(&field.name.text),
        };
        self.fields.iter().find(|known| known.name == name).ok_or_else(|| self.unknown_field(field))
    }

    fn unknown_field(&self, field: &FieldRef) -> Diagnostic {
        let words = match &field.document {
            Some(document) => format!("{} on the {}", field.name.text, document.text),
            None => field.name.text.clone(),
        };
        let message = format!("no sentence introduces a field `{words}`");
        let why = "a process can only use what a form asks for, an agent reads or an agent classifies";
        let mut found = Diagnostic::error("E202", (field.start, field.end), message, why);
        let labels: Vec<&String> = self.fields.iter().map(|field| &field.label).collect();
        let close = nearest(&words, &labels).into_iter().chain(
            labels.iter().find(|label| label.starts_with(&format!("{} on the ", field.name.text))).map(|l| l.as_str()),
        );
        for label in close {
            found = found.fix(format!("Use `{label}`"), field.start, field.end, the(label));
        }
        if let (None, Some((form, end))) = (&field.document, self.form_ends.first()) {
            let ask = format!(", {} (text)", the(&field.name.text));
            found = found.fix(format!("Ask for it in the {form}"), *end, *end, ask);
        }
        found.advise("introduce the field, such as `The claim form asks for the amount (money).`")
    }

    /// The people that the text means.
    pub(crate) fn who(&self, who: &WhoRef) -> Result<Who, Diagnostic> {
        let requester =
            |name: &str| same(name, "requester") || self.starter.as_ref().is_some_and(|starter| same(starter, name));
        match who {
            WhoRef::Manager { of, .. } if requester(&of.text) => Ok(Who::ManagerOfRequester),
            WhoRef::Manager { of, .. } if self.plain_field(&of.text).is_some_and(|f| f.kind == FieldKind::Person) => {
                Ok(Who::ManagerOf { field: field_name(&of.text) })
            }
            WhoRef::Owner { whole, of } => {
                let field = self.field(of)?;
                if self.owned.contains(&field.name) {
                    return Ok(Who::OwnerOf { field: field.name.clone() });
                }
                let message = format!("no sentence says who owns the {}", field.label);
                let why = "the owner is found by a list that the text gives";
                Err(Diagnostic::error("E201", (whole.start, whole.end), message, why).advise(format!(
                    "write `The owner of the {} is the ... for ..., and the ... for ...`",
                    field.label
                )))
            }
            WhoRef::Manager { whole, of } => {
                let message = format!("nobody knows who the manager of `{}` is", of.text);
                let why = "only whoever starts the case is one person with one manager";
                let starter = self.starter.as_deref().unwrap_or("requester");
                let instead = format!("manager of the {}", written(starter));
                Err(Diagnostic::error("E201", (whole.start, whole.end), message, why).fix(
                    format!("Use `{instead}`"),
                    whole.start,
                    whole.end,
                    instead,
                ))
            }
            WhoRef::Unsaid(_) => Ok(Who::Role { role: self.accountable.clone().unwrap_or_default() }),
            WhoRef::Named(name) if requester(&name.text) => Ok(Who::Requester),
            WhoRef::Named(name) if same(&name.text, "approver") => Ok(Who::Approver),
            WhoRef::Named(name) => {
                let role = self.roles.iter().find(|role| same(role, &name.text));
                let party = self.parties.iter().find(|party| same(party, &name.text));
                match (role, party) {
                    (Some(role), _) => Ok(Who::Role { role: role.clone() }),
                    (None, Some(party)) => Ok(Who::Party { party: party.clone() }),
                    (None, None) => Err(self.unknown_who(name)),
                }
            }
        }
    }

    fn unknown_who(&self, name: &Name) -> Diagnostic {
        if same(&name.text, "agent") || same(&name.text, "agents") {
            let why = "agents read, classify and prepare; people decide and answer";
            let found = Diagnostic::error("E510", (name.start, name.end), "a person is needed here, not an agent", why);
            return match &self.accountable {
                Some(role) => found.fix(format!("Let the {role} do it"), name.start, name.end, written(role)),
                None => found.advise("write the name of a role"),
            };
        }
        let message = format!("no sentence introduces `{}`", name.text);
        let why = "every step needs somebody who is known; a role that nobody declared has no holders";
        let mut found = Diagnostic::error("E201", (name.start, name.end), message, why);
        let mut known: Vec<&String> = self.roles.iter().chain(&self.parties).chain(&self.starter).collect();
        known.dedup();
        if let Some(role) = nearest(&name.text, &known) {
            found = found.fix(format!("Use `{role}`"), name.start, name.end, written(role));
        }
        if super::words::RESERVED.iter().any(|word| same(word, &name.text)) {
            return found.advise("write the name of a role");
        }
        let sentence = format!("\nThe {} is a role.", written(&name.text));
        found.fix("Add it as a role", self.anchor, self.anchor, sentence)
    }

    /// Who signs.
    pub(crate) fn signer(&self, signer: &SignerRef) -> Result<Signer, Diagnostic> {
        let SignerRef::Somebody(who) = signer else { return Ok(Signer::Nobody) };
        match self.who(who)? {
            Who::Approver => Ok(Signer::Approver),
            Who::Role { role } => Ok(Signer::Role { role }),
            Who::Requester
            | Who::ManagerOfRequester
            | Who::Party { .. }
            | Who::OwnerOf { .. }
            | Who::ManagerOf { .. } => {
                let name = who.name();
                let message = format!("`{}` cannot sign this", name.text);
                let why = "a sign-off comes from an approval, by the approver or by a role";
                Err(Diagnostic::error("E512", (name.start, name.end), message, why).fix(
                    "Let the approver sign",
                    name.start,
                    name.end,
                    "approver",
                ))
            }
        }
    }

    /// The attached guideline of this name.
    pub(crate) fn guideline(&self, name: &Name) -> Result<String, Diagnostic> {
        if let Some(known) = self.guidelines.iter().find(|known| same(known, &name.text)) {
            return Ok(known.clone());
        }
        let message = format!("no guideline `{}` is attached", name.text);
        let why = "an agent can only go by a guideline that it can read";
        let known: Vec<&String> = self.guidelines.iter().collect();
        let mut found = Diagnostic::error("E211", (name.start, name.end), message, why);
        if let Some(close) = nearest(&name.text, &known) {
            found = found.fix(format!("Use `{close}`"), name.start, name.end, super::lexer::quoted(close));
        }
        Err(found.advise(format!("attach it as `guidelines/{}.md`", name.text)))
    }

    /// The stage that the text means.
    pub(crate) fn stage(&self, name: &Name) -> Result<String, Diagnostic> {
        if let Some(stage) = self.stages.iter().find(|stage| same(stage, &name.text)) {
            return Ok(stage.clone());
        }
        let message = format!("there is no stage `{}`; the stages are {}", name.text, either(&self.stages));
        let why = "a case can only go to a stage that the text has";
        let known: Vec<&String> = self.stages.iter().collect();
        let mut found = Diagnostic::error("E205", (name.start, name.end), message, why);
        let close = nearest(&name.text, &known).or_else(|| self.stages.first().map(String::as_str));
        if let Some(stage) = close {
            found = found.fix(format!("Use `{stage}`"), name.start, name.end, written(stage));
        }
        Err(found)
    }

    /// What is wrong with a form that no sentence describes.
    pub(crate) fn unknown_form(&self, name: &Name) -> Diagnostic {
        let message = format!("no sentence says what the `{}` asks for", name.text);
        let why = "a form without fields collects nothing";
        let known: Vec<&String> = self.forms.iter().collect();
        let mut found = Diagnostic::error("E206", (name.start, name.end), message, why);
        if let Some(form) = nearest(&name.text, &known) {
            found = found.fix(format!("Use `{form}`"), name.start, name.end, written(form));
        }
        let sentence = format!("\nThe {} asks for the details (text).", written(&name.text));
        found.fix("Add the form", self.anchor, self.anchor, sentence)
    }
}

/// The type's word.
pub(crate) fn kind_word(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Email => "e-mail",
        FieldKind::Iban => "IBAN",
        FieldKind::Money => "money",
        FieldKind::Date => "date",
        FieldKind::Number => "number",
        FieldKind::YesNo => "yes or no",
        FieldKind::Choice { .. } => "a list of words",
        FieldKind::Document => "document",
        FieldKind::Person => "person",
        FieldKind::List { .. } => "list",
    }
}

/// The known name that somebody may have meant.
pub fn nearest<'a>(name: &str, known: &[&'a String]) -> Option<&'a str> {
    let most = (name.chars().count() / 3).clamp(1, 4);
    known
        .iter()
        .take(MAX_COMPARED)
        .filter_map(|other| words::distance(name, other, most).map(|distance| (distance, other.as_str())))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// A name as it is written in a text: in quotation marks when it holds words with a grammar of their own.
pub(crate) fn written(name: &str) -> String {
    if super::shapes::is_plain_name(name) { String::from(name) } else { super::lexer::quoted(name) }
}

/// A field's label with its article: `the total on the receipt`.
pub(crate) fn the(label: &str) -> String {
    match label.rsplit_once(" on the ") {
        Some((name, document)) => format!("the {} on the {}", written(name), written(document)),
        None => format!("the {}", written(label)),
    }
}
