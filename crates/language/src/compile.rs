//! The whole way from a text to a definition.

use countersign_core::definition::{
    DEFINITION_FORMAT, Definition, FieldSource, Party, Path, Prohibition, Reading, Stage, Visibility, Who, Withdrawal,
};

use super::{
    Attachments, Compiled, Sentence, SentenceKind,
    build::Builder,
    check, defaults,
    diagnostics::Diagnostic,
    finish::Finisher,
    lexer,
    meaning::Meaning,
    names::{Names, Said},
    refuse,
    sentence::{self, Raw, RawKind},
};

/// The largest text in bytes.
const MAX_TEXT: usize = 512 * 1024;

/// Compiles a process text.
///
/// It never panics, and its time grows with the length of the text alone. There is a definition exactly when
/// no diagnostic is an error.
#[must_use]
pub fn compile(text: &str, attachments: &Attachments) -> Compiled {
    if text.len() > MAX_TEXT {
        let found = Diagnostic::too_long(0, text.len(), "bytes", MAX_TEXT);
        return Compiled { definition: None, sentences: Vec::new(), diagnostics: vec![found] };
    }
    let split = sentence::split(text, &lexer::tokens(text));
    let mut diagnostics = split.diagnostics;
    let meanings: Vec<Option<Meaning>> =
        split.sentences.iter().map(|raw| understand(text, raw, &mut diagnostics)).collect();
    let said: Vec<Said> = meanings
        .iter()
        .zip(&split.sentences)
        .enumerate()
        .filter_map(|(index, (meaning, raw))| {
            let meaning = meaning.clone()?;
            Some(Said { index, start: raw.start, end: raw.end, meaning })
        })
        .collect();
    let names = Names::collect(&said, text, &mut diagnostics);
    let mut builder = Builder::new(text, &names, &meanings, &split.sentences);
    let stages = builder.stages(&split.items);
    diagnostics.append(&mut builder.diagnostics);

    let mut definition = declared(&names, &said, &mut diagnostics);
    definition.examples.clone_from(&attachments.examples);
    let accountable = definition.accountable.clone();
    let mut finisher = Finisher::new(&names, &split.sentences, &accountable);
    let mut headings = Vec::new();
    for (index, (name, sentence, nodes)) in stages.into_iter().enumerate() {
        headings.push(sentence);
        let path = Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]);
        let steps = finisher.block(nodes, &path);
        definition.stages.push(Stage { name, steps });
    }
    order_fields(&mut definition);
    finisher.fill(&mut definition);
    diagnostics.append(&mut finisher.diagnostics);
    let text_of = check::Places { text, raws: &split.sentences, steps: &finisher.places, headings: &headings };
    check::check(&definition, &names, &said, &text_of, &mut diagnostics);
    diagnostics.sort_by_key(|found| (found.start, found.end));
    diagnostics.dedup();

    let sentences = split
        .sentences
        .iter()
        .enumerate()
        .map(|(index, raw)| Sentence {
            start: raw.start,
            end: raw.end,
            text: String::from(&text[raw.start..raw.end]),
            kind: meanings[index].as_ref().map_or(SentenceKind::NotUnderstood, kind),
            path: finisher.paths.get(&index).cloned(),
            defaults: finisher.defaults.remove(&index).unwrap_or_default(),
        })
        .collect();
    let definition = (!diagnostics.iter().any(Diagnostic::is_error)).then_some(definition);
    Compiled { definition, sentences, diagnostics }
}

