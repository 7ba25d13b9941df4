//! One clause to one step: names looked up, types compared.

use countersign_core::{
    definition::{
        AgentWork, CheckStep, Field, FieldKind, FieldSource, HumanVerb, MessageText, Offset, ScaleMark, WaitUntil, Who,
    },
    value::FieldName,
};

use super::{
    diagnostics::{Diagnostic, either},
    draft::{Draft, DraftAgent, DraftCall, DraftHuman, DraftLook},
    guards,
    meaning::{Clause, FieldRef, Name, WhoRef, field_name},
    names::{Names, kind_word, nearest, same, the},
    shapes,
};

/// The most people in one step.
const MAX_SEATS: u32 = 50;

/// The most returns to a stage that a text may allow before somebody takes over.
pub(crate) const MAX_RETURNS: u32 = 100;

/// The step that a clause means.
pub(crate) fn draft(names: &Names, clause: &Clause) -> Result<Draft, Diagnostic> {
    match clause {
        Clause::Read { asks, document } => read(names, &fields_of(asks, document), document),
        Clause::Check(condition) => {
            let guard = guards::resolve(names, &condition.guard)?;
            Ok(Draft::Check(CheckStep { guard, words: condition.words.text.clone() }))
        }
        Clause::Classify { thing, by, labels, into } => classify(names, thing, by.as_deref(), labels, into.as_ref()),
        Clause::Prepare(reader) => Ok(agent(AgentWork::Prepare { reader: names.who(reader)? }, None)),
        Clause::Decide { .. } | Clause::Provide { .. } | Clause::Do { .. } => human(names, clause),
        Clause::Call { operation, system, payload, signer, at_most_once } => Ok(Draft::Call(DraftCall {
            operation: operation.text.clone(),
            system: system.text.clone(),
            payload: payload.as_ref().map(|fields| self::fields(names, fields)).transpose()?,
            signer: signer.as_ref().map(|signer| names.signer(signer)).transpose()?,
            at_most_once: *at_most_once,
            after_system: system.end,
            failure_said: None,
            answer_within: None,
            on_failure: None,
            failure: None,
            accountable: None,
        })),
        Clause::Tell { to, text, signer } => {
            let text = match text {
                Some(text) => MessageText::Template { template: template(names, text)? },
                None => MessageText::Reason,
            };
            let signer = signer.as_ref().map(|signer| names.signer(signer)).transpose()?;
            Ok(Draft::Message { to: names.who(to)?, text, signer })
        }
        Clause::Score { subject, low, high, into, marks, place } => {
            score(names, subject.as_deref(), (*low, *high), into, marks, *place)
        }
        Clause::Judge { criterion, subject, guideline } => {
            judge(names, criterion, subject.as_deref(), guideline.as_ref())
        }
        Clause::Draft { into, template } => Ok(agent(super::papers::draft(names, into, template)?, None)),
        Clause::LookUp { asks, system, by } => Ok(Draft::LookUp(DraftLook {
            system: system.text.clone(),
            by: fields(names, by)?,
            fields: asks.iter().map(|ask| field_name(&ask.name.text)).collect(),
            answer_within: None,
            on_failure: None,
            failure: None,
            failure_said: None,
        })),
        Clause::HandOver { who, due } => Ok(Draft::HandOver { who: names.who(who)?, due: *due }),
        Clause::Until { field, offset } => until(names, field, *offset),
        Clause::Look { who, every } => Ok(Draft::Wait(WaitUntil::Look { who: names.who(who)?, every: *every })),
        Clause::Pause(span) => Ok(Draft::Wait(WaitUntil::Passed { span: *span })),
        Clause::Await { name, within, otherwise } => Ok(Draft::Wait(WaitUntil::Message {
            name: name.text.clone(),
            within: *within,
            otherwise: names.who(otherwise)?,
        })),
        Clause::Return { stage, at_most, then } => back(names, stage, *at_most, then.as_ref()),
        Clause::Close(name) => Ok(Draft::End(name.text.clone())),
    }
}

fn back(names: &Names, stage: &Name, at_most: Option<u32>, then: Option<&WhoRef>) -> Result<Draft, Diagnostic> {
    if let Some(times) = at_most.filter(|times| !(1..=MAX_RETURNS).contains(times)) {
        let message = format!("a case would return to `{}` at most {times} times", stage.text);
        let why = format!("a loop is bounded when somebody takes over after one to {MAX_RETURNS} times");
        return Err(Diagnostic::error("E509", (stage.start, stage.end), message, why)
            .advise("write for example `at most 3 times, then hand over to the ...`"));
    }
    Ok(Draft::Return {
        after_stage: stage.end,
        stage: names.stage(stage)?,
        at_most,
        then: then.map(|then| names.who(then)).transpose()?,
    })
}

