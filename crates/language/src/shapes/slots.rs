//! Typed slots: which runs of tokens a slot can take, each with its value.

use countersign_core::{definition::Schedule, time::Span};

use super::{
    conditions,
    pattern::Reader,
    times::{span, times},
};
use crate::{
    lexer::{TokenKind, unquote},
    meaning::{Ask, Clause, Condition, FieldRef, Name, TypeRef, WhoRef},
    words::{self, Class},
};

/// The most words of a name.
const MAX_NAME: usize = 6;
/// The most words of a free description.
pub(super) const MAX_THING: usize = 14;

/// What no name holds.
const NOT_IN_NAMES: Class = Class::STOP.and(Class::JOINT).and(Class::TIME);
/// What no free description holds.
const NOT_IN_THINGS: Class = Class::STOP.and(Class::TIME).and(Class::ADVERB);

/// What a slot takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Name,
    Names,
    Who,
    Whos,
    Thing,
    Operation,
    System,
    Field,
    Fields,
    Asks,
    Quote,
    Span,
    Count,
    Times,
    Guard,
    Step,
    /// Takes no token; it tells that its way through the pattern was gone.
    Flag,
    /// Takes no token; it tells where the next one stands.
    Mark,
    /// Owners with the words that they own.
    Owners,
    /// Marks with what deserves them.
    Marks,
    Schedule,
}

/// What a slot took.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Name(Name),
    Names(Vec<Name>),
    Who(WhoRef),
    Whos(Vec<WhoRef>),
    Field(FieldRef),
    Fields(Vec<FieldRef>),
    Asks(Vec<Ask>),
    Span(Span),
    Count(u32),
    Guard(Condition),
    Step(Clause),
    Owners(Vec<(WhoRef, Vec<Name>)>),
    Marks(Vec<(u32, Name)>),
    Schedule(Schedule),
}

/// A run of tokens that a slot can take: the end of the run and the value.
pub(super) type Taken<T> = Vec<(usize, T)>;

impl Slot {
    /// The slot of this name in a pattern.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "names" => Self::Names,
            "who" => Self::Who,
            "whos" => Self::Whos,
            "thing" => Self::Thing,
            "operation" => Self::Operation,
            "system" => Self::System,
            "field" => Self::Field,
            "fields" => Self::Fields,
            "asks" => Self::Asks,
            "quote" => Self::Quote,
            "span" => Self::Span,
            "count" => Self::Count,
            "times" => Self::Times,
            "guard" => Self::Guard,
            "step" => Self::Step,
            "flag" => Self::Flag,
            "mark" => Self::Mark,
            "owners" => Self::Owners,
            "marks" => Self::Marks,
            "schedule" => Self::Schedule,
            _ => Self::Name,
        }
    }

    /// How the slot is shown to a person who has not filled it.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Name | Self::Names => "\u{27e8}name\u{27e9}",
            Self::Who | Self::Whos => "\u{27e8}who\u{27e9}",
            Self::Thing => "\u{27e8}what\u{27e9}",
            Self::Operation => "\u{27e8}create something\u{27e9}",
            Self::System => "\u{27e8}name\u{27e9} system",
            Self::Field | Self::Fields => "\u{27e8}field\u{27e9}",
            Self::Asks => "\u{27e8}field\u{27e9} (\u{27e8}type\u{27e9})",
            Self::Quote => "\"\u{27e8}text\u{27e9}\"",
            Self::Span => "2 working days",
            Self::Count | Self::Times => "2",
            Self::Guard => "\u{27e8}condition\u{27e9}",
            Self::Step => "\u{27e8}step\u{27e9}",
            Self::Flag | Self::Mark => "",
            Self::Owners => "\u{27e8}who\u{27e9} for \u{27e8}word\u{27e9}",
            Self::Marks => "1 is \"\u{27e8}what\u{27e9}\"",
            Self::Schedule => "every Monday at 09:00",
        }
    }
}

/// Whether a run of tokens that ends here may be of use; what is not is not put together.
pub(super) type Wanted<'w> = &'w dyn Fn(usize) -> bool;

