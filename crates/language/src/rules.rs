//! Rules over a whole process that go beyond its frame: times in order, chains without circles, names that
//! could be mixed up, data that nobody uses, and messages that would tell what their reader may not see.

use std::collections::{BTreeMap, BTreeSet};

use countersign_core::{
    definition::{AgentWork, Definition, FieldKind, FieldSource, HumanStep, MessageText, Path, Step, WaitUntil, Who},
    time::{DAY_MS, HOUR_MS, MINUTE_MS, Span},
};

use super::{
    check::Places,
    diagnostics::{Diagnostic, contradiction, quoted_sentence, whole_line},
    flow::placeholders,
    meaning::{Ask, Change, Clause, Meaning, Name},
    names::{Names, Said, same},
    render, words,
};

/// How many examples a label needs.
const EXAMPLES_MIN: usize = 5;
/// The most names that are compared with each other.
const NAMES_MAX: usize = 100;

/// Checks the rules.
pub(crate) fn check(
    definition: &Definition,
    names: &Names,
    said: &[Said],
    places: &Places<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    definition.walk(&mut |path, step| match step {
        Step::Human(human) => times(human, path, said, places, diagnostics),
        Step::Message(message) => {
            if let MessageText::Template { template } = &message.text {
                told(definition, &message.to, template, places.span(path), diagnostics);
            }
        }
        _ => {}
    });
    readers(names, said, places, diagnostics);
    near_names(said, diagnostics);
    unused(definition, said, diagnostics);
    few_examples(definition, said, diagnostics);
}

/// Reminder before due date before escalation, and an escalation goes to somebody new.
fn times(human: &HumanStep, path: &Path, said: &[Said], places: &Places<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let own = |wanted: &dyn Fn(&Change) -> bool| {
        let mut about = places.about(path, said);
        about
            .find(|one| matches!(&one.meaning, Meaning::Change(change) if wanted(change)))
            .map(|one| (one.start, one.end))
    };
    if let Some(every) = human.remind_every.filter(|every| *every != super::defaults::REMIND)
        && earlier_or_same(human.due, every)
    {
        let span = own(&|change| matches!(change, Change::Remind { .. })).unwrap_or_else(|| places.span(path));
        let (due, every) = (render::span(human.due), render::every(every));
        let message = format!("the time is up after {due}, and the first reminder comes only after {every}");
        let why = "a reminder helps while there is still time";
        diagnostics.push(
            Diagnostic::warning("W205", span, message, why)
                .advise("remind more often, give more time, or write `There is no reminder.`"),
        );
    }
    let mut able: Vec<&Who> = vec![&human.who];
    let mut before = human.due;
    for escalation in &human.escalations {
        let after = escalation.after;
        let span = own(&|change| matches!(change, Change::Escalate { after: at, .. } if *at == after));
        let span = span.unwrap_or_else(|| places.span(path));
        if earlier(after, before) {
            let message = format!(
                "this escalates after {}, which is before the {} are over",
                render::span(after),
                render::span(before)
            );
            let why = "whoever is asked has the whole time to decide, and each escalation comes after the one before";
            let later = render::span(double(before));
            let found = Diagnostic::error("E523", span, message, why);
            let time = places.text.get(span.0..span.1).and_then(|sentence| {
                let from = sentence.find("within ")? + "within ".len();
                Some((span.0 + from, span.0 + from + sentence[from..].find(',')?))
            });
            diagnostics.push(match time {
                Some((start, end)) => found.fix(format!("Write `within {later}`"), start, end, later),
                None => found.advise("give a longer time"),
            });
        }
        if able.contains(&&escalation.to) {
            let why = "an escalation gives the right to decide to somebody who has not had it; a circle helps nobody";
            let (start, end) = whole_line(places.text, span);
            diagnostics.push(
                Diagnostic::error("E524", span, "this escalates to somebody who could decide already", why)
                    .fix("Leave this one out", start, end, "")
                    .advise("name somebody else"),
            );
        }
        able.push(&escalation.to);
        before = after;
    }
}

const fn double(span: Span) -> Span {
    match span {
        Span::Minutes(count) => Span::Minutes(count.saturating_mul(2)),
        Span::Hours(count) => Span::Hours(count.saturating_mul(2)),
        Span::Days(count) => Span::Days(count.saturating_mul(2)),
        Span::WorkingDays(count) => Span::WorkingDays(count.saturating_mul(2)),
    }
}

/// The shortest and the longest that a length of time can be, in milliseconds: working days have holidays
/// between them.
fn bounds(span: Span) -> (i64, i64) {
    let exact = |count: u32, unit: i64| (i64::from(count) * unit, i64::from(count) * unit);
    match span {
        Span::Minutes(count) => exact(count, MINUTE_MS),
        Span::Hours(count) => exact(count, HOUR_MS),
        Span::Days(count) => exact(count, DAY_MS),
        Span::WorkingDays(count) => (i64::from(count) * DAY_MS, i64::MAX),
    }
}