fn until(
    names: &Names,
    field: &FieldRef,
    offset: Option<(bool, countersign_core::time::Span)>,
) -> Result<Draft, Diagnostic> {
    let known = names.field(field)?;
    if known.kind != FieldKind::Date {
        let message = format!("`{}` is {}, not a date", known.label, kind_word(&known.kind));
        let why = "a case can only wait for a day";
        return Err(
            Diagnostic::error("E507", (field.start, field.end), message, why).advise("name a field that holds a date")
        );
    }
    let offset = offset.map(|(before, span)| Offset { before, span });
    Ok(Draft::Wait(WaitUntil::Date { field: known.name.clone(), offset }))
}

const fn agent(work: AgentWork, open_subject: Option<usize>) -> Draft {
    Draft::Agent(DraftAgent { work, open_subject, on_unsure: None, due: None, unsure_said: None })
}

fn fields_of(asks: &[super::meaning::Ask], document: &Name) -> Vec<FieldName> {
    let document = field_name(&document.text);
    asks.iter().map(|ask| format!("{document}.{}", field_name(&ask.name.text))).collect()
}

fn read(names: &Names, fields: &[FieldName], document: &Name) -> Result<Draft, Diagnostic> {
    let reference = FieldRef { name: document.clone(), document: None, start: document.start, end: document.end };
    let field = names.field(&reference)?;
    if field.kind != FieldKind::Document {
        let message = format!("`{}` is {}, not a document", document.text, kind_word(&field.kind));
        let why = "an agent can only read a document";
        let mut found = Diagnostic::error("E208", (document.start, document.end), message, why);
        if let Some(other) = names.fields.iter().find(|field| field.kind == FieldKind::Document) {
            let label = super::names::written(&other.label);
            found = found.fix(format!("Use `{}`", other.label), document.start, document.end, label);
        }
        return Err(found.advise("ask for a document in a form, such as `the receipt (document)`"));
    }
    Ok(agent(AgentWork::Extract { document: field.name.clone(), fields: fields.to_vec() }, None))
}

fn classify(
    names: &Names,
    thing: &Name,
    by: Option<&[FieldRef]>,
    labels: &[Name],
    into: Option<&FieldRef>,
) -> Result<Draft, Diagnostic> {
    let span = match (labels.first(), labels.last()) {
        (Some(first), Some(last)) => (first.start, last.end),
        _ => (thing.start, thing.end),
    };
    let field = match into {
        Some(into) => {
            let field = names.field(into)?;
            if !holds(field, labels) {
                let message = format!("the words here are not the words of `{}`", field.label);
                let why = "what an agent answers must be a word that the field can hold";
                return Err(Diagnostic::error("E509", span, message, why).advise("write the same words in both places"));
            }
            field
        }
        None => holder(names, labels, span)?,
    };
    let named = names.plain_field(thing.text.trim_start_matches("the ")).filter(|field| field.kind == FieldKind::Text);
    let subject = match (by, named) {
        (Some(by), _) => Some(fields(names, by)?),
        (None, Some(field)) => Some(vec![field.name.clone()]),
        (None, None) => None,
    };
    let open = subject.is_none().then_some(thing.end);
    Ok(agent(AgentWork::Classify { field: field.name.clone(), subject: subject.unwrap_or_default() }, open))
}

/// Whether the field's words are these labels.
fn holds(field: &Field, labels: &[Name]) -> bool {
    let FieldKind::Choice { options } = &field.kind else { return false };
    let known = |label: &Name| options.iter().any(|option| same(option, &label.text));
    options.len() == labels.len() && labels.iter().all(known)
}

/// The one field that holds these labels.
fn holder<'a>(names: &'a Names, labels: &[Name], span: (usize, usize)) -> Result<&'a Field, Diagnostic> {
    let mut fitting = names.fields.iter().filter(|field| holds(field, labels));
    let (first, second) = (fitting.next(), fitting.next());
    let end = span.1;
    match (first, second) {
        (Some(field), None) => Ok(field),
        (None, _) => {
            let words: Vec<String> = labels.iter().map(|label| label.text.clone()).collect();
            let message = format!("no field holds the words {}", either(&words));
            let why = "the answer must be kept somewhere";
            Err(Diagnostic::error("E202", span, message, why).fix(
                "Keep it in a field `topic`",
                end,
                end,
                " into the topic",
            ))
        }
        (Some(first), Some(second)) => {
            let message = format!("this can mean {}", either(&[first.label.clone(), second.label.clone()]));
            let why = "several fields hold these words, and a guess could fill the wrong one";
            let mut found = Diagnostic::error("E302", span, message, why);
            for field in [first, second] {
                let text = format!(" into {}", the(&field.label));
                found = found.fix(format!("Keep it in `{}`", field.label), end, end, text);
            }
            Err(found)
        }
    }
}

