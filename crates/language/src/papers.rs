//! Templates that stand beside a text: every place in one must be a field, or one of the fixed places.

use countersign_core::{
    definition::{AgentWork, Definition, Field, FieldKind, FieldSource, Step},
    template::{self, Piece, Place, TEMPLATE_CHARACTERS_MAX},
    value::FieldName,
};

use super::{
    diagnostics::Diagnostic,
    meaning::{FieldRef, Name},
    names::{Names, kind_word, nearest, same, written},
};

/// The step that fills a template in.
pub(crate) fn draft(names: &Names, into: &FieldRef, named: &Name) -> Result<AgentWork, Diagnostic> {
    let field = names.field(into)?;
    let FieldSource::Template { .. } = field.source else {
        let message = format!("the {} is already filled in another way", field.label);
        let why = "what is filled in from a template holds what the template says, and nothing else";
        let other = format!("{} letter", field.label);
        return Err(Diagnostic::error("E505", (into.start, into.end), message, why).fix(
            format!("Call this one `{other}`"),
            into.start,
            into.end,
            format!("the {}", written(&other)),
        ));
    };
    let (name, text) = attached(names, named)?;
    Ok(AgentWork::Draft {
        template: name.clone(),
        field: field.name.clone(),
        fields: places(names, field, named, text)?,
    })
}

/// The attached template of this name and its text.
fn attached<'a>(names: &'a Names, named: &Name) -> Result<(&'a String, &'a str), Diagnostic> {
    if let Some((name, text)) = names.templates.iter().find(|(known, _)| same(known, &named.text)) {
        return Ok((name, text));
    }
    let message = format!("no template `{}` is attached", named.text);
    let why = "only a template that is there can be filled in";
    let mut found = Diagnostic::error("E212", (named.start, named.end), message, why);
    let known: Vec<&String> = names.templates.keys().collect();
    if let Some(close) = nearest(&named.text, &known) {
        found = found.fix(format!("Use `{close}`"), named.start, named.end, super::lexer::quoted(close));
    }
    Err(found.advise(format!("attach it as `templates/{0}.txt`, or as a Word file `templates/{0}.docx`", named.text)))
}

/// The fields whose values stand in a template, each once, in the order of the template.
fn places(names: &Names, into: &Field, named: &Name, text: &str) -> Result<Vec<FieldName>, Diagnostic> {
    let refused = |at: usize, message: String, why: &str| {
        let line = text[..at].matches('\n').count() + 1;
        let message = format!("line {line} of the template `{}`: {message}", named.text);
        Diagnostic::error("E213", (named.start, named.end), message, why)
    };
    let length = text.chars().count();
    if length > TEMPLATE_CHARACTERS_MAX {
        let message = format!("the template has {length} characters; at most {TEMPLATE_CHARACTERS_MAX} fit");
        return Err(refused(0, message, "what is filled in is a text field").advise("shorten the template"));
    }
    let pieces = template::pieces(text).map_err(|at| {
        refused(at, String::from("a brace has no partner"), "braces stand around the name of a field")
            .advise("write `{amount}` for the value of the field `amount`, and `{{` for a brace")
    })?;
    let mut fields: Vec<FieldName> = Vec::new();
    for piece in pieces {
        let Piece::Place(words, at) = piece else { continue };
        let field = match template::place(&names.fields, words) {
            Some(Place::Today | Place::CaseNumber) => continue,
            Some(Place::Field(field)) => field,
            None => return Err(unknown(names, refused(at, format!("nothing fills `{{{words}}}`"), UNKNOWN), words)),
        };
        if field.name == into.name {
            let message = format!("`{{{words}}}` is what the template itself fills in");
            return Err(refused(at, message, "it would stand in itself").advise("leave this place out"));
        }
        if !template::can_stand(&field.kind) {
            let message = format!("`{{{words}}}` is {}, which cannot stand in a text", kind_word(&field.kind));
            return Err(refused(at, message, "a place takes the words of a value").advise("name another field"));
        }
        if !fields.contains(&field.name) {
            fields.push(field.name.clone());
        }
    }
    Ok(fields)
}

/// Why an unknown place is refused.
const UNKNOWN: &str = "a place takes the value of a field of the process, the day as `{today}`, or `{case number}`";

fn unknown(names: &Names, found: Diagnostic, words: &str) -> Diagnostic {
    let labels: Vec<&String> =
        names.fields.iter().filter(|one| one.kind != FieldKind::Document).map(|f| &f.label).collect();
    match nearest(words, &labels) {
        Some(close) => found.advise(format!("write `{{{close}}}` in the template")),
        None => found.advise("name a field that a form asks for, or introduce it in a form"),
    }
}

/// Notes for each field that templates fill whose values stand in it, also by way of other filled templates.
pub(crate) fn trace(definition: &mut Definition) {
    let mut all: Vec<(FieldName, Vec<FieldName>)> = Vec::new();
    definition.walk(&mut |_, step| {
        let Step::Agent(agent) = step else { return };
        let AgentWork::Draft { field, fields, .. } = &agent.work else { return };
        match all.iter_mut().find(|(known, _)| known == field) {
            Some((_, known)) => known.extend(fields.iter().cloned()),
            None => all.push((field.clone(), fields.clone())),
        }
    });
    for field in &mut definition.fields {
        let FieldSource::Template { from } = &mut field.source else { continue };
        let mut open = vec![field.name.clone()];
        let mut found: Vec<FieldName> = Vec::new();
        while let Some(next) = open.pop() {
            let inside = all.iter().filter(|(name, _)| *name == next).flat_map(|(_, fields)| fields);
            for name in inside {
                if !found.contains(name) {
                    found.push(name.clone());
                    open.push(name.clone());
                }
            }
        }
        found.sort_unstable();
        *from = found;
    }
}
