//! Reading one sentence, or saying why it cannot be read.

use std::collections::BTreeSet;

use super::{
    amounts,
    diagnostics::Diagnostic,
    lexer::{self, Token, TokenKind},
    meaning::{Clause, Condition, FieldRef, GuardRef, Meaning, Side},
    names::{the, written},
    sentence::{MAX_TOKENS, Raw, RawKind},
    shapes, states, words,
};
use countersign_core::guard::Relation;

/// How many places are tried at which one sentence may be two.
const MAX_SPLITS: usize = 6;
/// Units of time that are not always equally long, with about how many days they have.
const UNFIXED: [(&str, u32); 3] = [("month", 30), ("quarter", 90), ("year", 365)];
/// Words that deny something.
const DENIALS: [&str; 9] = ["not", "never", "no", "nobody", "none", "without", "unless", "except", "cannot"];

/// Words that begin a condition, or are the heart of one.
const CONDITIONS: [&str; 16] = [
    "if",
    "otherwise",
    "when",
    "unless",
    "until",
    "while",
    "except",
    "only",
    "over",
    "above",
    "under",
    "below",
    "before",
    "after",
    "than",
    "between",
];

/// The meaning of a sentence; `None` with a diagnostic where it has none or several.
pub(crate) fn read(
    text: &str,
    raw: &Raw,
    listed: &BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Meaning> {
    let tokens = &raw.tokens;
    if tokens.len() > MAX_TOKENS || tokens.iter().any(|token| token.kind == TokenKind::OpenQuote) {
        return None;
    }
    let mut readings = shapes::readings(text, tokens);
    let stalls = matches!(readings.as_slice(), [Meaning::Stalls(_)]);
    let vague = vague(text, raw, stalls, listed);
    let is_vague = !vague.is_empty();
    diagnostics.extend(vague);
    match readings.len() {
        1 => readings.pop(),
        0 => {
            let seen = super::foreign::hidden(&text[raw.start..raw.end]).is_empty();
            if let Some(language) = super::foreign::language(text, tokens) {
                diagnostics.push(super::foreign::refuse_language((raw.start, raw.end), language));
            } else if !is_vague && seen {
                let told = unfixed(text, raw)
                    .or_else(|| amounts::doubtful_amount(text, raw))
                    .or_else(|| amounts::doubtful_day(text, raw))
                    .or_else(|| states::filled_in(text, raw))
                    .or_else(|| two_steps(text, raw))
                    .or_else(|| another_way(text, raw));
                diagnostics.push(told.unwrap_or_else(|| not_understood(text, raw)));
            }
            None
        }
        _ => {
            diagnostics.push(ambiguous(text, raw, &readings));
            None
        }
    }
}

/// Words of lists, such as `low` in `(low or high)`: where a text lists them, they are not vague.
pub(crate) fn listed(text: &str, raws: &[Raw]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for raw in raws.iter().filter(|raw| raw.kind == RawKind::Plain) {
        let classifies = raw.tokens.iter().any(|token| token.is(text, "classify"));
        let mut inside = false;
        for token in &raw.tokens {
            match token.text(text) {
                "(" => inside = true,
                ")" => inside = false,
                word if inside && token.kind == TokenKind::Word => {
                    found.insert(word.to_lowercase());
                }
                word if classifies && word.eq_ignore_ascii_case("as") => inside = true,
                word if word.eq_ignore_ascii_case("into") => inside = false,
                _ => {}
            }
        }
    }
    found
}

fn vague(text: &str, raw: &Raw, stalls: bool, listed: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for token in raw.tokens.iter().filter(|token| token.kind == TokenKind::Word) {
        let word = token.text(text);
        let known = words::vague(word).filter(|_| !(stalls && word == "usually"));
        let Some((vague, question, instead, place)) = known.filter(|(vague, ..)| !listed.contains(*vague)) else {
            continue;
        };
        let message = format!("`{vague}` leaves open what is meant: {question}");
        let why = "every reader would draw the line elsewhere, and a process can only follow one";
        let mut one = Diagnostic::error("E601", (token.start, token.end), message, why);
        if let Some(place) = place {
            let sentence = format!("{}{place}{}", &text[raw.start..token.start], &text[token.end..raw.end]);
            if understood(&sentence) {
                one = one.fix(format!("Write `{place}`"), token.start, token.end, *place);
            }
        }
        found.push(one.advise(format!("write {instead}")));
    }
    found
}

/// The readings of a sentence that stands alone, full stop or not.
fn alone(sentence: &str) -> Vec<Meaning> {
    let tokens: Vec<Token> = lexer::tokens(sentence).into_iter().filter(|token| token.matters()).collect();
    match tokens.split_last() {
        Some((last, rest)) if last.is(sentence, ".") => shapes::readings(sentence, rest),
        _ => shapes::readings(sentence, &tokens),
    }
}

/// Whether a sentence that stands alone has exactly one reading.
pub(crate) fn understood(sentence: &str) -> bool {
    alone(sentence).len() == 1
}

fn ambiguous(text: &str, raw: &Raw, readings: &[Meaning]) -> Diagnostic {
    let why = "a guess could do the wrong thing; say which one is meant";
    let conditions: Vec<&Condition> = readings.iter().filter_map(Meaning::condition).collect();
    let same_place = conditions
        .windows(2)
        .all(|pair| (pair[0].words.start, pair[0].words.end) == (pair[1].words.start, pair[1].words.end));
    if conditions.len() == readings.len() && same_place {
        let mut found = Diagnostic::error(
            "E301",
            conditions.first().map_or((raw.start, raw.end), |first| (first.words.start, first.words.end)),
            "this condition can be read in two ways, since `and` and `or` stand side by side",
            why,
        );
        for condition in conditions {
            let phrase = phrase(&condition.guard, true);
            found = found.fix(format!("Mean `{phrase}`"), condition.words.start, condition.words.end, phrase);
        }
        return found;
    }
    let sentence = &text[raw.start..raw.end];
    let message = format!("`{sentence}` can be read in {} ways", readings.len());
    Diagnostic::error("E301", (raw.start, raw.end), message, why)
        .advise("put names of several words into quotation marks")
}

/// A condition in words, with parentheses around its parts.
fn phrase(guard: &GuardRef, top: bool) -> String {
    let join = |parts: &[GuardRef], joint: &str| {
        let all: Vec<String> = parts.iter().map(|part| phrase(part, false)).collect();
        let joined = all.join(joint);
        if top { joined } else { format!("({joined})") }
    };
    match guard {
        GuardRef::All(parts) => join(parts, " and "),
        GuardRef::Any(parts) => join(parts, " or "),
        GuardRef::Not(part) => match part.as_ref() {
            GuardRef::CheckFailed => String::from("no check fails"),
            GuardRef::All(_) | GuardRef::Any(_) => format!("not {}", phrase(part, false)),
            other => format!("not ({})", phrase(other, true)),
        },
        GuardRef::CheckFailed => String::from("a check fails"),
        GuardRef::Missing(field) => format!("{} is missing", field_words(field)),
        GuardRef::DaysAgo { field, days } => format!("{} is at most {days} days ago", field_words(field)),
        GuardRef::Compare { left, relation, right } => {
            let field = matches!(right, Side::Words(words) if words.document.is_some());
            let relation = match relation {
                Relation::Same if field => " the same as",
                Relation::Same => "",
                Relation::Over => " over",
                Relation::Under => " under",
                Relation::AtLeast => " at least",
                Relation::AtMost => " at most",
            };
            let right = match right {
                Side::Money(amount) => amount.words(),
                Side::Number(number) => format!("{number}"),
                Side::Date(day) => format!("{day}"),
                Side::Quote(text) => lexer::quoted(&text.text),
                Side::Words(words) if words.document.is_none() => written_literal(&words.name.text),
                Side::Words(words) => field_words(words),
            };
            format!("{} is{relation} {right}", field_words(left))
        }
    }
}

fn written_literal(word: &str) -> String {
    if word == "no" { String::from(word) } else { written(word) }
}

fn field_words(field: &FieldRef) -> String {
    match &field.document {
        Some(document) => format!("the {} on the {}", written(&field.name.text), written(&document.text)),
        None => the(&field.name.text),
    }
}

/// A sentence that would be understood if its months, quarters or years were so many days.
fn unfixed(text: &str, raw: &Raw) -> Option<Diagnostic> {
    raw.tokens.windows(2).find_map(|pair| {
        let (count, unit) = (pair[0].text(text), pair[1].text(text).to_lowercase());
        let (_, days) = UNFIXED.iter().find(|(name, _)| unit.strip_suffix('s').unwrap_or(&unit) == *name)?;
        let one = count.eq_ignore_ascii_case("a") || count.eq_ignore_ascii_case("every");
        let count = if one { 1 } else { words::count(count)? };
        let instead = format!("{} days", count.checked_mul(*days)?);
        let (start, end) = (if pair[0].is(text, "every") { pair[1].start } else { pair[0].start }, pair[1].end);
        if !understood(&format!("{}{instead}{}", &text[raw.start..start], &text[end..raw.end])) {
            return None;
        }
        let message = format!("`{}` is no fixed length of time", &text[start..end]);
        let why = "some months, quarters and years are longer than others, and a due date must not depend on a guess";
        Some(
            Diagnostic::error("E110", (start, end), message, why)
                .fix(format!("Write `{instead}`"), start, end, instead)
                .advise("write days, working days or weeks, or wait until a date"),
        )
    })
}

/// One sentence that would be two with a full stop in place of an "and".
fn two_steps(text: &str, raw: &Raw) -> Option<Diagnostic> {
    let tokens = &raw.tokens;
    let joints = (1..tokens.len()).filter(|at| ["and", "then", ";"].iter().any(|word| tokens[*at].is(text, word)));
    for at in joints.take(MAX_SPLITS) {
        let mut left = at;
        while left > 0 && [",", "and"].iter().any(|word| tokens[left - 1].is(text, word)) {
            left -= 1;
        }
        let right = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|token| token.is(text, "then")));
        let (Some(last), Some(first)) = (left.checked_sub(1).and_then(|last| tokens.get(last)), tokens.get(right))
        else {
            continue;
        };
        let mut before = shapes::readings(text, &tokens[..left]);
        let (1, Some(meaning)) = (before.len(), before.pop()) else { continue };
        let second = &text[first.start..raw.end];
        let subject = meaning.clause().and_then(subject);
        let with_subject = subject.map(|who| format!("The {} {second}", written(&who)));
        let candidates = [Some(capital(second)), with_subject];
        let step =
            candidates.into_iter().flatten().find(|sentence| matches!(alone(sentence).as_slice(), [Meaning::Step(_)]));
        if let (Some(sentence), Some(_)) = (step, meaning.clause()) {
            let message = "two steps stand in one sentence";
            let why = "each step has its own owner, its own due date and its own place on the record";
            return Some(
                Diagnostic::error("E401", (raw.start, raw.end), message, why)
                    .advise(format!("the second sentence would be `{}`", sentence.trim_end_matches('.')))
                    .fix("Make two sentences of it", last.end, raw.end, format!(". {sentence}")),
            );
        }
    }
    second_unknown(text, raw)
}

