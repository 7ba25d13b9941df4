//! A definition back to process text. What holds by default is not written.

use countersign_core::{
    definition::{DayOrder, Definition, Every, Field, FieldKind, FieldSource, Path, Prohibition, Schedule, Who},
    time::Span,
    value::FieldName,
};

use super::{
    clause::join,
    defaults::Reach,
    lexer::quoted,
    names::{same, written},
    render_steps::Writer,
    shapes,
};

/// Writes a definition as process text. `compile` of the text, with the same examples, gives it back.
#[must_use]
pub fn render(definition: &Definition) -> String {
    let mut out = format!("# {}\n\n", definition.title);
    people(definition, &mut out);
    settings(definition, &mut out);
    out.push('\n');
    data(definition, &mut out);
    let reach = Reach::of(definition);
    for (index, stage) in definition.stages.iter().enumerate() {
        out.push_str(&format!("\nStage {}:\n", written(&stage.name)));
        let mut writer = Writer { definition, reach: &reach, out: &mut out, indent: 0 };
        writer.block(&stage.steps, &Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]));
    }
    out.push('\n');
    rules(definition, &mut out);
    out
}

/// A length of time as people write it, such as `2 working days`.
#[must_use]
pub fn span(span: Span) -> String {
    let (count, unit) = unit(span);
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// How a text calls somebody, with the article: `the finance lead`.
#[must_use]
pub fn who(definition: &Definition, who: &Who) -> String {
    who_named(&definition.starter, &definition.fields, who)
}

/// How a text calls somebody, when only the name of whoever starts a case is known.
pub(crate) fn who_named(starter: &str, fields: &[Field], who: &Who) -> String {
    match who {
        Who::Requester => format!("the {}", written(starter)),
        Who::ManagerOfRequester => format!("the manager of the {}", written(starter)),
        Who::Approver => String::from("the approver"),
        Who::Role { role } => format!("the {}", written(role)),
        Who::Party { party } => format!("the {}", written(party)),
        Who::OwnerOf { field } => format!("the owner of {}", field_in(fields, field)),
        Who::ManagerOf { field } => format!("the manager of {}", field_in(fields, field)),
    }
}

const fn unit(span: Span) -> (u32, &'static str) {
    match span {
        Span::Minutes(count) => (count, "minute"),
        Span::Hours(count) => (count, "hour"),
        Span::Days(count) => (count, "day"),
        Span::WorkingDays(count) => (count, "working day"),
    }
}

pub(super) fn every(each: Span) -> String {
    let (count, unit) = unit(each);
    if count == 1 { String::from(unit) } else { span(each) }
}

/// A sentence with its capital and its full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if words.ends_with(':') { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

pub(super) fn thing(text: &str) -> String {
    if shapes::is_plain_thing(text) { String::from(text) } else { quoted(text) }
}

/// A system with its article; in quotation marks unless its name says that it is a system.
pub(super) fn system(name: &str) -> String {
    let says_so = name.rsplit(' ').next().is_some_and(|last| same(last, "system"));
    if says_so { format!("the {}", written(name)) } else { format!("the {}", quoted(name)) }
}

/// The words for a field, with the article: `the total on the receipt`.
#[must_use]
pub fn field_words(definition: &Definition, name: &str) -> String {
    field_in(&definition.fields, name)
}

fn field_in(fields: &[Field], name: &str) -> String {
    let field = |name: &str| fields.iter().find(|field| field.name == name);
    match field(name) {
        Some(Field { source: FieldSource::Document { document }, label, .. }) => {
            let document = field(document).map_or(document.as_str(), |field| field.label.as_str());
            let inner = label.strip_suffix(&format!(" on the {document}")).unwrap_or(label);
            format!("the {} on the {}", written(inner), written(document))
        }
        Some(field) => format!("the {}", written(&field.label)),
        None => format!("the {}", written(name)),
    }
}

pub(super) fn inner_label<'a>(field: &'a Field, document: &str) -> &'a str {
    field.label.strip_suffix(&format!(" on the {document}")).unwrap_or(&field.label)
}

pub(super) fn fields_words(definition: &Definition, fields: &[FieldName]) -> String {
    let all: Vec<String> = fields.iter().map(|field| field_words(definition, field)).collect();
    join(&all, "and")
}

/// The labels in a row, as a subject is made of them.
pub(super) fn labels(definition: &Definition, fields: &[FieldName]) -> String {
    let label = |name: &FieldName| definition.field(name).map_or_else(|| name.clone(), |field| field.label.clone());
    let all: Vec<String> = fields.iter().map(|name| format!("the {}", label(name))).collect();
    join(&all, "and")
}

/// The type of a field in parentheses.
pub(super) fn kind(kind: &FieldKind, optional: bool) -> String {
    let words = match kind {
        FieldKind::Choice { options } => {
            let plain = |option: &String| {
                let special = ["optional", "yes", "no"].iter().any(|word| same(word, option));
                if special { quoted(option) } else { written(option) }
            };
            join(&options.iter().map(plain).collect::<Vec<_>>(), "or")
        }
        FieldKind::List { of } => format!("list of {}", super::names::kind_word(of)),
        other => String::from(super::names::kind_word(other)),
    };
    if optional { format!("({words}, optional)") } else { format!("({words})") }
}

