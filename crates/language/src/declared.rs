//! Gathering what a text declares: people, forms, fields, stages.

use countersign_core::{
    definition::{Field, FieldKind, FieldSource},
    value::FieldName,
};

use super::{
    diagnostics::{Diagnostic, contradiction, either, quoted_sentence, whole_line},
    meaning::{Ask, Clause, FieldRef, Meaning, Name, TypeRef, field_name},
    names::{Names, Said, kind_word, nearest, same, written},
    words,
};

/// The types that a field may have, as they are written.
pub(crate) const TYPES: [&str; 10] =
    ["text", "e-mail", "IBAN", "money", "date", "number", "yes or no", "document", "person", "list of text"];

impl Names {
    /// Gathers the declarations of a text.
    pub(crate) fn collect(&mut self, said: &[Said], text: &str, diagnostics: &mut Vec<Diagnostic>) {
        let names = self;
        for one in said {
            names.declare(one, text, diagnostics);
        }
        names.check_roles(said, diagnostics);
        for one in said {
            if let Meaning::Form { form, asks } = &one.meaning {
                let before_stop = one.end - usize::from(text[..one.end].ends_with('.'));
                names.form_ends.retain(|(known, _)| !same(known, &form.text));
                names.form_ends.push((form.text.clone(), before_stop));
                for ask in asks {
                    names.form_field(form, ask, diagnostics);
                }
            }
        }
        names.group_by_form();
        names.open_with(said, text, diagnostics);
        for one in said {
            names.step_fields(&one.meaning, diagnostics);
        }
        names.owners(said, text, diagnostics);
    }

    /// The fields whose words have owners, each said once.
    fn owners(&mut self, said: &[Said], text: &str, diagnostics: &mut Vec<Diagnostic>) {
        let mut first: Vec<(String, &Said)> = Vec::new();
        for one in said {
            let Meaning::Owners { field, .. } = &one.meaning else { continue };
            let Ok(field) = self.field(field).map(|field| field.name.clone()) else { continue };
            if let Some((_, other)) = first.iter().find(|(known, _)| *known == field) {
                let here = quoted_sentence(text, one.start, one.end);
                let there = quoted_sentence(text, other.start, other.end);
                let (start, end) = whole_line(text, (one.start, one.end));
                let found = contradiction("E503", (one.start, one.end), &here, &there);
                diagnostics.push(found.fix("Leave this one out", start, end, ""));
            }
            self.owned.push(field.clone());
            first.push((field, one));
        }
    }

    fn declare(&mut self, one: &Said, text: &str, diagnostics: &mut Vec<Diagnostic>) {
        let here = quoted_sentence(text, one.start, one.end);
        let once = |slot: &mut Option<(String, String)>, name: &Name, diagnostics: &mut Vec<Diagnostic>| match slot {
            Some((known, there)) if !same(known, &name.text) => {
                diagnostics.push(contradicted(name, known, &here, there));
            }
            Some(_) => {}
            None => *slot = Some((name.text.clone(), here.clone())),
        };
        match &one.meaning {
            Meaning::Title(_) => self.anchor = self.anchor.max(one.end),
            Meaning::Starter(name) => {
                once(&mut self.starter_said, name, diagnostics);
                self.starter = self.starter_said.as_ref().map(|(name, _)| name.clone());
                self.anchor = self.anchor.max(one.end);
            }
            Meaning::Accountable(name) => {
                once(&mut self.accountable_said, name, diagnostics);
                self.accountable = self.accountable_said.as_ref().map(|(name, _)| name.clone());
                add(&mut self.roles, &name.text);
                self.anchor = self.anchor.max(one.end);
            }
            Meaning::Roles(roles) => roles.iter().for_each(|name| add(&mut self.roles, &name.text)),
            Meaning::Outside { party, .. } => {
                if self.parties.iter().any(|known| same(known, &party.text)) {
                    diagnostics.push(twice("E504", party, "outside party"));
                }
                add(&mut self.parties, &party.text);
            }
            Meaning::Form { form, .. } => add(&mut self.forms, &form.text),
            Meaning::Stage(name) => {
                if self.stages.iter().any(|known| same(known, &name.text)) {
                    diagnostics.push(twice("E504", name, "stage"));
                }
                self.stages.push(name.text.clone());
            }
            _ => {}
        }
    }