/// Every run from `at` that the slot can take, of those that are wanted.
pub(super) fn values(reader: &Reader<'_>, slot: Slot, at: usize, wanted: Wanted<'_>) -> Taken<Value> {
    match slot {
        Slot::Name => map(name(reader, at, wanted), Value::Name),
        Slot::Names => map(list(reader, at, &name, wanted), Value::Names),
        Slot::Who => map(who(reader, at, wanted), Value::Who),
        Slot::Whos => map(list(reader, at, &who, wanted), Value::Whos),
        Slot::Thing => map(thing(reader, at, wanted), Value::Name),
        Slot::Operation => map(operation(reader, at, wanted), Value::Name),
        Slot::System => map(system(reader, at, wanted), Value::Name),
        Slot::Field => map(field(reader, at, wanted), Value::Field),
        Slot::Fields => map(list(reader, at, &field, wanted), Value::Fields),
        Slot::Asks => map(list(reader, at, &ask, wanted), Value::Asks),
        Slot::Quote => map(quote(reader, at), Value::Name),
        Slot::Span => map(span(reader, at), Value::Span),
        Slot::Count => map(count(reader, at), Value::Count),
        Slot::Times => map(times(reader, at), Value::Count),
        Slot::Guard => map(guard(reader, at, wanted), Value::Guard),
        Slot::Flag => vec![(at, Value::Count(1))],
        Slot::Owners => map(list(reader, at, &owner, wanted), Value::Owners),
        Slot::Marks => map(list(reader, at, &mark, wanted), Value::Marks),
        Slot::Schedule => map(super::times::schedule(reader, at), Value::Schedule),
        Slot::Mark => {
            let (start, end) = reader.span(at, at + 1);
            vec![(at, Value::Name(Name { text: String::from(reader.text(at)), start, end }))]
        }
        Slot::Step => {
            let all = super::clauses(&reader.from(at)).into_iter();
            all.map(|clause| (reader.tokens.len(), Value::Step(clause))).collect()
        }
    }
}

fn map<T>(taken: Taken<T>, value: impl Fn(T) -> Value) -> Taken<Value> {
    taken.into_iter().map(|(end, inner)| (end, value(inner))).collect()
}

/// The place after an article, or the same place.
pub(super) fn after_article(reader: &Reader<'_>, at: usize) -> usize {
    if reader.is_any(at, &["a", "an", "the"]) { at + 1 } else { at }
}

/// Words of the text as a name; the first letter of a sentence's first word is not its own.
fn named(reader: &Reader<'_>, from: usize, to: usize) -> Name {
    let (start, end) = reader.span(from, to);
    let mut text = raw(reader, from, to);
    if from == 0 {
        text = lower_first(&text);
    }
    Name { text, start, end }
}

/// The text with a small first letter, unless its first word has further capitals (`IT desk`, `CFO`).
pub(super) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if first.is_uppercase() && characters.clone().next().is_none_or(|c| !c.is_uppercase()) => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => String::from(text),
    }
}

pub(super) fn quote(reader: &Reader<'_>, at: usize) -> Taken<Name> {
    if reader.kind(at) != Some(TokenKind::Quote) {
        return Vec::new();
    }
    let (start, end) = reader.span(at, at + 1);
    vec![(at + 1, Name { text: unquote(reader.text(at)), start, end })]
}