fn score(
    names: &Names,
    by: Option<&[FieldRef]>,
    (low, high): (u32, u32),
    into: &FieldRef,
    marks: &[(u32, Name)],
    place: usize,
) -> Result<Draft, Diagnostic> {
    let field = names.field(into)?;
    let span = (into.start, marks.last().map_or(into.end, |(_, words)| words.end));
    if field.kind != FieldKind::Number {
        let message = format!("`{}` is {}, not a number", field.label, kind_word(&field.kind));
        return Err(Diagnostic::error("E507", (into.start, into.end), message, "a mark is a number")
            .advise("name a field that no form asks for"));
    }
    let has = |wanted: u32| marks.iter().any(|(mark, _)| *mark == wanted);
    let inside = marks.iter().all(|(mark, _)| (low..=high).contains(mark));
    let doubled = marks.iter().enumerate().any(|(at, (mark, _))| marks[..at].iter().any(|(other, _)| other == mark));
    if low >= high || !has(low) || !has(high) || !inside || doubled {
        let message = format!("the scale goes from {low} to {high}, and its marks do not");
        let why = "whoever gives a mark must know what the lowest and the highest one mean, each said once";
        return Err(Diagnostic::error("E509", span, message, why)
            .advise(format!("write what {low} and {high} mean: `where {low} is \"...\" and {high} is \"...\"`")));
    }
    let scale =
        marks.iter().map(|(mark, words)| ScaleMark { mark: i64::from(*mark), words: words.text.clone() }).collect();
    let open = by.is_none().then_some(place);
    let subject = by.map(|by| fields(names, by)).transpose()?.unwrap_or_default();
    Ok(agent(AgentWork::Score { field: field.name.clone(), subject, scale }, open))
}

fn judge(
    names: &Names,
    criterion: &Name,
    by: Option<&[FieldRef]>,
    guideline: Option<&Name>,
) -> Result<Draft, Diagnostic> {
    let subject = by.map(|by| fields(names, by)).transpose()?.unwrap_or_default();
    let guideline = guideline.map(|name| names.guideline(name)).transpose()?;
    Ok(agent(AgentWork::Judge { criterion: criterion.text.clone(), guideline, subject }, None))
}

fn human(names: &Names, clause: &Clause) -> Result<Draft, Diagnostic> {
    let (verb, who, due) = match clause {
        Clause::Decide { verb, who, due, .. } => (*verb, who, due),
        Clause::Provide { who, due, .. } => (HumanVerb::Provide, who, due),
        Clause::Do { who, due, .. } => (HumanVerb::Do, who, due),
        _ => return Ok(Draft::End(String::new())),
    };
    if shapes::is_agent(who) {
        return Err(agent_as_person(names, who, verb));
    }
    let person = names.who(who)?;
    let mut step = DraftHuman {
        owner_open: if let WhoRef::Unsaid(verb) = who { Some((verb.start, verb.end)) } else { None },
        after_subject: who.name().end,
        verb,
        who: person,
        subject: String::new(),
        fields: None,
        seats: 1,
        needed: 1,
        due: *due,
        remind_every: None,
        escalations: None,
        on_rejected: None,
        accountable: None,
    };
    match clause {
        Clause::Decide { subject, seeing, seats, needed, .. } => {
            step.subject.clone_from(&subject.text);
            step.after_subject = subject.end;
            step.fields = seeing.as_ref().map(|seeing| fields(names, seeing)).transpose()?;
            (step.seats, step.needed) = seated(*seats, *needed, who)?;
        }
        Clause::Provide { what, subject, .. } => {
            let (words, provided) = provided(names, what)?;
            step.subject = subject.as_ref().map_or(words, |subject| subject.text.clone());
            step.fields = Some(provided);
        }
        Clause::Do { subject, writes, .. } => {
            let written = fields(names, writes)?;
            step.subject = subject.as_ref().map_or_else(|| labels(names, &written), |subject| subject.text.clone());
            step.fields = Some(written);
        }
        _ => {}
    }
    Ok(Draft::Human(step))
}