    /// A name means one thing only: reserved words and doubles are refused.
    fn check_roles(&self, said: &[Said], diagnostics: &mut Vec<Diagnostic>) {
        let mut check = |name: &Name, is_role: bool| {
            if words::RESERVED.iter().any(|word| same(word, &name.text)) {
                let message = format!("`{}` has a meaning of its own and cannot be a role", name.text);
                let why = "the text would no longer say who is meant";
                diagnostics.push(
                    Diagnostic::error("E505", (name.start, name.end), message, why).advise("give it another name"),
                );
            }
            let starter = self.starter.as_ref().is_some_and(|starter| same(starter, &name.text));
            let party = self.parties.iter().any(|party| same(party, &name.text));
            if starter && (is_role || party) || is_role && party {
                let message = format!("`{}` is already somebody else in this text", name.text);
                let why = "whoever starts a case is called by that name, so it cannot also be a role or a party";
                diagnostics.push(
                    Diagnostic::error("E505", (name.start, name.end), message, why).advise("give it another name"),
                );
            }
        };
        for one in said {
            match &one.meaning {
                Meaning::Starter(name) | Meaning::Outside { party: name, .. } => check(name, false),
                Meaning::Accountable(name) => check(name, true),
                Meaning::Roles(names) => names.iter().for_each(|name| check(name, true)),
                _ => {}
            }
        }
    }

    fn form_field(&mut self, form: &Name, ask: &Ask, diagnostics: &mut Vec<Diagnostic>) {
        let Some(kind) = &ask.kind else {
            let message = format!("the {} asks for `{}` without saying what it is", form.text, ask.name.text);
            let why = "a form can only check what has a type";
            let mut found = Diagnostic::error("E204", (ask.name.start, ask.name.end), message, why);
            for kind in ["text", "money", "document"] {
                found = found.fix(format!("It is {kind}"), ask.name.end, ask.name.end, format!(" ({kind})"));
            }
            diagnostics.push(found);
            return;
        };
        match typed(kind) {
            Ok((kind, optional)) => {
                let source = FieldSource::Form { form: self.canonical_form(&form.text), start: false };
                self.add_field(&ask.name, field_name(&ask.name.text), ask.name.text.clone(), kind, !optional, source)
                    .into_iter()
                    .for_each(|found| diagnostics.push(found));
            }
            Err(found) => diagnostics.push(found),
        }
    }

    fn canonical_form(&self, form: &str) -> String {
        self.forms.iter().find(|known| same(known, form)).cloned().unwrap_or_else(|| String::from(form))
    }

    fn add_field(
        &mut self,
        at: &Name,
        name: FieldName,
        label: String,
        kind: FieldKind,
        required: bool,
        source: FieldSource,
    ) -> Option<Diagnostic> {
        if name.is_empty() {
            let why = "a field needs letters or digits in its name";
            return Some(
                Diagnostic::error("E204", (at.start, at.end), "this field has no name", why).advise("give it a name"),
            );
        }
        if self.fields.iter().any(|field| field.name == name) {
            return Some(twice("E504", at, "field"));
        }
        self.fields.push(Field { name, label, kind, required, source });
        None
    }

    /// Puts the fields of one form next to each other, in the order in which the forms come.
    fn group_by_form(&mut self) {
        let forms = self.forms.clone();
        self.fields.sort_by_key(|field| match &field.source {
            FieldSource::Form { form, .. } => forms.iter().position(|known| same(known, form)),
            FieldSource::Document { .. }
            | FieldSource::Agent
            | FieldSource::System { .. }
            | FieldSource::Template { .. }
            | FieldSource::Item { .. } => None,
        });
    }

    /// Finds the form that opens a case: the one that is said to, else the first.
    fn open_with(&mut self, said: &[Said], text: &str, diagnostics: &mut Vec<Diagnostic>) {
        let mut opened: Option<(String, String)> = None;
        for one in said {
            let (Meaning::StartForm(form) | Meaning::Submitted { form, .. }) = &one.meaning else { continue };
            let Some(known) = self.forms.iter().find(|known| same(known, &form.text)).cloned() else {
                diagnostics.push(self.unknown_form(form));
                continue;
            };
            let here = quoted_sentence(text, one.start, one.end);
            match &opened {
                Some((other, there)) if !same(other, &known) => {
                    diagnostics.push(contradicted(form, other, &here, there));
                }
                _ => opened = Some((known, here)),
            }
        }
        self.start_form = opened.map(|(form, _)| form).or_else(|| self.forms.first().cloned());
        for field in &mut self.fields {
            if let FieldSource::Form { form, start } = &mut field.source {
                *start = self.start_form.as_ref().is_some_and(|opens| same(opens, form));
            }
        }
    }

