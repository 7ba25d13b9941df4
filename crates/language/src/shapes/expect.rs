//! What may come next in a sentence that is not finished, by the same patterns that read a finished one.

use std::cell::Cell;

use super::{
    Make, Reader, all, expect_guard,
    pattern::{MAX_MOVES, Part},
    slots::{self, Slot},
};
use crate::{lexer::Token, words};

/// The types that a field may have, as completion offers them.
const KINDS: [&str; 8] = ["text", "money", "date", "document", "number", "yes or no", "e-mail", "IBAN"];
/// Times that completion offers where nothing of one is written yet.
const SPANS: [&str; 6] = ["2 working days", "1 working day", "5 working days", "1 hour", "4 hours", "2 weeks"];
/// When a case may start by itself.
const SCHEDULES: [&str; 4] =
    ["every working day at 09:00", "every Monday at 09:00", "every day at 08:00", "every 1st of the month at 08:00"];
/// Units behind a number.
const UNITS: [&str; 9] = ["working days", "days", "hours", "weeks", "minutes", "working day", "day", "hour", "week"];

/// What a name in progress names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Somebody.
    Who,
    /// Whoever starts a case, behind `the manager of`.
    Starter,
    /// A field.
    Field,
    /// A field that is a document.
    Document,
    /// A field that this sentence may introduce.
    Ask,
    /// A form.
    Form,
    /// A stage.
    Stage,
    /// How a case closes.
    Closing,
    /// A word of a list.
    Label,
    /// Another system.
    System,
    /// A free description.
    Thing,
    /// What is done in another system.
    Operation,
    /// A name that the writer makes up.
    Free,
}

/// One thing that may come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// These fixed words, or this mark.
    Words(String),
    /// The rest of a name that begins at this token.
    Name { of: Naming, from: usize },
    /// The rest of what a field is compared with, beginning at this token.
    Value { field: String, from: usize },
    /// A text in quotation marks.
    Quote,
}

/// Everything that may come next behind the tokens; nothing means that no shape begins like this.
pub(crate) fn expected(source: &str, tokens: &[Token]) -> Vec<Expect> {
    let moves = Cell::new(MAX_MOVES);
    let skip = usize::from(
        tokens.first().is_some_and(|first| ["then", "next", "finally"].iter().any(|word| first.is(source, word))),
    );
    let comma = usize::from(skip == 1 && tokens.get(1).is_some_and(|token| token.is(source, ",")));
    let skip = skip + comma;
    let words = super::words(source, tokens);
    let reader = Reader { source, tokens, words: &words, moves: &moves }.from(skip);
    let mut walk = Walk { reader: &reader, found: Vec::new(), ends: false };
    for shape in all() {
        if skip == 0 || matches!(shape.make, Make::Clause(_)) {
            walk.go(&shape.parts, &Rest::End, 0);
        }
    }
    for found in &mut walk.found {
        if let Expect::Name { from, .. } | Expect::Value { from, .. } = found {
            *from += skip;
        }
    }
    walk.found
}

/// Whether the tokens are the start of some sentence, or a whole one.
#[cfg(test)]
pub(crate) fn viable(source: &str, tokens: &[Token]) -> bool {
    !expected(source, tokens).is_empty() || !super::readings(source, tokens).is_empty()
}

enum Rest<'p> {
    End,
    Then(&'p [Part], &'p Rest<'p>),
}

/// The walk over one sentence's shapes.
pub(super) struct Walk<'a, 'r> {
    pub(super) reader: &'a Reader<'r>,
    pub(super) found: Vec<Expect>,
    ends: bool,
}

