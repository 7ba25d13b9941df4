//! What was understood of a process text, as the studio tells it: counts, problems with their fixes, what holds by
//! default, and which words of the text each of these is about.

use countersign_core::{
    definition::{Definition, Signer},
    people::Directory,
    prove::{self, Proof},
};

use super::{catalogue::text::studio as text, format::capital};
use crate::language::{self, Attachments, Compiled, Diagnostic, Sentence, SentenceKind, Severity};

/// The longest words of the text that a problem repeats, in characters.
const QUOTED_AT_MOST: usize = 90;
/// A name that is not said yet; a default that needs it is not told before it is.
const NOBODY: &str = "\"\"";

/// What stands for every default at once in a form.
pub const ALL_DEFAULTS: &str = "all";

/// A text with what became of it.
#[derive(Clone, Debug)]
pub struct Understood {
    /// What the compiler says of it.
    pub compiled: Compiled,
    /// How much of what.
    pub counts: Counts,
    /// What is wrong or asked, in the order of the text.
    pub found: Vec<Found>,
    /// What sentences leave open, and what therefore holds.
    pub defaults: Vec<Open>,
    /// The sentences that are kept and not enforced.
    pub notes: Vec<String>,
    /// The text in stretches, each with what it is.
    pub stretches: Vec<Stretch>,
    /// Whether nothing leaves the organisation unsigned; `None` as long as not everything is understood.
    pub proof: Option<Proven>,
}

/// What came of the proof, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proven {
    /// Nothing leaves without the sign-off that the text names; this is what leaves.
    Holds(Vec<Effect>),
    /// Something could: what is wrong, and the way on which it happens.
    Fails(Vec<(String, Vec<String>)>),
}

/// How much of a text is what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sentences, without title and comments.
    pub sentences: usize,
    /// Those that the program carries out or enforces.
    pub enforced: usize,
    /// Those that are only kept.
    pub notes: usize,
    /// What only a person can answer.
    pub questions: usize,
    /// What is wrong.
    pub problems: usize,
}

/// One thing that is wrong or asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What names it in a form: code and place.
    pub key: String,
    /// What it is.
    pub weight: Weight,
    /// The line of the text, from 1.
    pub line: usize,
    /// Its first byte and the byte after its last.
    pub place: (usize, usize),
    /// The same as a script counts: in UTF-16 code units.
    pub units: (usize, usize),
    /// The words that it is about.
    pub words: String,
    /// What is wrong, as a sentence.
    pub message: String,
    /// Why that matters, as a sentence.
    pub why: String,
    /// Edits that mend it, best first: their number among the suggestions, and what they do.
    pub fixes: Vec<(usize, String)>,
    /// What a person can do about it.
    pub advice: Vec<String>,
}

/// How much weight something has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It stops the text from being published.
    Problem,
    /// A person must answer before it can be published.
    Question,
    /// Somebody should look.
    Look,
}

/// A sentence that leaves something open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its first byte.
    pub start: usize,
    /// Where it begins and ends as a script counts: in UTF-16 code units.
    pub units: (usize, usize),
    /// The line of the text, from 1.
    pub line: usize,
    /// The sentence.
    pub sentence: String,
    /// What is open, and what holds.
    pub holds: Vec<Held>,
}

/// Something that holds by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What it is about.
    pub what: String,
    /// What holds.
    pub value: String,
    /// What names it in a form, when it can be written into the text.
    pub key: Option<String>,
}

/// A stretch of the text that is one thing throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The words.
    pub text: String,
    /// What they are, as classes of the style sheet; empty for what is plainly stated.
    pub class: String,
    /// The place of their sentence in the list of sentences.
    pub sentence: Option<usize>,
}

/// Something that leaves the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What it does and who signs it, as a sentence.
    pub what: String,
    /// Whether somebody signs it.
    pub signed: bool,
}

impl Understood {
    /// Compiles a text and tells what became of it.
    #[must_use]
    pub fn of(source: &str, attachments: &Attachments, directory: &Directory) -> Self {
        let compiled = language::compile(source, attachments);
        let lines = Lines::of(source);
        let people = language::check_people_in(&compiled, directory);
        let all = compiled.diagnostics.iter().chain(&people);
        let mut found: Vec<Found> = all.map(|diagnostic| found(&lines, diagnostic)).collect();
        found.sort_by_key(|found| found.place);
        let defaults: Vec<Open> = compiled
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| !sentence.defaults.is_empty())
            .map(|(index, sentence)| open(&lines, index, sentence))
            .collect();
        let notes = compiled.sentences.iter().filter(|sentence| sentence.kind == SentenceKind::Note);
        let notes = notes.map(|sentence| one_line(&sentence.text)).collect();
        Self {
            counts: counts(&compiled, &found),
            stretches: stretches(source, &compiled, &found),
            proof: compiled.draft.as_ref().map(proven),
            compiled,
            found,
            defaults,
            notes,
        }
    }

    /// Whether it can be published.
    #[must_use]
    pub const fn is_publishable(&self) -> bool {
        self.compiled.definition.is_some() && matches!(self.proof, Some(Proven::Holds(_)))
    }
}