/// Whether one time is certainly shorter than the other.
fn earlier(one: Span, other: Span) -> bool {
    match (one, other) {
        (Span::WorkingDays(one), Span::WorkingDays(other)) => one < other,
        _ => bounds(one).1 < bounds(other).0,
    }
}

fn earlier_or_same(one: Span, other: Span) -> bool {
    one == other || earlier(one, other)
}

/// A message shows a field only to somebody who may see it.
fn told(definition: &Definition, to: &Who, template: &str, span: (usize, usize), diagnostics: &mut Vec<Diagnostic>) {
    for name in placeholders(template) {
        if !definition.rules_about(name).any(|rule| !rule.readers.contains(to)) {
            continue;
        }
        let (who, field) = (render::who(definition, to), render::field_words(definition, name));
        let message = format!("this message would show {field} to {who}, who may not see it");
        let why = "another sentence says who alone may see it, and a message is read by whoever gets it";
        diagnostics.push(
            Diagnostic::error("E525", span, message, why)
                .advise(format!("leave `{{{}}}` out of the message", name.replace('_', " ")))
                .advise(format!("add {who} to the sentence `Only ... may see {field}.`")),
        );
    }
}

/// Two sentences that name different readers of one field.
fn readers(names: &Names, said: &[Said], places: &Places<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<&str, (&Said, BTreeSet<Who>)> = BTreeMap::new();
    for one in said {
        let Meaning::OnlySee { readers, fields } = &one.meaning else { continue };
        let readers: BTreeSet<Who> = readers.iter().filter_map(|reader| names.who(reader).ok()).collect();
        for field in fields.iter().filter_map(|field| names.field(field).ok()) {
            match first.get(field.name.as_str()) {
                None => {
                    first.insert(&field.name, (one, readers.clone()));
                }
                Some((other, _)) => {
                    let here = quoted_sentence(places.text, one.start, one.end);
                    let there = quoted_sentence(places.text, other.start, other.end);
                    diagnostics.push(
                        contradiction("E503", (one.start, one.end), &here, &there)
                            .advise(format!("say once who may see the {}", field.label)),
                    );
                }
            }
        }
    }
}

/// Names that differ by a letter or two.
fn near_names(said: &[Said], diagnostics: &mut Vec<Diagnostic>) {
    let mut people: Vec<&Name> = Vec::new();
    let mut fields: Vec<&Name> = Vec::new();
    let mut forms: Vec<&Name> = Vec::new();
    for one in said {
        match &one.meaning {
            Meaning::Starter(name) | Meaning::Accountable(name) | Meaning::Outside { party: name, .. } => {
                people.push(name);
            }
            Meaning::Roles(roles) => people.extend(roles),
            Meaning::Form { form, asks } => {
                forms.push(form);
                fields.extend(asks.iter().map(|ask: &Ask| &ask.name));
            }
            _ => {}
        }
    }
    for (what, names) in [("people", people), ("fields", fields), ("forms", forms)] {
        let names: Vec<&Name> = names.into_iter().take(NAMES_MAX).collect();
        for (index, name) in names.iter().enumerate() {
            if let Some(other) = names[..index].iter().find(|other| near(&other.text, &name.text)) {
                let message = format!("`{}` and `{}` are almost the same name for two {what}", name.text, other.text);
                let why = "one of them may be a slip, and readers mix them up";
                diagnostics.push(
                    Diagnostic::warning("W202", (name.start, name.end), message, why)
                        .advise(format!("write `{}` in both places if they are one", other.text))
                        .advise("give one of them another name if they are two"),
                );
            }
        }
    }
}

/// Whether two names differ in one word only, and there by a slip.
fn near(a: &str, b: &str) -> bool {
    let (left, right): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let mut other = left.iter().zip(&right).filter(|(a, b)| !same(a, b));
    let (Some((one, two)), None) = (other.next(), other.next()) else { return false };
    let length = one.chars().count().min(two.chars().count());
    let most = if length >= 8 { 2 } else { 1 };
    let numbered = one.chars().chain(two.chars()).any(|c| c.is_ascii_digit());
    left.len() == right.len() && length >= 4 && !numbered && words::distance(one, two, most).is_some()
}