fn seated(seats: u32, needed: u32, who: &WhoRef) -> Result<(u8, u8), Diagnostic> {
    if needed == 0 || needed > seats || seats > MAX_SEATS {
        let name = who.name();
        let message = format!("{needed} of {seats} people cannot decide this");
        let why = format!("at least one and at most {MAX_SEATS} people decide, and no more can agree than are asked");
        return Err(Diagnostic::error("E509", (name.start, name.end), message, why)
            .advise("write for example `2 of 3 holders of the ... role`"));
    }
    Ok((u8::try_from(seats).unwrap_or(u8::MAX), u8::try_from(needed).unwrap_or(u8::MAX)))
}

/// An agent stands where only a person can.
fn agent_as_person(names: &Names, who: &WhoRef, verb: HumanVerb) -> Diagnostic {
    let name = who.name();
    let (message, why) = match verb {
        HumanVerb::Approve => ("an agent cannot approve anything", "an approval is a sign-off, and only people sign"),
        HumanVerb::Provide | HumanVerb::Review | HumanVerb::Do => {
            ("an agent cannot do this", "agents read, classify and prepare; people do the rest")
        }
    };
    let found = Diagnostic::error("E510", (name.start, name.end), message, why);
    match &names.accountable {
        Some(role) => found.fix(format!("Let the {role} do it"), name.start, name.end, super::names::written(role)),
        None => found.advise("write the name of a role"),
    }
}

/// What is handed in: one form with all its fields, or single fields.
fn provided(names: &Names, what: &[FieldRef]) -> Result<(String, Vec<FieldName>), Diagnostic> {
    if let [one] = what
        && one.document.is_none()
        && let Some(form) = names.forms.iter().find(|form| same(form, &one.name.text))
    {
        let of_form = names
            .fields
            .iter()
            .filter(|field| matches!(&field.source, FieldSource::Form { form: from, .. } if same(from, form)));
        return Ok((format!("the {form}"), of_form.map(|field| field.name.clone()).collect()));
    }
    if let [one] = what
        && one.name.text.to_lowercase().ends_with("form")
        && names.field(one).is_err()
    {
        return Err(names.unknown_form(&one.name));
    }
    let fields = fields(names, what)?;
    Ok((labels(names, &fields), fields))
}

/// The labels in a row: `the amount and the receipt`.
pub(crate) fn labels(names: &Names, fields: &[FieldName]) -> String {
    let label = |name: &FieldName| {
        names.fields.iter().find(|field| field.name == *name).map_or_else(|| name.clone(), |field| field.label.clone())
    };
    let all: Vec<String> = fields.iter().map(|name| format!("the {}", label(name))).collect();
    join(&all, "and")
}

/// `a, b and c`.
pub(crate) fn join(all: &[String], last_joint: &str) -> String {
    match all.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {last_joint} {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

fn fields(names: &Names, all: &[FieldRef]) -> Result<Vec<FieldName>, Diagnostic> {
    all.iter().map(|field| names.field(field).map(|field| field.name.clone())).collect()
}

/// A message's text with its placeholders as field names.
fn template(names: &Names, text: &Name) -> Result<String, Diagnostic> {
    let mut out = String::new();
    let mut rest = text.text.as_str();
    let broken = |message: String| {
        let why = "braces stand around the name of a field, whose value takes their place";
        Diagnostic::error("E202", (text.start, text.end), message, why)
    };
    while let Some(open) = rest.find(['{', '}']) {
        let inside = rest[open..].strip_prefix('{').and_then(|tail| tail.split_once('}'));
        let Some((label, tail)) = inside else {
            return Err(broken(String::from("a brace in this message has no partner"))
                .advise("write `{amount}` for the value of the field `amount`"));
        };
        let known = names
            .fields
            .iter()
            .find(|field| field.name == label || same(&field.label, label) || field.name == field_name(label));
        let Some(field) = known else {
            let all: Vec<&String> = names.fields.iter().map(|field| &field.label).collect();
            let mut found = broken(format!("no sentence introduces a field `{label}`, which this message shows"));
            if let Some(close) = nearest(label, &all) {
                let instead = text.text.replace(&format!("{{{label}}}"), &format!("{{{close}}}"));
                let quoted = super::lexer::quoted(&instead);
                found = found.fix(format!("Use `{{{close}}}`"), text.start, text.end, quoted);
            }
            return Err(found.advise("introduce the field in a form"));
        };
        out.push_str(&rest[..open]);
        out.push('{');
        out.push_str(&field.name);
        out.push('}');
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether the person belongs to the organisation.
pub(crate) const fn is_inside(who: &Who) -> bool {
    !matches!(who, Who::Party { .. })
}
