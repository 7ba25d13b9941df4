//! The whole way from a text to a definition.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use countersign_core::definition::{
    Definition, Field, FieldKind, FieldSource, OwnerList, Party, Path, Prohibition, Stage, Visibility, Who, Withdrawal,
};

use super::{
    Attachments, Compiled, Question, Sentence, SentenceKind,
    build::Builder,
    check, defaults,
    diagnostics::{Diagnostic, contradiction, quoted_sentence, whole_line},
    finish::Finisher,
    lexer,
    meaning::{FieldRef, Meaning, Name, WhoRef},
    names::{Names, Said},
    refuse,
    sentence::{self, Raw, RawKind},
};

/// The largest text in bytes.
pub(crate) const MAX_TEXT: usize = 512 * 1024;

/// Compiles a process text.
///
/// It never panics, and its time grows with the length of the text alone. There is a definition exactly when
/// no diagnostic is an error.
#[must_use]
pub fn compile(text: &str, attachments: &Attachments) -> Compiled {
    if text.len() > MAX_TEXT {
        let found = Diagnostic::too_long(0, text.len(), "bytes", MAX_TEXT);
        return Compiled {
            definition: None,
            draft: None,
            sentences: Vec::new(),
            places: Vec::new(),
            questions: Vec::new(),
            diagnostics: vec![found],
        };
    }
    let split = sentence::split(text, &lexer::tokens(text));
    let mut diagnostics = split.diagnostics;
    diagnostics.extend(super::foreign::hidden(text));
    let listed = refuse::listed(text, &split.sentences);
    let meanings: Vec<Option<Meaning>> =
        split.sentences.iter().map(|raw| understand(text, raw, &listed, &mut diagnostics)).collect();
    let said = said(&meanings, &split.sentences);
    let mut names = Names {
        guidelines: attachments.guidelines.keys().cloned().collect(),
        templates: attachments.templates.clone(),
        ..Names::default()
    };
    names.collect(&said, text, &mut diagnostics);
    let names = names;
    let mut builder = Builder::new(text, &names, &meanings, &split.sentences);
    let stages = builder.stages(&split.items);
    diagnostics.append(&mut builder.diagnostics);

    let mut definition = declared(text, &names, &said, &mut diagnostics);
    attachments.attach(&mut definition);
    let accountable = definition.accountable.clone();
    let mut finisher = Finisher::new(text, &names, &split.sentences, &accountable);
    let mut headings = Vec::new();
    for (index, (name, sentence, nodes)) in stages.into_iter().enumerate() {
        headings.push(sentence);
        let path = Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]);
        let steps = finisher.block(nodes, &path);
        definition.stages.push(Stage { name, steps });
    }
    order_fields(&mut definition);
    super::papers::trace(&mut definition);
    super::criteria::settle(&mut definition);
    finisher.fill(&mut definition);
    diagnostics.append(&mut finisher.diagnostics);
    let text_of = check::Places::new((text, &split.sentences), &headings, &finisher.places, &finisher.paths);
    check::check(&definition, &names, &said, &text_of, &mut diagnostics);
    diagnostics.sort_by_key(|found| (found.start, found.end));
    diagnostics.dedup();

    let sentences: Vec<Sentence> = split
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
    let questions = questions(&said);
    // An open question stops a text from being published, and nothing else: it can be drawn and tried.
    let draft = (!diagnostics.iter().any(Diagnostic::is_error)).then_some(definition);
    diagnostics.extend(questions.iter().map(|question| Diagnostic::open_question(text, question)));
    diagnostics.sort_by_key(|found| (found.start, found.end));
    let definition = draft.clone().filter(|_| questions.is_empty());
    Compiled { definition, draft, sentences, places: finisher.places, questions, diagnostics }
}

/// The sentences that have a meaning.
fn said(meanings: &[Option<Meaning>], raws: &[Raw]) -> Vec<Said> {
    let pairs = meanings.iter().zip(raws).enumerate();
    pairs
        .filter_map(|(index, (meaning, raw))| {
            let meaning = meaning.clone()?;
            Some(Said { index, start: raw.start, end: raw.end, meaning })
        })
        .collect()
}

pub(crate) fn understand(
    text: &str,
    raw: &Raw,
    listed: &BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Meaning> {
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
        RawKind::Note | RawKind::Question => {
            let (start, end) = match (raw.tokens.get(2), raw.tokens.last()) {
                (Some(first), Some(last)) => (first.start, last.end),
                _ => (raw.end, raw.end),
            };
            let words = one_line(&text[start..end]);
            Some(if raw.kind == RawKind::Note { Meaning::Note(words) } else { Meaning::Question(words) })
        }
        RawKind::Plain => refuse::read(text, raw, listed, diagnostics),
    }
}