    /// Fields that steps introduce: what is read from a document, and what an agent classifies into.
    fn step_fields(&mut self, meaning: &Meaning, diagnostics: &mut Vec<Diagnostic>) {
        if let Meaning::Each { item, list } = meaning {
            diagnostics.extend(self.item_field(item, list));
        }
        match meaning.clause() {
            Some(Clause::LookUp { asks, system, .. }) => {
                for ask in asks {
                    diagnostics.extend(self.looked_up(ask, system));
                }
            }
            Some(Clause::Score { into, .. })
                if into.document.is_none() && self.plain_field(&into.name.text).is_none() =>
            {
                let (name, label) = (field_name(&into.name.text), into.name.text.clone());
                diagnostics.extend(self.add_field(
                    &into.name,
                    name,
                    label,
                    FieldKind::Number,
                    false,
                    FieldSource::Agent,
                ));
            }
            Some(Clause::Draft { into, .. })
                if into.document.is_none() && self.plain_field(&into.name.text).is_none() =>
            {
                let (name, label) = (field_name(&into.name.text), into.name.text.clone());
                let source = FieldSource::Template { from: Vec::new() };
                diagnostics.extend(self.add_field(&into.name, name, label, FieldKind::Text, false, source));
            }
            Some(Clause::Read { asks, document }) => {
                let Some(source) = self.plain_field(&document.text).cloned() else { return };
                for ask in asks {
                    diagnostics.extend(self.read_field(ask, &source));
                }
            }
            Some(Clause::Classify { into: Some(into), labels, .. })
                if into.document.is_none() && self.plain_field(&into.name.text).is_none() =>
            {
                let options = labels.iter().map(|label| label.text.clone()).collect();
                let kind = FieldKind::Choice { options };
                let name = field_name(&into.name.text);
                diagnostics.extend(self.add_field(
                    &into.name,
                    name,
                    into.name.text.clone(),
                    kind,
                    false,
                    FieldSource::Agent,
                ));
            }
            _ => {}
        }
    }

    /// The current item of a list.
    fn item_field(&mut self, item: &Name, list: &FieldRef) -> Option<Diagnostic> {
        let known = self.field(list).ok()?.clone();
        let FieldKind::List { of } = known.kind else {
            let message = format!("`{}` is {}, not a list", known.label, kind_word(&known.kind));
            let why = "steps are only repeated for each item of a list";
            return Some(
                Diagnostic::error("E507", (list.start, list.end), message, why)
                    .advise("ask for it as a list: `the parts (list of text)`"),
            );
        };
        let source = FieldSource::Item { list: known.name };
        if self.plain_field(&item.text).is_some_and(|field| field.source == source) {
            return None;
        }
        self.add_field(item, field_name(&item.text), item.text.clone(), *of, false, source)
    }

    /// A field that another system is asked for.
    fn looked_up(&mut self, ask: &Ask, system: &Name) -> Option<Diagnostic> {
        let at = (ask.name.start, ask.name.end);
        let source = FieldSource::System { system: system.text.clone() };
        let known = self.plain_field(&ask.name.text).filter(|field| field.source == source).map(|f| f.kind.clone());
        let (kind, optional) = match ask.kind.as_ref().map(typed) {
            Some(Ok((FieldKind::Document | FieldKind::Person | FieldKind::List { .. }, _))) => {
                let why = "a system answers with a text, a number, an amount or a day";
                return Some(
                    Diagnostic::error("E204", at, "this cannot be looked up", why)
                        .advise("write the type of a single value, such as `(text)`"),
                );
            }
            Some(Ok(typed)) => typed,
            Some(Err(found)) => return Some(found),
            None if known.is_some() => return None,
            None => {
                let message = format!("nothing says what the {} is that is looked up", ask.name.text);
                let why = "an answer can only be checked when its type is known";
                let end = ask.name.end;
                let mut found = Diagnostic::error("E204", at, message, why);
                for kind in ["text", "money", "date"] {
                    found = found.fix(format!("It is {kind}"), end, end, format!(" ({kind})"));
                }
                return Some(found);
            }
        };
        match known {
            Some(known) if known == kind => None,
            _ => self.add_field(&ask.name, field_name(&ask.name.text), ask.name.text.clone(), kind, !optional, source),
        }
    }