/// The text with the edit of one suggestion; `None` when the text has no such problem any more.
#[must_use]
pub fn mended(source: &str, attachments: &Attachments, key: &str, suggestion: usize) -> Option<String> {
    let compiled = language::compile(source, attachments);
    let diagnostic = compiled.diagnostics.iter().find(|diagnostic| key_of(diagnostic) == key)?;
    let (start, end, new) = diagnostic.suggestions.get(suggestion)?.replacement.as_ref()?;
    let (head, tail) = (source.get(..*start)?, source.get(*end..)?);
    Some(format!("{head}{new}{tail}"))
}

/// The text in which a default is said, or all of them; `None` when the text does not leave it open any more.
#[must_use]
pub fn accepted(source: &str, attachments: &Attachments, key: &str) -> Option<String> {
    if key == ALL_DEFAULTS {
        return Some(language::accept_all(source, attachments));
    }
    let (sentence, what) = key.split_once(':')?;
    let compiled = language::compile(source, attachments);
    language::accept_default(source, &compiled, sentence.parse().ok()?, what)?.apply(source)
}

/// The text without a question that somebody has answered; `None` when it asks no such question any more.
#[must_use]
pub fn answered(source: &str, attachments: &Attachments, ask: &str) -> Option<String> {
    let compiled = language::compile(source, attachments);
    let question = compiled.questions.iter().find(|question| asks(&question.text, ask))?;
    let place = (question.start, question.end);
    let about = |found: &&Diagnostic| (found.start, found.end) == place && !found.suggestions.is_empty();
    let diagnostic = compiled.diagnostics.iter().find(about)?;
    let (start, end, _) = diagnostic.suggestions.iter().find_map(|way| way.replacement.as_ref())?;
    Some(format!("{}{}", source.get(..*start)?, source.get(*end..)?))
}

/// Whether an open question of a text is this one: the text may go on with answers to choose from.
#[must_use]
pub fn asks(question: &str, ask: &str) -> bool {
    question.starts_with(ask.trim_end_matches(['.', ' ']))
}

fn key_of(diagnostic: &Diagnostic) -> String {
    format!("{}-{}-{}", diagnostic.code, diagnostic.start, diagnostic.end)
}

fn found(lines: &Lines<'_>, diagnostic: &Diagnostic) -> Found {
    let place = (diagnostic.start, diagnostic.end);
    let words = lines.source.get(place.0..place.1).unwrap_or_default();
    let numbered = || diagnostic.suggestions.iter().enumerate();
    Found {
        key: key_of(diagnostic),
        weight: weight(diagnostic),
        line: lines.line(diagnostic.start),
        place,
        units: (lines.units(place.0), lines.units(place.1)),
        words: if diagnostic.message.contains(words) || diagnostic.code == "E602" {
            String::new()
        } else {
            short(words)
        },
        message: sentence(&diagnostic.message),
        why: sentence(&diagnostic.why),
        fixes: numbered()
            .filter(|(_, suggestion)| suggestion.replacement.is_some())
            .map(|(number, suggestion)| (number, quoted(&capital(&suggestion.title))))
            .collect(),
        advice: numbered()
            .filter(|(_, suggestion)| suggestion.replacement.is_none())
            .map(|(_, suggestion)| sentence(&suggestion.title))
            .collect(),
    }
}

/// What can be read in several ways, what is vague, and what only its writer knows are questions: nothing is wrong
/// with the sentence, but a person must say more.
fn weight(diagnostic: &Diagnostic) -> Weight {
    if diagnostic.severity == Severity::Warning {
        return Weight::Look;
    }
    match diagnostic.code {
        "E511" | "E514" | "E515" => Weight::Question,
        code if code.starts_with("E3") || code.starts_with("E6") => Weight::Question,
        _ => Weight::Problem,
    }
}