/// The questions that the text leaves open.
fn questions(said: &[Said]) -> Vec<Question> {
    said.iter()
        .filter_map(|one| match &one.meaning {
            Meaning::Question(text) => {
                Some(Question { sentence: one.index, start: one.start, end: one.end, text: text.clone() })
            }
            _ => None,
        })
        .collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) const fn kind(meaning: &Meaning) -> SentenceKind {
    match meaning {
        Meaning::Title(_) => SentenceKind::Title,
        Meaning::Note(_) => SentenceKind::Note,
        Meaning::Question(_) => SentenceKind::Question,
        Meaning::Comment => SentenceKind::Comment,
        Meaning::OnlySee { .. }
        | Meaning::OnlyCases(_)
        | Meaning::NeverAgent(_)
        | Meaning::NeverApprover(_)
        | Meaning::Withdraw { .. } => SentenceKind::Rule,
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
        | Meaning::Owners { .. }
        | Meaning::Schedule(_)
        | Meaning::Stage(_) => SentenceKind::Declaration,
        Meaning::Track(_)
        | Meaning::Together
        | Meaning::Step(_)
        | Meaning::Submitted { .. }
        | Meaning::Scheduled { .. }
        | Meaning::AllDone(_)
        | Meaning::Join { .. }
        | Meaning::Each { .. }
        | Meaning::Fails { .. }
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
fn declared(text: &str, names: &Names, said: &[Said], diagnostics: &mut Vec<Diagnostic>) -> Definition {
    let said_or_empty = |name: &Option<String>| name.clone().unwrap_or_default();
    let (starter, accountable) = (said_or_empty(&names.starter), said_or_empty(&names.accountable));
    let mut definition = Definition { fields: names.fields.clone(), ..Definition::empty("", starter, accountable) };
    let mut first: BTreeMap<&'static str, &Said> = BTreeMap::new();
    for one in said {
        let again = topic(&one.meaning).and_then(|topic| match first.entry(topic) {
            Entry::Vacant(place) => {
                place.insert(one);
                None
            }
            Entry::Occupied(earlier) => Some(*earlier.get()),
        });
        let done = match again {
            Some(earlier) => Err(twice(text, one, earlier)),
            None => declare(&mut definition, names, one),
        };
        diagnostics.extend(done.err());
    }
    definition
}

/// What only one sentence of a text may say.
const fn topic(meaning: &Meaning) -> Option<&'static str> {
    Some(match meaning {
        Meaning::Title(_) => "title",
        Meaning::Stalls(_) => "stalls",
        Meaning::DayOrder(_) => "day order",
        Meaning::Currency(_) => "currency",
        Meaning::Withdraw { .. } => "withdrawal",
        Meaning::OnlyCases(_) => "readers",
        _ => return None,
    })
}

fn twice(text: &str, one: &Said, earlier: &Said) -> Diagnostic {
    let here = quoted_sentence(text, one.start, one.end);
    let there = quoted_sentence(text, earlier.start, earlier.end);
    let (start, end) = whole_line(text, (one.start, one.end));
    contradiction("E503", (one.start, one.end), &here, &there).fix("Leave this one out", start, end, "")
}

fn declare(definition: &mut Definition, names: &Names, one: &Said) -> Result<(), Diagnostic> {
    match &one.meaning {
        Meaning::Title(title) => {
            definition.title.clone_from(&title.text);
            definition.id = slug(&title.text);
        }
        Meaning::Note(note) => definition.notes.push(note.clone()),
        Meaning::Success(closings) => {
            definition.successes.extend(closings.iter().map(|closing| closing.text.clone()));
        }
        Meaning::Stalls(place) => {
            definition.stalls_at = Some(place.text.clone());
        }
        Meaning::DayOrder(order) => {
            definition.reading.day_order = Some(*order);
        }
        Meaning::Currency(name) => {
            if name.text.len() != 3 || !name.text.bytes().all(|byte| byte.is_ascii_uppercase()) {
                let message = format!("`{}` is no currency", name.text);
                let why = "a currency is three capital letters, as in ISO 4217";
                return Err(Diagnostic::error("E203", (name.start, name.end), message, why)
                    .fix("Use EUR", name.start, name.end, "EUR"));
            }
            definition.reading.currency = Some(name.text.clone());
        }
        Meaning::Outside { party, address } => {
            let known = names.field(address)?;
            if known.kind != FieldKind::Email {
                return Err(no_address(names, known, address));
            }
            definition.parties.push(Party { name: party.text.clone(), email: known.name.clone() });
        }
        Meaning::OnlySee { readers, fields } => {
            let readers: Vec<Who> = readers.iter().map(|reader| names.who(reader)).collect::<Result<_, _>>()?;
            for field in fields {
                let field = names.field(field)?.name.clone();
                definition.visibility.push(Visibility { field, readers: readers.clone() });
            }
        }
        Meaning::OnlyCases(readers) => {
            definition.readers = Some(readers.iter().map(|reader| names.who(reader)).collect::<Result<_, _>>()?);
        }
        Meaning::Owners { field, owners } => definition.owners.push(owned(names, field, owners)?),
        Meaning::Schedule(schedule) | Meaning::Scheduled { schedule, .. } => {
            scheduled(names, (one.start, one.end))?;
            definition.schedules.push(*schedule);
        }
        Meaning::Withdraw { who, before, closing } => {
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

/// Somebody outside can only be reached by e-mail.
fn no_address(names: &Names, known: &Field, address: &FieldRef) -> Diagnostic {
    let (start, end) = (address.start, address.end);
    let message = format!("`{}` is {}, not e-mail", known.label, super::names::kind_word(&known.kind));
    let found = Diagnostic::error("E507", (start, end), message, "people outside get their link by e-mail");
    match names.fields.iter().find(|field| field.kind == FieldKind::Email) {
        Some(field) => found.fix(format!("Use `{}`", field.label), start, end, super::names::the(&field.label)),
        None => found.advise("ask for the address in a form: `the supplier e-mail (e-mail)`"),
    }
}

/// A case that starts by itself has nobody who fills in a form.
fn scheduled(names: &Names, span: (usize, usize)) -> Result<(), Diagnostic> {
    let start = |field: &&Field| field.required && matches!(field.source, FieldSource::Form { start: true, .. });
    match names.fields.iter().find(start) {
        None => Ok(()),
        Some(field) => {
            let message = format!("a case starts by itself here, and nobody fills in the {}", field.label);
            let why = "the form that opens a case asks for it";
            Err(Diagnostic::error("E509", span, message, why)
                .advise(format!("make it optional, or ask for the {} in a later form", field.label)))
        }
    }
}

/// The list of owners, one for each word of the field.
fn owned(names: &Names, field: &FieldRef, owners: &[(WhoRef, Vec<Name>)]) -> Result<OwnerList, Diagnostic> {
    let known = names.field(field)?;
    let FieldKind::Choice { options } = &known.kind else {
        let message = format!("`{}` is {}, not a list of words", known.label, super::names::kind_word(&known.kind));
        let why = "an owner belongs to a word";
        return Err(Diagnostic::error("E507", (field.start, field.end), message, why)
            .advise("name a field whose type is a list of words"));
    };
    let mut all: BTreeMap<String, Who> = BTreeMap::new();
    for (who, words) in owners {
        let person = names.who(who)?;
        if let Who::OwnerOf { .. } = person {
            let name = who.name();
            let why = "the owner would be looked for in a circle";
            return Err(Diagnostic::error("E509", (name.start, name.end), "an owner is named by another list", why)
                .advise("name a role"));
        }
        for word in words {
            let option = options.iter().find(|option| super::names::same(option, &word.text));
            let Some(option) = option else {
                return Err(super::guards::no_option(known, options, &word.text, (word.start, word.end)));
            };
            if all.insert(option.clone(), person.clone()).is_some() {
                let message = format!("`{option}` has two owners here");
                return Err(Diagnostic::error("E504", (word.start, word.end), message, "a name must mean one thing")
                    .advise("name each word once"));
            }
        }
    }
    match options.iter().find(|option| !all.contains_key(*option)) {
        None => Ok(OwnerList { field: known.name.clone(), owners: all }),
        Some(left) => {
            let message = format!("nobody owns `{left}`");
            let why = "a case with this word would go to nobody";
            Err(Diagnostic::error("E509", (field.start, field.end), message, why)
                .advise(format!("say who is the owner for {left}")))
        }
    }
}

/// Puts the fields that steps introduce behind those of forms, in the order in which the steps stand.
fn order_fields(definition: &mut Definition) {
    let mut order: Vec<String> = Vec::new();
    definition.walk(&mut |_, step| order.extend(defaults::writes(step).into_iter().map(String::from)));
    definition.fields.sort_by_cached_key(|field| match field.source {
        FieldSource::Form { .. } => 0,
        FieldSource::Document { .. }
        | FieldSource::Agent
        | FieldSource::System { .. }
        | FieldSource::Template { .. }
        | FieldSource::Item { .. } => 1 + order.iter().position(|name| *name == field.name).unwrap_or(order.len()),
    });
}