impl Walk<'_, '_> {
    fn go(&mut self, parts: &[Part], rest: &Rest<'_>, at: usize) {
        let left = self.reader.moves.get();
        if left == 0 {
            return;
        }
        self.reader.moves.set(left - 1);
        let Some((first, more)) = parts.split_first() else {
            match rest {
                Rest::End => self.ends |= at == self.len(),
                Rest::Then(parts, rest) => self.go(parts, rest, at),
            }
            return;
        };
        match first {
            Part::Literal(_) if at == self.len() => self.words(phrase(parts)),
            Part::Literal(word) => {
                if self.reader.is(at, word) {
                    self.go(more, rest, at + 1);
                }
            }
            Part::Either(ways) => {
                let after = Rest::Then(more, rest);
                for way in ways {
                    self.go(way, &after, at);
                }
            }
            Part::Slot(Slot::Step, _) => {
                let after = Rest::Then(more, rest);
                for shape in all().iter().filter(|shape| matches!(shape.make, Make::Clause(_))) {
                    self.go(&shape.parts, &after, at);
                }
            }
            Part::Slot(slot, key) => {
                self.open(*slot, key, at);
                let mut before = None;
                for (end, _) in slots::values(self.reader, *slot, at, &|_| true) {
                    // "A" alone at the start is an article, and no name, as soon as anything follows it.
                    let article = at == 0 && end == self.len() && end == 1 && self.reader.is(0, "a");
                    if before != Some(end) && !article {
                        self.go(more, rest, end);
                    }
                    before = Some(end);
                }
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.reader.tokens.len()
    }

    fn push(&mut self, expect: Expect) {
        if !self.found.contains(&expect) {
            self.found.push(expect);
        }
    }

    pub(super) fn words(&mut self, words: impl Into<String>) {
        self.push(Expect::Words(words.into()));
    }

    pub(super) fn value(&mut self, field: &str, from: usize) {
        self.push(Expect::Value { field: String::from(field), from });
    }

    pub(super) fn quote(&mut self) {
        self.push(Expect::Quote);
    }

    /// What may stand next inside a slot that begins at `from`.
    fn open(&mut self, slot: Slot, key: &str, from: usize) {
        match slot {
            Slot::Name => self.name(self.naming(key, from), from),
            Slot::Names => self.list(from, &slots::name, &|walk, at| walk.name(walk.naming(key, from), at)),
            Slot::Who => self.who(from),
            Slot::Whos => self.list(from, &slots::who, &Self::who),
            Slot::Field => self.field(from),
            Slot::Fields => {
                // Whoever fills in something fills in a whole form or single fields.
                let filled = ["in", "corrects", "completes", "provides"];
                if from > 0 && self.reader.is_any(from - 1, &filled) {
                    self.name(Naming::Form, from);
                }
                self.list(from, &slots::field, &Self::field);
            }
            Slot::Asks => self.list(from, &slots::ask, &Self::ask),
            Slot::System => self.name(Naming::System, from),
            Slot::Thing => self.thing(Naming::Thing, from),
            Slot::Operation if from == self.len() => self.push(Expect::Name { of: Naming::Operation, from }),
            Slot::Operation if self.reader.class(from).has(words::Class::OPERATION) => {
                self.thing(Naming::Operation, from)
            }
            Slot::Quote if from == self.len() => self.quote(),
            Slot::Span => self.span(from),
            Slot::Count if from == self.len() => self.words("2"),
            Slot::Times if from == self.len() => {
                ["3 times", "once", "twice"].into_iter().for_each(|words| self.words(words));
            }
            Slot::Times if from + 1 == self.len() && words::count(self.reader.text(from)).is_some() => {
                self.words("times");
            }
            Slot::Guard => expect_guard::open(self, from),
            Slot::Owners => self.list(from, &slots::owner, &Self::who),
            Slot::Marks => self.list(from, &slots::mark, &|walk, at| {
                if at == walk.len() {
                    walk.words("1 is \"\"");
                }
            }),
            Slot::Schedule if from == self.len() => SCHEDULES.iter().for_each(|words| self.words(*words)),
            Slot::Quote
            | Slot::Count
            | Slot::Times
            | Slot::Flag
            | Slot::Mark
            | Slot::Schedule
            | Slot::Operation
            | Slot::Step => {}
        }
    }

    /// What a plain name names, by the key of its slot and the word before it.
    fn naming(&self, key: &str, from: usize) -> Naming {
        let behind_as = from > 0 && self.reader.is(from - 1, "as");
        match key {
            "who" => Naming::Who,
            "form" => Naming::Form,
            "stage" => Naming::Stage,
            "document" => Naming::Document,
            "labels" => Naming::Label,
            "closing" => Naming::Closing,
            _ if behind_as => Naming::Closing,
            _ => Naming::Free,
        }
    }

    /// Whether the tokens from here are a name in progress: nothing, an article, or words of a name.
    fn in_name(&self, from: usize) -> bool {
        let first = slots::after_article(self.reader, from);
        first >= self.len() || !slots::name(self.reader, from, &|end| end == self.len()).is_empty()
    }

    pub(super) fn name(&mut self, of: Naming, from: usize) {
        if from <= self.len() && self.in_name(from) {
            self.push(Expect::Name { of, from });
        }
    }

    fn who(&mut self, from: usize) {
        self.name(Naming::Who, from);
        let first = slots::after_article(self.reader, from);
        if self.reader.is(first, "manager") && self.reader.is(first + 1, "of") {
            self.name(Naming::Starter, first + 2);
        }
    }

    pub(super) fn field(&mut self, from: usize) {
        self.name(Naming::Field, from);
        for (end, _) in slots::name(self.reader, from, &|_| true) {
            if self.reader.is(end, "on") && end < self.len() && self.in_name(end + 1) {
                self.push(Expect::Name { of: Naming::Field, from });
            }
        }
    }

    /// A field with its type in parentheses.
    fn ask(&mut self, from: usize) {
        self.name(Naming::Ask, from);
        for (end, _) in slots::name(self.reader, from, &|_| true) {
            if end == self.len() {
                KINDS.iter().for_each(|kind| self.words(format!("({kind})")));
                self.words("(");
            } else if self.reader.is(end, "(") && !(end..self.len()).any(|at| self.reader.is(at, ")")) {
                self.kind(end + 1);
            }
        }
    }

    /// Inside the parentheses behind a field.
    fn kind(&mut self, from: usize) {
        let typed: Vec<String> = (from..self.len()).map(|at| self.reader.text(at).to_lowercase()).collect();
        let last_joins = typed.last().is_none_or(|last| [",", "or", "and"].contains(&last.as_str()));
        for kind in KINDS {
            let words: Vec<&str> = kind.split(' ').collect();
            if let Some(rest) = rest_of(&typed, &words) {
                self.words(rest);
            }
        }
        if last_joins {
            self.push(Expect::Name { of: Naming::Free, from: self.len() });
            if !typed.is_empty() {
                self.words("or");
                self.words("optional)");
            }
        } else {
            [")", ",", "or", ", optional)"].into_iter().for_each(|words| self.words(words));
        }
    }

    fn thing(&mut self, of: Naming, from: usize) {
        let fits = |at: usize| slots::fits_thing(self.reader, at, from);
        if self.len() - from <= slots::MAX_THING && (from..self.len()).all(fits) {
            self.push(Expect::Name { of, from });
        }
    }

    fn span(&mut self, from: usize) {
        let counted = words::count(self.reader.text(from)).is_some() || self.reader.is_any(from, &["a", "an"]);
        let unit = if counted { from + 1 } else { from };
        let every = from > 0 && self.reader.is(from - 1, "every");
        if from == self.len() {
            SPANS.iter().for_each(|words| self.words(*words));
            if every {
                ["working day", "day", "week"].into_iter().for_each(|words| self.words(words));
            }
        } else if counted || every {
            let typed: Vec<String> = (unit..self.len()).map(|at| self.reader.text(at).to_lowercase()).collect();
            for words in UNITS {
                let words: Vec<&str> = words.split(' ').collect();
                if let Some(rest) = rest_of(&typed, &words) {
                    self.words(rest);
                }
            }
        }
    }

    /// Items with commas, "and" and "or" between them.
    fn list<T>(&mut self, from: usize, item: slots::Item<'_, T>, open: &dyn Fn(&mut Self, usize)) {
        let mut starts = vec![from];
        let mut index = 0;
        while let Some(start) = starts.get(index).copied() {
            index += 1;
            let left = self.reader.moves.get();
            if left == 0 {
                return;
            }
            self.reader.moves.set(left - 1);
            open(self, start);
            for (end, _) in item(self.reader, start, &|_| true) {
                if end == self.len() {
                    [",", "and", "or"].into_iter().for_each(|words| self.words(words));
                    continue;
                }
                let comma = end + usize::from(self.reader.is(end, ","));
                let next = comma + usize::from(self.reader.is_any(comma, &["and", "or"]));
                if next == self.len() && next == comma && comma > end {
                    ["and", "or"].into_iter().for_each(|words| self.words(words));
                }
                if next > end && !starts.contains(&next) {
                    starts.push(next);
                }
            }
        }
    }
}

/// The literals at the start of the parts as one phrase.
fn phrase(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        let Part::Literal(word) = part else { break };
        if !out.is_empty() && ![",", ";", ":"].contains(word) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The rest of a phrase whose first words are typed already; `None` when other words are, or all of them.
pub(super) fn rest_of(typed: &[String], words: &[&str]) -> Option<String> {
    let starts =
        typed.len() < words.len() && typed.iter().zip(words).all(|(typed, word)| typed.eq_ignore_ascii_case(word));
    starts.then(|| words[typed.len()..].join(" "))
}