    fn read_field(&mut self, ask: &Ask, document: &Field) -> Option<Diagnostic> {
        let name = format!("{}.{}", document.name, field_name(&ask.name.text));
        let known = self.fields.iter().find(|field| field.name == name).map(|field| field.kind.clone());
        let like = self.plain_field(&ask.name.text).map(|field| field.kind.clone());
        let kind = match (&ask.kind, known.clone().or(like)) {
            (Some(kind), _) => match typed(kind) {
                Ok((FieldKind::Document | FieldKind::Person | FieldKind::List { .. }, _)) => {
                    let why = "an agent reads single values; documents, people and lists are handed in by somebody";
                    let at = (kind.start, kind.end);
                    return Some(
                        Diagnostic::error("E204", at, "this cannot be read from a document", why)
                            .advise("write the type of a value, such as `(text)`"),
                    );
                }
                Ok((kind, _)) => kind,
                Err(found) => return Some(found),
            },
            (None, Some(FieldKind::Document | FieldKind::Person | FieldKind::List { .. }) | None) => {
                let message = format!("nothing says what `{}` on the {} is", ask.name.text, document.label);
                let why = "no form asks for a field of that name, so its type must stand behind it";
                let at = ask.name.end;
                let mut found = Diagnostic::error("E204", (ask.name.start, at), message, why);
                for kind in ["text", "money", "date"] {
                    found = found.fix(format!("It is {kind}"), at, at, format!(" ({kind})"));
                }
                return Some(found);
            }
            (None, Some(kind)) => kind,
        };
        match known {
            None => {
                let label = format!("{} on the {}", ask.name.text, document.label);
                let source = FieldSource::Document { document: document.name.clone() };
                self.add_field(&ask.name, name, label, kind, false, source)
            }
            Some(known) if known != kind => {
                let at = ask.kind.as_ref().map_or((ask.name.start, ask.name.end), |kind| (kind.start, kind.end));
                let message = format!("`{}` is {} in another sentence", ask.name.text, kind_word(&known));
                let why = "a field has one type";
                Some(Diagnostic::error("E503", at, message, why).fix("Leave the type to that sentence", at.0, at.1, ""))
            }
            Some(_) => None,
        }
    }
}

fn add(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| same(known, name)) {
        list.push(String::from(name));
    }
}

/// The type and whether the field is optional.
fn typed(kind: &TypeRef) -> Result<(FieldKind, bool), Diagnostic> {
    let last = kind.parts.last();
    let optional = last.is_some_and(|(part, quoted)| !quoted && same(&part.text, "optional"));
    let parts = &kind.parts[..kind.parts.len() - usize::from(optional)];
    let known = match parts {
        [(word, false)] => match word.text.to_lowercase().as_str() {
            "text" => Some(FieldKind::Text),
            "e-mail" | "email" | "e-mail address" => Some(FieldKind::Email),
            "iban" => Some(FieldKind::Iban),
            "money" | "amount" => Some(FieldKind::Money),
            "date" | "day" => Some(FieldKind::Date),
            "number" => Some(FieldKind::Number),
            "yes or no" => Some(FieldKind::YesNo),
            "document" | "file" => Some(FieldKind::Document),
            "person" => Some(FieldKind::Person),
            list => list_kind(list),
        },
        [_, _, ..] => Some(FieldKind::Choice { options: parts.iter().map(|(part, _)| part.text.clone()).collect() }),
        _ => None,
    };
    if let Some(known) = known {
        if let Some(double) = double(parts) {
            return Err(twice("E504", double, "word of the list"));
        }
        return Ok((known, optional));
    }
    let words = parts.first().map_or("", |(part, _)| part.text.as_str());
    let types: Vec<String> = TYPES.iter().map(|name| String::from(*name)).collect();
    let message = format!("`{words}` is no type of a field");
    let why = format!("a field is {}, or a list of two or more words", either(&types));
    let known: Vec<&String> = types.iter().collect();
    let (start, end) = parts.first().map_or((kind.start + 1, kind.end - 1), |(part, _)| (part.start, part.end));
    let found = Diagnostic::error("E203", (start, end), message, why);
    let instead = nearest(words, &known).unwrap_or("text");
    Err(found.fix(format!("Use `{instead}`"), start, end, instead))
}

/// `list of text`, of money, dates or numbers.
fn list_kind(words: &str) -> Option<FieldKind> {
    let of = match words.strip_prefix("list of ")? {
        "text" | "texts" => FieldKind::Text,
        "money" | "amounts" => FieldKind::Money,
        "date" | "dates" => FieldKind::Date,
        "number" | "numbers" => FieldKind::Number,
        _ => return None,
    };
    Some(FieldKind::List { of: Box::new(of) })
}

fn double(parts: &[(Name, bool)]) -> Option<&Name> {
    let all = parts.iter().enumerate();
    all.filter(|(index, (part, _))| parts[..*index].iter().any(|(other, _)| same(&other.text, &part.text)))
        .map(|(_, (part, _))| part)
        .next()
}

/// A sentence names somebody or something else than an earlier one.
fn contradicted(name: &Name, known: &str, here: &str, there: &str) -> Diagnostic {
    contradiction("E503", (name.start, name.end), here, there).fix(
        format!("Use `{known}` here too"),
        name.start,
        name.end,
        written(known),
    )
}

fn twice(code: &'static str, name: &Name, what: &str) -> Diagnostic {
    let message = format!("the {what} `{}` stands here for the second time", name.text);
    let why = "a name must mean one thing";
    let other = format!("{} 2", name.text);
    Diagnostic::error(code, (name.start, name.end), message, why).fix(
        format!("Call this one `{other}`"),
        name.start,
        name.end,
        written(&other),
    )
}