/// A sentence whose first half is a step, and whose second half says something else that is not understood.
fn second_unknown(text: &str, raw: &Raw) -> Option<Diagnostic> {
    let tokens = &raw.tokens;
    let at = tokens.iter().position(|token| token.is(text, "and")).filter(|at| *at > 0)?;
    let (first, rest) = (tokens.get(at + 1)?, tokens.get(at + 2)?);
    let name = first.kind != TokenKind::Word
        || words::class(first.text(text)).has(words::Class::JOINT)
        || rest.kind == TokenKind::Mark;
    let before = shapes::readings(text, &tokens[..at]);
    if name || !matches!(before.as_slice(), [meaning] if meaning.clause().is_some()) {
        return None;
    }
    let why = "each step has its own owner, its own due date and its own place on the record";
    let second = text[first.start..raw.end].trim_end_matches('.');
    Some(
        Diagnostic::error("E401", (raw.start, raw.end), "two steps seem to stand in one sentence", why)
            .advise(format!("end the first one before `and`, and write `{second}` as a sentence of its own")),
    )
}

fn subject(clause: &Clause) -> Option<String> {
    match clause {
        Clause::Decide { who, .. } | Clause::Provide { who, .. } | Clause::Do { who, .. } => {
            Some(who.name().text.clone())
        }
        _ => None,
    }
}

