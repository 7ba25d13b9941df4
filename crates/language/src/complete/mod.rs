//! Completion: what may stand next at any place of a text, by the shapes that read it.

mod context;
pub(crate) mod known;

use std::collections::BTreeSet;

use serde::Serialize;

use self::{context::Context, known::Known};
use super::{
    lexer::{self, Token, TokenKind},
    sentence::{self, MAX_TOKENS, Raw, RawKind},
    shapes::{self, Expect, Naming},
};

/// The most items that are offered.
const ITEMS_MAX: usize = 240;
/// The largest text that is completed, in bytes; what is larger is refused by the compiler too.
const TEXT_BYTES_MAX: usize = 512 * 1024;

/// What may stand next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Completions {
    /// The bytes that an item takes the place of: first byte and the byte after the last.
    pub replace: (usize, usize),
    /// What may stand there, the likeliest first.
    pub items: Vec<Completion>,
    /// What the writer may put in their own words there, such as `what` or `name`; nothing is offered for it.
    pub own_words: Vec<&'static str>,
}

/// One thing that may stand next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Completion {
    /// The text to put there.
    pub insert: String,
    /// How it is shown.
    pub label: String,
    /// What it is.
    pub kind: CompletionKind,
    /// More about it, such as the type of a field.
    pub detail: Option<String>,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// Somebody.
    Who,
    /// A field.
    Field,
    /// A form.
    Form,
    /// A stage.
    Stage,
    /// Another system.
    System,
    /// How a case closes, or a word of a list.
    Value,
    /// What a step is about, as another sentence calls it.
    Thing,
    /// Fixed words of a sentence.
    Words,
    /// A whole sentence of a shape that fits here.
    Sentence,
}

/// What may stand at byte `at` of a text.
///
/// Every item keeps what stands before it the start of a sentence that can be read. Its time grows with the
/// length of the text, since names come from all of its sentences.
#[must_use]
pub fn complete(text: &str, at: usize) -> Completions {
    let at = text.floor_char_boundary(at);
    let nothing = Completions { replace: (at, at), ..Completions::default() };
    if text.len() > TEXT_BYTES_MAX {
        return nothing;
    }
    let Some(place) = Place::find(&text[..at]) else { return nothing };
    place.complete(text, at, &Known::gather(&place.others(text, at)))
}

/// As [`complete`], with the names of the other sentences gathered before.
#[cfg(test)]
pub(crate) fn complete_knowing(text: &str, at: usize, known: &Known) -> Completions {
    Place::find(&text[..at]).map(|place| place.complete(text, at, known)).unwrap_or_default()
}

impl Place {
    fn complete(&self, text: &str, at: usize, known: &Known) -> Completions {
        let place = self;
        let mut offers =
            Offers { place, known, found: Completions::default(), seen: BTreeSet::new(), whole: false, begun: false };
        if let Some(open) = place.quote {
            offers.in_quote(text, open, at);
        } else {
            offers.all(text, at);
        }
        let mut found = offers.found;
        found.items.sort_by_key(|item| item.kind);
        found.items.truncate(ITEMS_MAX);
        found
    }
}

/// The unfinished sentence in front of a place.
struct Place {
    /// Its words so far, without one that the place stands in or touches.
    tokens: Vec<Token>,
    /// The word that the place touches.
    partial: Option<Token>,
    /// Whether the place stands right behind the last word, without a blank.
    attached: bool,
    /// Where the sentence begins.
    start: usize,
    /// Where an open quotation begins.
    quote: Option<usize>,
    /// What fits where a sentence begins.
    context: Context,
}

