//! Defaults that somebody accepts: what holds anyway is then said in the text.

use countersign_core::{definition::Who, time::Span};

use super::{
    Attachments, Compiled,
    compile::compile,
    diagnostics::Edit,
    lexer::{self, TokenKind},
    names::{Names, written},
    render,
    sentence::{self, Raw},
};

/// How often [`accept_all`] looks again; what the first round says leaves nothing open for a third.
const ROUNDS: usize = 3;

/// The edit that says one default in the text: the sentence's number in `compiled`, and what it is about, as in
/// [`DefaultUsed::what`](super::DefaultUsed). The changed text compiles to the same definition.
///
/// `None` when the sentence leaves no such default open, or is a step in several places that differ.
#[must_use]
pub fn accept_default(text: &str, compiled: &Compiled, sentence: usize, what: &str) -> Option<Edit> {
    let sentence = compiled.sentences.get(sentence)?;
    if text.get(sentence.start..sentence.end) != Some(sentence.text.as_str()) {
        return None;
    }
    sentence.defaults.iter().find(|used| used.what == what).and_then(|used| used.edit.clone())
}

/// The text with every default said that can be said in it.
#[must_use]
pub fn accept_all(text: &str, attachments: &Attachments) -> String {
    let mut text = stopped(text);
    for _ in 0..ROUNDS {
        let compiled = compile(&text, attachments);
        let mut edits: Vec<Edit> = Vec::new();
        for edit in
            compiled.sentences.iter().flat_map(|sentence| &sentence.defaults).filter_map(|used| used.edit.clone())
        {
            if !edits.contains(&edit) {
                edits.push(edit);
            }
        }
        if edits.is_empty() {
            break;
        }
        text = applied(&text, edits);
    }
    text
}

/// The text with all edits made, from its start to its end; edits at one place stay in their order.
fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut out = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for edit in edits.iter().filter(|edit| edit.start <= edit.end && edit.end <= text.len()) {
        out.push_str(text.get(done..edit.start).unwrap_or_default());
        out.push_str(&edit.text);
        done = edit.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// The text with a full stop behind every sentence that ends with a quoted one and is followed by another, so that
/// several things can be said behind it.
fn stopped(text: &str) -> String {
    let split = sentence::split(text, &lexer::tokens(text));
    let pairs = split.sentences.iter().zip(split.sentences.iter().skip(1));
    let open = pairs.filter(|(one, next)| {
        let quoted = one.tokens.last().is_some_and(|token| token.kind == TokenKind::Quote && token.end == one.end);
        quoted && text.get(one.end..next.start).is_some_and(|between| !between.contains('\n'))
    });
    applied(text, open.map(|(one, _)| insert(one.end, String::from("."))).collect())
}

/// Writes the words of defaults to where they belong.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub text: &'a str,
    pub names: &'a Names,
    pub raws: &'a [Raw],
}

impl Places<'_> {
    /// How the text calls somebody.
    pub fn who(self, who: &Who) -> String {
        render::who_named(self.names.starter.as_deref().unwrap_or("requester"), &self.names.fields, who)
    }

    /// Words behind the last word of a sentence, in front of its full stop.
    pub fn clause(self, sentence: usize, words: String) -> Edit {
        let raw = &self.raws[sentence];
        let at = raw.tokens.last().map_or(raw.end, |token| token.end);
        insert(at, if self.runs_on(sentence) { format!("{words}.") } else { words })
    }

    /// A sentence behind a sentence.
    pub fn sentence(self, sentence: usize, words: &str) -> Edit {
        let raw = &self.raws[sentence];
        let stopped = raw.tokens.last().is_some_and(|token| token.end < raw.end);
        let words = render::sentence(words);
        // Behind a sentence without a full stop comes one, and the new sentence then ends without.
        let stopped = stopped || self.runs_on(sentence);
        insert(raw.end, if stopped { format!(" {words}") } else { format!(". {}", words.trim_end_matches('.')) })
    }

    /// Whether the sentence ends with a quoted text and its full stop, and another one follows on the line.
    fn runs_on(self, sentence: usize) -> bool {
        let raw = &self.raws[sentence];
        let stopped = raw.tokens.last().is_none_or(|token| token.end < raw.end);
        let follows = self.raws.get(sentence + 1).map(|next| &self.text[raw.end..next.start]);
        !stopped && follows.is_some_and(|between| !between.contains('\n'))
    }

    /// `, seeing the amount` behind the subject.
    pub fn seeing(self, sentence: usize, at: usize, fields: &str) -> Edit {
        let next = self.raws[sentence].tokens.iter().find(|token| token.start >= at);
        let within = next.is_some_and(|token| token.is(self.text, "within"));
        insert(at, format!(", seeing {fields}{}", if within { "," } else { "" }))
    }

    /// `fails or does not answer within 1 hour` in the sentence that says what follows from it.
    pub fn answer(self, sentence: usize, answer: Span) -> Option<Edit> {
        let fails = self.raws[sentence].tokens.iter().find(|token| token.is(self.text, "fails"))?;
        Some(insert(fails.end, format!(" or does not answer within {}", render::span(answer))))
    }

    /// `the finance lead approves` for `approve`.
    pub fn owner(self, sentence: usize, (start, end): (usize, usize), role: &str) -> Option<Edit> {
        let verb = self.text.get(start..end)?.to_lowercase();
        let (first, rest) = verb.split_once(' ').unwrap_or((verb.as_str(), ""));
        let verb = match first {
            "does" | "do" => String::from("does"),
            other => format!("{other}s"),
        };
        let rest = if rest.is_empty() { String::new() } else { format!(" {rest}") };
        let the = if self.raws[sentence].start == start { "The" } else { "the" };
        Some(Edit { start, end, text: format!("{the} {} {verb}{rest}", written(role)) })
    }
}

/// Words put in at a place.
pub(crate) const fn insert(at: usize, text: String) -> Edit {
    Edit { start: at, end: at, text }
}