/// Data that is asked for and never used, and forms that nobody fills in.
fn unused(definition: &Definition, said: &[Said], diagnostics: &mut Vec<Diagnostic>) {
    let used = used(definition);
    for one in said {
        let Meaning::Form { form, asks } = &one.meaning else { continue };
        let of_form =
            |source: &FieldSource| matches!(source, FieldSource::Form { form: own, .. } if same(own, &form.text));
        let mut fields = definition.fields.iter().filter(|field| of_form(&field.source)).peekable();
        let opens = fields.peek().is_some_and(|field| matches!(field.source, FieldSource::Form { start: true, .. }));
        let mut filled = opens;
        definition.walk(&mut |_, step| {
            let writes = super::defaults::writes(step);
            filled |= definition.fields.iter().any(|field| of_form(&field.source) && writes.contains(&&*field.name));
        });
        if !filled {
            let message = format!("nobody fills in the {}", form.text);
            let why = "what a form asks for is only known once somebody has filled it in";
            diagnostics.push(
                Diagnostic::warning("W203", (form.start, form.end), message, why)
                    .advise(format!("write a step such as `The ... fills in the {}.`", form.text)),
            );
            continue;
        }
        for ask in asks {
            let name = super::meaning::field_name(&ask.name.text);
            // What is optional, and every document, is there for whoever looks at the case.
            let must = definition.field(&name).is_some_and(|f| f.required && f.kind != FieldKind::Document);
            if must && !used.contains(name.as_str()) {
                let message = format!("no step uses the {}", ask.name.text);
                let why = "people fill in what nobody reads, compares or sends";
                diagnostics.push(
                    Diagnostic::warning("W203", (ask.name.start, ask.name.end), message, why)
                        .advise("leave it out of the form, or show it to somebody who decides"),
                );
            }
        }
    }
}

/// Every field that some step reads, shows, compares or sends.
fn used(definition: &Definition) -> BTreeSet<&str> {
    let mut used: BTreeSet<&str> = definition.parties.iter().map(|party| party.email.as_str()).collect();
    definition.walk(&mut |_, step| match step {
        Step::Human(human) => used.extend(human.fields.iter().map(String::as_str)),
        Step::System(call) => used.extend(call.payload.iter().map(String::as_str)),
        Step::Check(check) => check.guard.fields(&mut |field| {
            used.insert(field);
        }),
        Step::Choice { branches, .. } => branches.iter().for_each(|branch| {
            branch.guard.fields(&mut |field| {
                used.insert(field);
            });
        }),
        Step::Message(message) => {
            if let MessageText::Template { template } = &message.text {
                used.extend(placeholders(template));
            }
        }
        Step::Agent(agent) => match &agent.work {
            AgentWork::Extract { document, .. } => {
                used.insert(document);
            }
            AgentWork::Draft { fields, field, .. } => {
                used.extend(fields.iter().map(String::as_str));
                used.insert(field);
            }
            AgentWork::Classify { subject, field } | AgentWork::Score { subject, field, .. } => {
                used.extend(subject.iter().map(String::as_str));
                used.insert(field);
            }
            AgentWork::Judge { subject, .. } if !subject.is_empty() => used.extend(subject.iter().map(String::as_str)),
            // A summary is made of everything, and so is a judgement that names nothing.
            AgentWork::Prepare { .. } | AgentWork::Judge { .. } => {
                used.extend(definition.fields.iter().map(|field| field.name.as_str()))
            }
        },
        Step::LookUp(look) => used.extend(look.by.iter().map(String::as_str)),
        Step::Each { list, .. } => {
            used.insert(list);
        }
        Step::Wait { until: WaitUntil::Date { field, .. } } => {
            used.insert(field);
        }
        _ => {}
    });
    definition.walk(&mut |_, step| {
        used.extend(step.people().into_iter().filter_map(|who| match who {
            Who::OwnerOf { field } | Who::ManagerOf { field } => Some(field.as_str()),
            _ => None,
        }));
    });
    used
}

/// A label that an agent has seen too rarely, once there are examples at all.
fn few_examples(definition: &Definition, said: &[Said], diagnostics: &mut Vec<Diagnostic>) {
    for (name, examples) in &definition.examples {
        let Some(FieldKind::Choice { options }) = definition.field(name).map(|field| &field.kind) else { continue };
        let few: Vec<String> = options
            .iter()
            .filter(|option| examples.iter().filter(|example| example.label == **option).count() < EXAMPLES_MIN)
            .map(|option| format!("`{option}`"))
            .collect();
        if few.is_empty() {
            continue;
        }
        let place = said.iter().find(|one| matches!(one.meaning.clause(), Some(Clause::Classify { .. })));
        let span = place.map_or((0, 0), |one| (one.start, one.end));
        let message = format!("fewer than {EXAMPLES_MIN} examples have the label {}", super::clause::join(&few, "or"));
        let why = "an agent learns from the examples which word to choose, and asks a person where it has few";
        diagnostics.push(Diagnostic::warning("W204", span, message, why).advise("add examples with this label"));
    }
}