fn people(definition: &Definition, out: &mut String) {
    let starter = written(&definition.starter);
    let vowel = starter.trim_start_matches('"').starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    let article = if vowel { "An" } else { "A" };
    out.push_str(&format!("{article} {starter} can start this process.\n"));
    out.push_str(&format!("The {} is accountable for this process.\n", written(&definition.accountable)));
    let roles: Vec<String> = super::check::roles(definition)
        .into_iter()
        .filter(|role| !same(role, &definition.accountable))
        .map(|role| written(&role))
        .collect();
    match roles.as_slice() {
        [] => {}
        [role] => out.push_str(&format!("The {role} is a role.\n")),
        several => out.push_str(&format!("The roles are {}.\n", join(several, "and"))),
    }
}

fn settings(definition: &Definition, out: &mut String) {
    for closing in &definition.successes {
        out.push_str(&format!("Closing as {} is a success.\n", written(closing)));
    }
    if let Some(place) = &definition.stalls_at {
        out.push_str(&format!("It usually stalls at {}.\n", thing(place)));
    }
    for one in &definition.schedules {
        out.push_str(&format!("{}\n", sentence(&format!("{}, a case starts", schedule(one)))));
    }
    match definition.reading.day_order {
        Some(DayOrder::DayFirst) => out.push_str("Dates in documents are written day first.\n"),
        Some(DayOrder::MonthFirst) => out.push_str("Dates in documents are written month first.\n"),
        None => {}
    }
    if let Some(currency) = &definition.reading.currency {
        out.push_str(&format!("Amounts without a currency are in {currency}.\n"));
    }
}

/// When cases start by themselves, such as `every Monday at 09:00`.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    let days = match schedule.every {
        Every::Day => String::from("day"),
        Every::WorkingDay => String::from("working day"),
        Every::LastDayOfMonth => String::from("last day of the month"),
        Every::DayOfMonth(day) => format!("{day}{} of the month", super::words::ordinal(day)),
        Every::Weekday(weekday) => String::from(super::words::weekday_name(weekday)),
    };
    format!("every {days} at {:02}:{:02}", schedule.at_minute / 60, schedule.at_minute % 60)
}

fn owners(definition: &Definition, out: &mut String) {
    for list in &definition.owners {
        let all: Vec<String> = list
            .owners
            .iter()
            .map(|(option, owner)| format!("{} for {}", who(definition, owner), written(option)))
            .collect();
        let field = field_words(definition, &list.field);
        out.push_str(&format!("The owner of {field} is {}.\n", all.join(", ")));
    }
}

fn data(definition: &Definition, out: &mut String) {
    let mut forms: Vec<(&str, bool, Vec<String>)> = Vec::new();
    for field in &definition.fields {
        let FieldSource::Form { form, start } = &field.source else { continue };
        let ask = format!("the {} {}", written(&field.label), kind(&field.kind, !field.required));
        match forms.last_mut().filter(|(last, ..)| last == form) {
            Some((_, _, asks)) => asks.push(ask),
            None => forms.push((form, *start, vec![ask])),
        }
    }
    for (form, _, asks) in &forms {
        out.push_str(&format!("The {} asks for {}.\n", written(form), join(asks, "and")));
    }
    if let Some((form, ..)) = forms.iter().skip(1).find(|(_, start, _)| *start) {
        out.push_str(&format!("The {} opens the case.\n", written(form)));
    }
    for party in &definition.parties {
        let address = field_words(definition, &party.email);
        out.push_str(&format!("The {} is outside; their address is {address}.\n", written(&party.name)));
    }
    owners(definition, out);
    if let Some(readers) = &definition.readers {
        let readers: Vec<String> = readers.iter().map(|reader| who(definition, reader)).collect();
        out.push_str(&format!("Only {} may see cases of this process.\n", join(&readers, "and")));
    }
    for visibility in &definition.visibility {
        let readers: Vec<String> = visibility.readers.iter().map(|reader| who(definition, reader)).collect();
        let field = field_words(definition, &visibility.field);
        out.push_str(&format!("Only {} may see {field}.\n", join(&readers, "and")));
    }
}

fn rules(definition: &Definition, out: &mut String) {
    if let Some(withdrawal) = &definition.withdrawal {
        let when = match &withdrawal.before_stage {
            Some(stage) => format!("before the {}", written(stage)),
            None => String::from("at any time"),
        };
        let requester = who(definition, &Who::Requester);
        let closing = written(&withdrawal.closing);
        out.push_str(&format!("If {requester} withdraws {when}, close the case as {closing}.\n"));
    }
    for prohibition in &definition.prohibitions {
        match prohibition {
            Prohibition::AgentApproves { subject } => {
                out.push_str(&format!("An agent must never approve {}.\n", thing(subject)));
            }
            Prohibition::ApproverIs { who: person } => {
                out.push_str(&format!("The approver must never be {}.\n", who(definition, person)));
            }
        }
    }
    for note in &definition.notes {
        out.push_str(&format!("Note: {note}.\n"));
    }
}