/// The sentence with a large first letter.
pub(crate) fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}

/// The word that denies something.
fn denial<'a>(text: &str, tokens: &'a [Token]) -> Option<&'a Token> {
    tokens.iter().find(|token| {
        let word = token.text(text).to_lowercase();
        token.kind == TokenKind::Word && (DENIALS.contains(&word.as_str()) || word.ends_with("n't"))
    })
}

/// Other words for a sentence that denies nothing.
fn another_way(text: &str, raw: &Raw) -> Option<Diagnostic> {
    if denial(text, &raw.tokens).is_some() { None } else { super::reword::reworded(text, raw) }
}

fn not_understood(text: &str, raw: &Raw) -> Diagnostic {
    let tokens = &raw.tokens;
    let denied = denial(text, tokens);
    let mut found = match (denied, blamed(text, tokens)) {
        (_, Some((span, what))) => {
            let why = format!("the rest of the sentence is understood, but not its {what}");
            let found = Diagnostic::error("E101", span, format!("this {what} is not understood"), why);
            let shown = "write `the amount is over 500 EUR`, `the topic is billing` or `the receipt is missing`";
            if what == "condition" { found.advise(shown) } else { found }
        }
        (Some(word), None) => {
            let message = format!("`{}` denies something here in a way that is not understood", word.text(text));
            let why = "what is denied must never be taken for a step";
            Diagnostic::error("E107", (raw.start, raw.end), message, why)
                .advise("say what must never happen: `An agent must never approve a claim.`")
                .advise("say it as a condition: `If the amount is not over 500 EUR, ...`")
        }
        (None, None) => {
            let why = "every word of a sentence must have its place in one of the known shapes";
            Diagnostic::error("E101", (raw.start, raw.end), "this sentence is not understood", why)
        }
    };
    let whole = &text[raw.start..raw.end];
    // What is denied is never offered without its denial.
    let near = if denied.is_some() { Vec::new() } else { shapes::nearest(text, tokens) };
    let offered = |near: &String| !near.eq_ignore_ascii_case(whole) && keeps_condition(text, tokens, near);
    for sentence in near.into_iter().filter(offered) {
        let title = format!("Write `{sentence}`");
        // An edit that drops words of the writer could change the meaning with one click.
        let words: Vec<String> = sentence.to_lowercase().split(' ').map(String::from).collect();
        let kept = |token: &Token| words.iter().any(|word| word.contains(&token.text(text).to_lowercase()));
        // One that adds a verb would say what the writer has not.
        let safe = tokens.iter().all(kept) && !adds(text, tokens, &sentence) && understood(&sentence);
        found = if safe { found.fix(title, raw.start, raw.end, sentence) } else { found.advise(title) };
    }
    if found.suggestions.is_empty() {
        found = found
            .advise("a step of a person says `approves`, `reviews`, `fills in`, `writes`, or `does \"...\"`")
            .advise("write it as `Note: ...` if it is plain information");
    }
    found
}