fn counts(compiled: &Compiled, found: &[Found]) -> Counts {
    let spoken = compiled
        .sentences
        .iter()
        .filter(|sentence| !matches!(sentence.kind, SentenceKind::Title | SentenceKind::Comment));
    let mut counts = Counts::default();
    for sentence in spoken {
        counts.sentences += 1;
        let faulty = found.iter().any(|found| {
            found.weight != Weight::Look && found.place.0 < sentence.end && found.place.1 > sentence.start
        });
        match sentence.kind {
            SentenceKind::Note => counts.notes += 1,
            SentenceKind::Declaration | SentenceKind::Step | SentenceKind::Rule if !faulty => counts.enforced += 1,
            _ => {}
        }
    }
    let of = |weight: Weight| found.iter().filter(|found| found.weight == weight).count();
    counts.questions = of(Weight::Question);
    counts.problems = of(Weight::Problem);
    counts
}

fn open(lines: &Lines<'_>, index: usize, sentence: &Sentence) -> Open {
    let held = |open: &language::DefaultUsed| Held {
        what: text::held(&open.what),
        value: open.value.clone(),
        key: open.edit.is_some().then(|| format!("{index}:{}", open.what)),
    };
    Open {
        start: sentence.start,
        units: (lines.units(sentence.start), lines.units(sentence.end)),
        line: lines.line(sentence.start),
        sentence: short(&sentence.text),
        holds: sentence.defaults.iter().filter(|open| !open.value.contains(NOBODY)).map(held).collect(),
    }
}