impl Place {
    /// `None` where nothing can be offered: in a title, a note or a comment.
    fn find(before: &str) -> Option<Self> {
        let tokens = lexer::tokens(before);
        if tokens.iter().any(|token| token.kind == TokenKind::OpenComment) {
            return None;
        }
        let split = sentence::split(before, &tokens);
        let last_token = tokens.iter().rev().find(|token| token.matters());
        let last = split.sentences.iter().rev().find(|raw| raw.kind != RawKind::Comment);
        let same_line = |raw: &Raw| !before[raw.end..].contains('\n');
        let open = last.filter(|raw| last_token.is_some_and(|token| token.end == raw.end));
        if last.is_some_and(|raw| raw.tokens.len() > MAX_TOKENS) {
            return None;
        }
        let context = Context::at(before, &split);
        let fresh =
            Self { tokens: Vec::new(), partial: None, attached: false, start: before.len(), quote: None, context };
        let Some(raw) = open else { return Some(fresh) };
        match raw.kind {
            RawKind::Title | RawKind::Note | RawKind::Question if same_line(raw) => return None,
            RawKind::Title | RawKind::Note | RawKind::Question | RawKind::Comment => return Some(fresh),
            RawKind::Plain => {}
        }
        let stopped = last_token.is_some_and(|token| [".", "?", "!", ":"].iter().any(|stop| token.is(before, stop)));
        let blank_line = before[raw.end..].matches('\n').count() > 1;
        if stopped || blank_line {
            return Some(fresh);
        }
        let mut tokens = raw.tokens.clone();
        let attached = raw.end == before.len();
        let quote = tokens.iter().find(|token| token.kind == TokenKind::OpenQuote).map(|token| token.start);
        let partial = tokens.last().copied().filter(|token| attached && token.kind == TokenKind::Word);
        if partial.is_some() {
            tokens.pop();
        }
        Some(Self { tokens, partial, attached, start: raw.start, quote, ..fresh })
    }

    /// The text without the sentence at hand, which may go on behind the place to the end of its line.
    fn others(&self, text: &str, at: usize) -> String {
        let line_end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        format!("{}\n\n{}", &text[..self.start], &text[line_end..])
    }
}

/// What was found so far.
struct Offers<'a> {
    place: &'a Place,
    known: &'a Known,
    found: Completions,
    seen: BTreeSet<String>,
    /// Whether the word at hand is a known one to its last letter, and whether it is the start of one.
    whole: bool,
    begun: bool,
}