pub(crate) fn understand(text: &str, raw: &Raw, diagnostics: &mut Vec<Diagnostic>) -> Option<Meaning> {
    match raw.kind {
        RawKind::Comment => Some(Meaning::Comment),
        RawKind::Title => {
            let words = raw.tokens.first().zip(raw.tokens.last());
            words.map(|(first, last)| {
                let (start, end) = (first.start, last.end);
                let text = one_line(&text[start..end]);
                Meaning::Title(super::meaning::Name { text, start, end })
            })
        }
        RawKind::Note => {
            let (start, end) = match (raw.tokens.get(2), raw.tokens.last()) {
                (Some(first), Some(last)) => (first.start, last.end),
                _ => (raw.end, raw.end),
            };
            Some(Meaning::Note(one_line(&text[start..end])))
        }
        RawKind::Plain => refuse::read(text, raw, diagnostics),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) const fn kind(meaning: &Meaning) -> SentenceKind {
    match meaning {
        Meaning::Title(_) => SentenceKind::Title,
        Meaning::Note(_) => SentenceKind::Note,
        Meaning::Comment => SentenceKind::Comment,
        Meaning::OnlySee { .. } | Meaning::NeverAgent(_) | Meaning::NeverApprover(_) | Meaning::Withdraw { .. } => {
            SentenceKind::Rule
        }
        Meaning::Starter(_)
        | Meaning::Accountable(_)
        | Meaning::Success(_)
        | Meaning::Stalls(_)
        | Meaning::DayOrder(_)
        | Meaning::Currency(_)
        | Meaning::Form { .. }
        | Meaning::StartForm(_)
        | Meaning::Outside { .. }
        | Meaning::Roles(_)
        | Meaning::Stage(_) => SentenceKind::Declaration,
        Meaning::Track(_)
        | Meaning::Together
        | Meaning::Step(_)
        | Meaning::Submitted { .. }
        | Meaning::AllDone(_)
        | Meaning::If { .. }
        | Meaning::Otherwise(_)
        | Meaning::Rejected { .. }
        | Meaning::Change(_) => SentenceKind::Step,
    }
}

/// A process's short name from its title: `Expense claim` becomes `expense-claim`.
pub(crate) fn slug(title: &str) -> String {
    super::meaning::field_name(title).replace('_', "-")
}

/// The definition without its stages.
fn declared(names: &Names, said: &[Said], diagnostics: &mut Vec<Diagnostic>) -> Definition {
    let mut definition = Definition {
        format: DEFINITION_FORMAT,
        id: String::new(),
        title: String::new(),
        starter: names.starter.clone().unwrap_or_default(),
        accountable: names.accountable.clone().unwrap_or_default(),
        successes: Vec::new(),
        stalls_at: None,
        reading: Reading::default(),
        fields: names.fields.clone(),
        parties: Vec::new(),
        visibility: Vec::new(),
        stages: Vec::new(),
        withdrawal: None,
        prohibitions: Vec::new(),
        notes: Vec::new(),
        examples: std::collections::BTreeMap::new(),
        owners: Vec::new(),
        guidelines: std::collections::BTreeMap::new(),
        schedules: Vec::new(),
        readers: None,
    };
    for one in said {
        if let Err(found) = declare(&mut definition, names, one) {
            diagnostics.push(found);
        }
    }
    definition
}

fn declare(definition: &mut Definition, names: &Names, one: &Said) -> Result<(), Diagnostic> {
    match &one.meaning {
        Meaning::Title(title) => {
            once(one, !definition.title.is_empty(), "the title")?;
            definition.title.clone_from(&title.text);
            definition.id = slug(&title.text);
        }
        Meaning::Note(note) => definition.notes.push(note.clone()),
        Meaning::Success(closings) => {
            definition.successes.extend(closings.iter().map(|closing| closing.text.clone()));
        }
        Meaning::Stalls(place) => {
            once(one, definition.stalls_at.is_some(), "where it stalls")?;
            definition.stalls_at = Some(place.text.clone());
        }
        Meaning::DayOrder(order) => {
            once(one, definition.reading.day_order.is_some(), "how dates are written")?;
            definition.reading.day_order = Some(*order);
        }
        Meaning::Currency(name) => {
            once(one, definition.reading.currency.is_some(), "the currency")?;
            if name.text.len() != 3 || !name.text.bytes().all(|byte| byte.is_ascii_uppercase()) {
                let message = format!("`{}` is no currency", name.text);
                let why = "a currency is three capital letters, as in ISO 4217";
                return Err(Diagnostic::error("E203", (name.start, name.end), message, why)
                    .fix("Use EUR", name.start, name.end, "EUR"));
            }
            definition.reading.currency = Some(name.text.clone());
        }
        Meaning::Outside { party, address } => {
            let email = names.field(address)?.name.clone();
            definition.parties.push(Party { name: party.text.clone(), email });
        }
        Meaning::OnlySee { readers, fields } => {
            let readers: Vec<Who> = readers.iter().map(|reader| names.who(reader)).collect::<Result<_, _>>()?;
            for field in fields {
                let field = names.field(field)?.name.clone();
                definition.visibility.push(Visibility { field, readers: readers.clone() });
            }
        }
        Meaning::Withdraw { who, before, closing } => {
            once(one, definition.withdrawal.is_some(), "what a withdrawal does")?;
            if names.who(who)? != Who::Requester {
                let name = who.name();
                let why = "only whoever started the case can withdraw it";
                let message = format!("`{}` did not start the case", name.text);
                return Err(Diagnostic::error("E509", (name.start, name.end), message, why).fix(
                    "Use the requester",
                    name.start,
                    name.end,
                    "requester",
                ));
            }
            let before_stage = before.as_ref().map(|stage| names.stage(stage)).transpose()?;
            definition.withdrawal = Some(Withdrawal { before_stage, closing: closing.text.clone() });
        }
        Meaning::NeverAgent(subject) => {
            definition.prohibitions.push(Prohibition::AgentApproves { subject: subject.text.clone() });
        }
        Meaning::NeverApprover(who) => {
            definition.prohibitions.push(Prohibition::ApproverIs { who: names.who(who)? });
        }
        _ => {}
    }
    Ok(())
}

fn once(one: &Said, again: bool, what: &str) -> Result<(), Diagnostic> {
    if !again {
        return Ok(());
    }
    let message = format!("another sentence gives {what} already");
    let why = "both cannot be true of one process";
    Err(Diagnostic::error("E503", (one.start, one.end), message, why).fix("Leave this one out", one.start, one.end, ""))
}

/// Puts the fields that steps introduce behind those of forms, in the order in which the steps stand.
fn order_fields(definition: &mut Definition) {
    let mut order: Vec<String> = Vec::new();
    definition.walk(&mut |_, step| order.extend(defaults::writes(step).into_iter().map(String::from)));
    definition.fields.sort_by_key(|field| match field.source {
        FieldSource::Form { .. } => 0,
        FieldSource::Document { .. } | FieldSource::Agent | FieldSource::System { .. } | FieldSource::Item { .. } => {
            1 + order.iter().position(|name| *name == field.name).unwrap_or(order.len())
        }
    });
}