/// The text cut where something begins or ends.
fn stretches(source: &str, compiled: &Compiled, found: &[Found]) -> Vec<Stretch> {
    let mut marks: Vec<(usize, usize, &'static str)> = Vec::new();
    for sentence in &compiled.sentences {
        let class = match sentence.kind {
            SentenceKind::Note | SentenceKind::Comment => "is-note",
            _ if sentence.defaults.is_empty() => "",
            _ => "is-default",
        };
        marks.push((sentence.start, sentence.end, class));
    }
    for found in found {
        let class = match found.weight {
            Weight::Problem => "is-problem",
            Weight::Question => "is-question",
            Weight::Look => "is-look",
        };
        let end = if found.place.1 > found.place.0 { found.place.1 } else { word_end(source, found.place.0) };
        marks.push((found.place.0, end, class));
    }
    let mut cuts: Vec<usize> = marks.iter().flat_map(|(start, end, _)| [*start, *end]).collect();
    cuts.extend([0, source.len()]);
    cuts.retain(|cut| source.is_char_boundary(*cut));
    cuts.sort_unstable();
    cuts.dedup();
    marks.sort_by_key(|(start, ..)| *start);
    let (mut active, mut next): (Vec<(usize, &'static str)>, usize) = (Vec::new(), 0);
    let mut stretches: Vec<Stretch> = Vec::new();
    for pair in cuts.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        while let Some((_, end, class)) = marks.get(next).filter(|(begins, ..)| *begins <= start) {
            active.push((*end, *class));
            next += 1;
        }
        active.retain(|(ends, _)| *ends > start);
        let mut classes: Vec<&str> = active.iter().map(|(_, class)| *class).filter(|class| !class.is_empty()).collect();
        classes.sort_unstable();
        classes.dedup();
        let class = classes.join(" ");
        let before = compiled.sentences.partition_point(|sentence| sentence.start <= start);
        let sentence = before.checked_sub(1).filter(|index| compiled.sentences[*index].end > start);
        match stretches.last_mut() {
            Some(last) if last.class == class && last.sentence == sentence => last.text.push_str(&source[start..end]),
            _ => stretches.push(Stretch { text: source[start..end].to_owned(), class, sentence }),
        }
    }
    stretches
}

fn word_end(source: &str, start: usize) -> usize {
    let rest = source.get(start..).unwrap_or_default();
    start + rest.find(|letter: char| letter.is_whitespace()).unwrap_or(rest.len())
}

/// Proves a definition and says in words what came of it.
fn proven(definition: &Definition) -> Proven {
    match prove::prove(definition) {
        Proof::Proven { effects } => {
            let line = |effect: &prove::Effect| Effect {
                what: quoted(&prove::listed(definition, effect)),
                signed: effect.signer != Signer::Nobody,
            };
            let mut lines: Vec<Effect> = effects.iter().map(line).collect();
            lines.dedup();
            Proven::Holds(lines)
        }
        Proof::Refused { counter_examples } => {
            let told = |found: &prove::CounterExample| {
                let way = prove::sentences(definition, found).iter().map(|step| sentence(step)).collect();
                (sentence(&prove::headline(definition, found)), way)
            };
            Proven::Fails(counter_examples.iter().map(told).collect())
        }
    }
}

/// Where the lines of a text begin, in bytes and in UTF-16 code units, as scripts count.
struct Lines<'a> {
    source: &'a str,
    begin: Vec<(usize, usize)>,
}

impl<'a> Lines<'a> {
    fn of(source: &'a str) -> Self {
        let (mut bytes, mut units) = (0, 0);
        let mut begin = vec![(0, 0)];
        for line in source.split_inclusive('\n') {
            bytes += line.len();
            units += line.encode_utf16().count();
            if line.ends_with('\n') {
                begin.push((bytes, units));
            }
        }
        Self { source, begin }
    }

    /// The number of the line, from 1.
    fn line(&self, at: usize) -> usize {
        self.begin.partition_point(|(bytes, _)| *bytes <= at).max(1)
    }

    /// The place in UTF-16 code units.
    fn units(&self, at: usize) -> usize {
        let (bytes, units) = self.begin.get(self.line(at) - 1).copied().unwrap_or_default();
        units + self.source.get(bytes..at).map_or(0, |before| before.encode_utf16().count())
    }
}

fn sentence(words: &str) -> String {
    let words = words.trim();
    if words.is_empty() {
        return String::new();
    }
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    quoted(&format!("{}{end}", capital(words)))
}

/// Words of the text stand in quotation marks on a page, and in backticks where there is no page.
pub(in crate::web) fn quoted(words: &str) -> String {
    let mut opens = true;
    let turned = words.chars().map(|letter| match letter {
        '`' => {
            opens = !opens;
            if opens { '\u{201d}' } else { '\u{201c}' }
        }
        other => other,
    });
    turned.collect()
}

fn short(words: &str) -> String {
    let words = one_line(words);
    if words.chars().count() <= QUOTED_AT_MOST {
        return words;
    }
    let cut: String = words.chars().take(QUOTED_AT_MOST).collect();
    let whole = cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole);
    format!("{} \u{2026}", whole.trim_end())
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Leave\n\nAn employee can start this process.\nThe personnel lead is accountable for this \
                        process.\nThe leave form asks for the first day (date) and the reason (text).\n\nStage \
                        Approval:\n- The manager of the employee approves the leave soon.\n- Close the case as \
                        granted.\n\nNote: sick leave is another process.\n";

    #[test]
    fn a_vague_word_is_a_question_with_its_place() {
        let read = Understood::of(TEXT, &Attachments::default(), &Directory::default());
        assert!(read.compiled.definition.is_none());
        let question = read.found.iter().find(|found| found.weight == Weight::Question).unwrap();
        assert_eq!(question.line, 8, "{question:?}");
        assert!(question.message.contains("\u{201c}soon\u{201d}"), "{question:?}");
        assert_eq!((read.counts.notes, read.counts.questions), (1, 1), "{:?}", read.counts);
        let marked: Vec<&Stretch> =
            read.stretches.iter().filter(|stretch| stretch.class.contains("is-question")).collect();
        assert!(marked.iter().any(|stretch| stretch.text.contains("soon")), "{marked:?}");
    }

    #[test]
    fn the_stretches_are_the_text_again() {
        for text in [TEXT, "", "\n", "An \u{1f600} emoji. # Not a title", "\u{202e}bidi", "Note: only\n"] {
            let read = Understood::of(text, &Attachments::default(), &Directory::default());
            let again: String = read.stretches.iter().map(|stretch| stretch.text.as_str()).collect();
            assert_eq!(again, text);
        }
    }

    #[test]
    fn what_holds_by_default_is_told_beside_its_sentence() {
        let read = Understood::of(&TEXT.replace(" soon", ""), &Attachments::default(), &Directory::default());
        assert!(read.is_publishable(), "{:?}", read.found);
        assert_eq!(read.counts, Counts { sentences: 7, enforced: 6, notes: 1, questions: 0, problems: 0 });
        let open = read.defaults.iter().find(|open| open.sentence.contains("approves")).unwrap();
        let due = open.holds.iter().find(|held| held.what == "Due").unwrap();
        assert_eq!(due.value, "2 working days");
        let rejection = open.holds.iter().find(|held| held.what == "Rejection").unwrap();
        assert_eq!((&*rejection.value, &rejection.key), ("the case closes as rejected", &None));
        let source = TEXT.replace(" soon", "");
        let said = accepted(&source, &Attachments::default(), due.key.as_deref().unwrap()).unwrap();
        assert!(said.contains("approves the leave within 2 working days."), "{said}");
        let all = accepted(&source, &Attachments::default(), ALL_DEFAULTS).unwrap();
        let read = Understood::of(&all, &Attachments::default(), &Directory::default());
        assert!(read.defaults.iter().all(|open| open.holds.iter().all(|held| held.key.is_none())), "{all}");
    }
}