/// A name: a quoted text, or up to six words that have no grammar of their own, with or without an article.
pub(super) fn name(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<Name> {
    let first = after_article(reader, at);
    if reader.kind(first) == Some(TokenKind::Quote) {
        return quote(reader, first);
    }
    let mut found = Vec::new();
    let mut any = false;
    for end in first + 1..=first + MAX_NAME {
        let last = end - 1;
        let fits = match reader.kind(last) {
            Some(TokenKind::Word) => !reader.class(last).has(NOT_IN_NAMES),
            Some(TokenKind::Number) => last > first && reader.text(last).bytes().all(|byte| byte.is_ascii_digit()),
            _ => false,
        };
        if !fits {
            break;
        }
        any = true;
        if !wanted(end) {
            continue;
        }
        // An article left out at the start leaves the capital to the sentence, not to the name.
        found.push((
            end,
            if first > at {
                let (start, stop) = reader.span(first, end);
                Name { text: raw(reader, first, end), start, end: stop }
            } else {
                named(reader, first, end)
            },
        ));
    }
    if !any && first > at && reader.text(at) == "A" {
        // The letter itself, as in `Stage A:`.
        let (start, end) = reader.span(at, first);
        found.push((first, Name { text: String::from("A"), start, end }));
    }
    found
}

fn raw(reader: &Reader<'_>, from: usize, to: usize) -> String {
    let mut text = String::new();
    for index in from..to {
        if index > from {
            text.push(' ');
        }
        text.push_str(reader.text(index));
    }
    text
}

pub(super) fn who(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<WhoRef> {
    let mut found = Vec::new();
    let first = after_article(reader, at);
    if reader.is(first, "manager") && reader.is(first + 1, "of") {
        for (end, of) in name(reader, first + 2, wanted) {
            found.push((end, WhoRef::Manager { whole: named(reader, first, end), of }));
        }
        return found;
    }
    if reader.is(first, "owner") && reader.is(first + 1, "of") {
        for (end, of) in field(reader, first + 2, wanted) {
            found.push((end, WhoRef::Owner { whole: named(reader, first, end), of }));
        }
        return found;
    }
    for (end, name) in name(reader, at, &|end| wanted(end) && !is_open_name(reader, end)) {
        let owner = name
            .text
            .strip_suffix(" manager")
            .and_then(|owner| owner.strip_suffix("'s").or_else(|| owner.strip_suffix("\u{2019}s")).map(String::from));
        found.push((
            end,
            match owner {
                Some(text) => WhoRef::Manager { of: Name { text, start: name.start, end: name.end }, whole: name },
                None => WhoRef::Named(name),
            },
        ));
    }
    found
}

/// Whether words that end here say more than who: `Tell the supplier of ...` is about something else.
pub(super) fn is_open_name(reader: &Reader<'_>, end: usize) -> bool {
    end.checked_sub(1).is_some_and(|last| reader.is_any(last, &["of", "about", "for"]))
}

/// A free description: words in the text's own order, articles and prepositions included.
pub(super) fn thing(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<Name> {
    if reader.kind(at) == Some(TokenKind::Quote) {
        return quote(reader, at);
    }
    let mut found = Vec::new();
    for end in at + 1..=at + MAX_THING {
        let last = end - 1;
        if !fits_thing(reader, last, at) {
            break;
        }
        if wanted(end) && !reader.is_any(last, &["a", "an", "the", "of", "on", "in", "for", "from", "to", "with", "at"])
        {
            let (start, stop) = reader.span(at, end);
            found.push((end, Name { text: raw(reader, at, end), start, end: stop }));
        }
    }
    found
}

/// Whether the token may stand in a free description that begins at `from`.
pub(super) fn fits_thing(reader: &Reader<'_>, at: usize, from: usize) -> bool {
    match reader.kind(at) {
        Some(TokenKind::Word) => !reader.class(at).has(NOT_IN_THINGS),
        Some(TokenKind::Number) => at > from,
        _ => false,
    }
}

/// What is done in another system: a verb of the list and what follows it, or a quoted text.
fn operation(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<Name> {
    if reader.kind(at) != Some(TokenKind::Quote) && !reader.class(at).has(Class::OPERATION) {
        return Vec::new();
    }
    let mut found = thing(reader, at, wanted);
    if reader.kind(at) != Some(TokenKind::Quote) {
        for (_, name) in &mut found {
            name.text = lower_first(&name.text);
        }
    }
    found
}

/// The name of another system: it ends with the word `system`, or it is quoted.
fn system(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<Name> {
    let first = after_article(reader, at);
    let quoted = reader.kind(first) == Some(TokenKind::Quote);
    let mut found = name(reader, at, &|end| (quoted || reader.is(end - 1, "system")) && wanted(end));
    // `the "FastCourier" system` is the same as `the "FastCourier"`.
    if quoted && reader.is(first + 1, "system") {
        found = quote(reader, first).into_iter().map(|(end, name)| (end + 1, name)).collect();
    }
    found
}

/// A field: `the amount`, or `the total on the receipt`.
pub(super) fn field(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<FieldRef> {
    let mut found = Vec::new();
    for (end, name) in name(reader, at, &|end| reader.is(end, "on") || wanted(end)) {
        let (start, _) = reader.span(at, end);
        if reader.is(end, "on") {
            for (end, document) in self::name(reader, end + 1, wanted) {
                let (_, stop) = reader.span(at, end);
                found.push((end, FieldRef { name: name.clone(), document: Some(document), start, end: stop }));
            }
        }
        let stop = name.end;
        if wanted(end) {
            found.push((end, FieldRef { name, document: None, start, end: stop }));
        }
    }
    found
}

/// A field with its type in parentheses behind it, where one is given.
pub(super) fn ask(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<Ask> {
    let mut found = Vec::new();
    for (end, name) in name(reader, at, &|end| reader.is(end, "(") || wanted(end)) {
        if reader.is(end, "(") {
            if let Some((end, kind)) = kind(reader, end) {
                found.push((end, Ask { name, kind: Some(kind) }));
            }
        } else {
            found.push((end, Ask { name, kind: None }));
        }
    }
    found
}

/// What stands in parentheses behind a field.
fn kind(reader: &Reader<'_>, open: usize) -> Option<(usize, TypeRef)> {
    let close = (open + 1..reader.tokens.len()).find(|index| reader.is(*index, ")"))?;
    let mut parts = Vec::new();
    let mut from = open + 1;
    for at in open + 1..=close {
        let ends = at + 2 == close || reader.is(at + 2, ",");
        let yes_or_no =
            reader.is(from, "yes") && from + 1 == at && reader.is(at, "or") && reader.is(at + 1, "no") && ends;
        if at == close || reader.is_any(at, &[",", "or", "and"]) && !yes_or_no {
            if at > from {
                let quoted = at == from + 1 && reader.kind(from) == Some(TokenKind::Quote);
                let (start, end) = reader.span(from, at);
                let text = if quoted { unquote(reader.text(from)) } else { raw(reader, from, at) };
                parts.push((Name { text, start, end }, quoted));
            }
            from = at + 1;
        }
    }
    let (start, end) = reader.span(open, close + 1);
    Some((close + 1, TypeRef { parts, start, end }))
}

/// Reads one item of a list.
pub(super) type Item<'i, T> = &'i dyn Fn(&Reader<'_>, usize, Wanted<'_>) -> Taken<T>;

/// One or more items with commas, "and" and "or" between them.
fn list<T: Clone>(reader: &Reader<'_>, at: usize, item: Item<'_, T>, wanted: Wanted<'_>) -> Taken<Vec<T>> {
    let mut done: Taken<Vec<T>> = Vec::new();
    let mut open: Taken<Vec<T>> = vec![(at, Vec::new())];
    while let Some((from, items)) = open.pop() {
        // Each place is reached by one list at most per item's end, and the reader's moves bound the whole.
        let left = reader.moves.get();
        if left == 0 {
            return done;
        }
        reader.moves.set(left - 1);
        let of_use = |end: usize| reader.is_any(end, &[",", "and", "or"]) || wanted(end);
        for (end, one) in item(reader, from, &of_use) {
            let mut longer = items.clone();
            longer.push(one);
            let mut next = end;
            if reader.is(next, ",") {
                next += 1;
            }
            if reader.is_any(next, &["and", "or"]) {
                next += 1;
            }
            if next > end {
                open.push((next, longer.clone()));
            }
            if wanted(end) {
                done.push((end, longer));
            }
        }
    }
    done
}

/// `the canteen lead for meals or drinks`.
pub(super) fn owner(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<(WhoRef, Vec<Name>)> {
    let mut found = Vec::new();
    for (end, who) in who(reader, at, &|end| reader.is(end, "for")) {
        // "for" stands between an owner and words, and so in no word unless it is quoted.
        let word = |reader: &Reader<'_>, at: usize, wanted: Wanted<'_>| -> Taken<Name> {
            let quoted = reader.kind(after_article(reader, at)) == Some(TokenKind::Quote);
            let plain = |name: &Name| quoted || !name.text.split(' ').any(|word| word.eq_ignore_ascii_case("for"));
            name(reader, at, wanted).into_iter().filter(|(_, name)| plain(name)).collect()
        };
        found.extend(list(reader, end + 1, &word, wanted).into_iter().map(|(end, words)| (end, (who.clone(), words))));
    }
    found
}

/// `1 is "harmless"`.
pub(super) fn mark(reader: &Reader<'_>, at: usize, _: Wanted<'_>) -> Taken<(u32, Name)> {
    let mut found = Vec::new();
    for (end, mark) in count(reader, at).into_iter().filter(|(end, _)| reader.is(*end, "is")) {
        found.extend(quote(reader, end + 1).into_iter().map(|(end, words)| (end, (mark, words))));
    }
    found
}

pub(super) fn count(reader: &Reader<'_>, at: usize) -> Taken<u32> {
    words::count(reader.text(at)).map(|count| (at + 1, count)).into_iter().collect()
}

/// The words from one token to another as they stand, each gap as one blank and comments left out.
fn without_comments(reader: &Reader<'_>, at: usize, end: usize) -> String {
    let mut text = String::new();
    let mut last = None;
    for token in reader.tokens.get(at..end).unwrap_or_default() {
        if last.is_some_and(|last| last < token.start) {
            text.push(' ');
        }
        text.push_str(&token.text(reader.source).split_whitespace().collect::<Vec<_>>().join(" "));
        last = Some(token.end);
    }
    text
}

/// A condition: everything up to a comma, a colon or the end.
fn guard(reader: &Reader<'_>, at: usize, wanted: Wanted<'_>) -> Taken<Condition> {
    let mut found = Vec::new();
    for end in at + 1..=reader.tokens.len() {
        if end < reader.tokens.len() && !reader.is_any(end, &[",", ":"]) || !wanted(end) {
            continue;
        }
        let (start, stop) = reader.span(at, end);
        let text = without_comments(reader, at, end);
        for guard in conditions::readings(reader, at, end) {
            found.push((end, Condition { guard, words: Name { text: text.clone(), start, end: stop } }));
        }
    }
    found
}