/// Whether a sentence says under which condition and when, as far as the tokens say it: without them it would always
/// hold.
fn keeps_condition(text: &str, tokens: &[Token], sentence: &str) -> bool {
    let has = |token: &Token| lexer::tokens(sentence).iter().any(|kept| kept.is(sentence, token.text(text)));
    let conditions = |token: &&Token| CONDITIONS.iter().any(|word| token.is(text, word));
    tokens.iter().filter(conditions).all(has)
}

/// Whether a sentence has words that the tokens have not, other than those that join names.
fn adds(text: &str, tokens: &[Token], sentence: &str) -> bool {
    let joins = words::Class::JOINT.and(words::Class::STOP);
    lexer::tokens(sentence).iter().filter(|token| token.kind == TokenKind::Word).any(|added| {
        let word = added.text(sentence);
        !words::class(word).has(joins) && !tokens.iter().any(|token| token.is(text, word))
    })
}

/// The half of "If ..., ..." that is not understood, when the other half is.
fn blamed(text: &str, tokens: &[Token]) -> Option<((usize, usize), &'static str)> {
    let starts = tokens.first().is_some_and(|first| first.is(text, "if") || first.is(text, "otherwise"));
    let comma = tokens.iter().rposition(|token| token.is(text, ","))?;
    let (first, rest) = (tokens.get(1)?, tokens.get(comma + 1..)?);
    if !starts || comma < 2 || rest.is_empty() {
        return None;
    }
    let span = |tokens: &[Token]| Some((tokens.first()?.start, tokens.last()?.end));
    let step = shapes::readings(text, rest).len() == 1;
    let condition = shapes::is_condition(text, &tokens[1..comma]);
    match (condition, step) {
        (true, false) => span(rest).map(|span| (span, "step")),
        (false, true) if !first.is(text, ",") => span(&tokens[1..comma]).map(|span| (span, "condition")),
        _ => None,
    }
}