impl Offers<'_> {
    /// Inside quotation marks: the fields that a message may hold, and the end of the quotation.
    fn in_quote(&mut self, text: &str, open: usize, at: usize) {
        let written = &text[open..at];
        let brace = written.rfind('{').filter(|brace| !written[*brace..].contains('}'));
        let from = brace.map_or(at, |brace| open + brace + 1);
        self.found.replace = (from, at);
        let typed = text[from..at].to_lowercase();
        for field in self.known.fields().filter(|field| !field.text.contains(" on the ")) {
            let insert = if brace.is_some() { format!("{}}}", field.text) } else { format!("{{{}}}", field.text) };
            if brace.is_none() || insert.to_lowercase().starts_with(&typed) {
                self.push(insert, CompletionKind::Field, field.detail.clone());
            }
        }
        if brace.is_none() {
            self.push(String::from("\""), CompletionKind::Words, None);
        }
    }

    fn all(&mut self, text: &str, at: usize) {
        let place = self.place;
        self.found.replace = (place.partial.map_or(at, |partial| partial.start), at);
        self.next(text, &place.tokens, place.partial);
        // The word may be whole already; then a mark may follow it without a blank. The start of a known word is not.
        // The name of a stage is the writer's own, so that any word may be the whole of it.
        let named = place.tokens.first().is_some_and(|first| first.text(text) == "Stage");
        if let Some(partial) = place.partial.filter(|_| self.whole || !self.begun || named) {
            let mut tokens = place.tokens.clone();
            tokens.push(partial);
            let word = partial.text(text);
            for mark in marks(text, &tokens) {
                // What is offered is the mark: the word stands there already.
                self.push_as(format!("{word}{mark}"), mark, CompletionKind::Words, None);
            }
        }
        let begins = place.tokens.is_empty() || quote_may_end(text, &place.tokens);
        if begins {
            let typed = place.partial.map(|partial| partial.text(text).to_lowercase()).unwrap_or_default();
            let inside = !place.tokens.is_empty();
            let fits = |example: &&'static str| {
                // Behind a quoted text only a capital tells that a sentence begins.
                example.to_lowercase().starts_with(&typed)
                    && !(inside && example.starts_with(|c: char| c.is_ascii_digit()))
            };
            for example in place.context.examples().filter(fits) {
                self.push(String::from(example), CompletionKind::Sentence, None);
            }
        }
        if place.partial.is_none() && place.attached && !place.tokens.is_empty() {
            self.attach(text);
        }
    }

    /// Everything that may stand behind the tokens and starts like the word at hand.
    fn next(&mut self, text: &str, tokens: &[Token], partial: Option<Token>) {
        let typed = partial.map(|partial| partial.text(text).to_lowercase()).unwrap_or_default();
        let first = tokens.is_empty();
        if first {
            for word in ["Then", "Next", "Finally"].into_iter().filter(|_| self.place.context.is_step()) {
                self.offer(&typed, String::from(word), first, (CompletionKind::Words, None));
            }
        }
        for expect in shapes::expected(text, tokens) {
            match expect {
                Expect::Words(words) => {
                    let mark = words.starts_with([',', ';', ':']);
                    if !mark || self.place.attached {
                        self.offer(&typed, words, first, (CompletionKind::Words, None));
                    }
                }
                Expect::Quote => {
                    self.own("text in quotation marks");
                    self.offer(&typed, String::from("\"\""), first, (CompletionKind::Words, None));
                }
                Expect::Value { field, from } => {
                    for (value, detail) in self.known.values(&field) {
                        if let Some(rest) = known::rest(text, &tokens[from..], &value) {
                            self.offer(&typed, rest, first, (CompletionKind::Value, Some(detail)));
                        }
                    }
                }
                Expect::Name { of, from } => self.names(text, (&tokens[from..], first), of, &typed),
            }
        }
    }

    fn names(&mut self, text: &str, (written, first): (&[Token], bool), of: Naming, typed: &str) {
        match of {
            Naming::Thing | Naming::Operation => self.own("what"),
            Naming::Free | Naming::Ask | Naming::Label | Naming::Closing => self.own("name"),
            _ => {}
        }
        for name in self.known.named(of) {
            for rest in name.rests(text, written) {
                self.offer(typed, rest, first, (name.kind, name.detail.clone()));
            }
        }
    }

    fn own(&mut self, what: &'static str) {
        if !self.found.own_words.contains(&what) {
            self.found.own_words.push(what);
        }
    }

    fn offer(&mut self, typed: &str, words: String, first: bool, (kind, detail): (CompletionKind, Option<String>)) {
        let lower = words.to_lowercase();
        if !lower.starts_with(typed) {
            return;
        }
        let rest = &lower[typed.len()..];
        let ends = rest.is_empty() || !rest.starts_with(char::is_alphanumeric);
        self.whole |= !typed.is_empty() && ends;
        self.begun |= !typed.is_empty() && !ends;
        if rest.is_empty() {
            return;
        }
        let words = if first { capital(&words) } else { words };
        self.push(words, kind, detail);
    }

    /// Right behind a mark, a number or a quotation: words need a blank before them, marks do not.
    fn attach(&mut self, text: &str) {
        let open = self.place.tokens.last().is_some_and(|token| token.is(text, "("));
        for item in &mut self.found.items {
            if !open && !item.insert.starts_with([',', ';', ':', ')', '.']) {
                item.insert.insert(0, ' ');
            }
        }
        if !shapes::readings(text, &self.place.tokens).is_empty() {
            self.push(String::from("."), CompletionKind::Words, None);
        }
    }

    fn push(&mut self, insert: String, kind: CompletionKind, detail: Option<String>) {
        self.push_as(insert.clone(), insert, kind, detail);
    }

    fn push_as(&mut self, insert: String, label: String, kind: CompletionKind, detail: Option<String>) {
        if self.seen.insert(insert.clone()) {
            self.found.items.push(Completion { insert, label, kind, detail });
        }
    }
}

/// The marks, each with the fixed words behind it, that may follow the tokens without a blank.
fn marks(text: &str, tokens: &[Token]) -> Vec<String> {
    let mut found: Vec<String> = shapes::expected(text, tokens)
        .into_iter()
        .filter_map(|expect| match expect {
            Expect::Words(words) if words.starts_with([',', ';', ':', ')']) => Some(words),
            _ => None,
        })
        .collect();
    if !shapes::readings(text, tokens).is_empty() {
        found.push(String::from("."));
    }
    found
}

/// Whether the last token is a quoted text that ends the sentence by its own full stop.
fn quote_may_end(text: &str, tokens: &[Token]) -> bool {
    tokens.last().is_some_and(|token| {
        let inner = token.text(text).trim_end_matches(['"', '\u{201d}', '\u{201c}']);
        token.kind == TokenKind::Quote && inner.ends_with(['.', '!', '?'])
    })
}

fn capital(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}
