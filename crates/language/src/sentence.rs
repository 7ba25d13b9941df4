//! Tokens to sentences, and sentences to a tree of bullets.

use super::{
    diagnostics::Diagnostic,
    lexer::{Token, TokenKind},
};

/// The most sentences that a text may have; paths count steps with 16 bits.
pub(crate) const MAX_SENTENCES: usize = 1_000;
/// The most words and marks in one sentence.
pub(crate) const MAX_TOKENS: usize = 240;
/// Words after which a full stop does not end the sentence.
const ABBREVIATIONS: [&str; 6] = ["e.g", "i.e", "approx", "mr", "mrs", "dr"];

/// What a piece of the text is before its grammar is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RawKind {
    /// `# Name`.
    Title,
    /// `Note: ...`.
    Note,
    /// `Question: ...`.
    Question,
    /// An HTML comment.
    Comment,
    /// Anything that the grammar must understand.
    Plain,
}

/// One sentence before its grammar is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub kind: RawKind,
    /// Bytes of the sentence in the text, full stop included.
    pub start: usize,
    pub end: usize,
    /// What it is made of, without blanks, comments and the full stop.
    pub tokens: Vec<Token>,
}

/// A bullet or a line of the text: its sentences, and the bullets below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    /// 0 for a line of its own, 1 and more for a bullet by its indent.
    pub level: usize,
    /// Indexes of its sentences.
    pub sentences: Vec<usize>,
    /// What stands under its last sentence, which ends with a colon.
    pub children: Vec<Item>,
}

/// The sentences of a text and their tree.
#[derive(Debug, Default)]
pub(crate) struct Split {
    pub sentences: Vec<Raw>,
    pub items: Vec<Item>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Splits tokens into sentences.
pub(crate) fn split(text: &str, tokens: &[Token]) -> Split {
    let mut splitter = Splitter { text, sentences: Vec::new(), flat: Vec::new(), open: Vec::new(), free: None };
    let mut diagnostics = Vec::new();
    let mut line_start = 0;
    while line_start < tokens.len() {
        let length = tokens[line_start..].iter().take_while(|token| token.kind != TokenKind::Newline).count();
        splitter.line(&tokens[line_start..line_start + length]);
        line_start += length + 1;
    }
    splitter.finish();
    let Splitter { mut sentences, flat, .. } = splitter;
    if let Some(open) = tokens.iter().find(|token| token.kind == TokenKind::OpenComment) {
        diagnostics.push(Diagnostic::open_comment(open.start, open.end));
    }
    for token in sentences.iter().filter(|raw| raw.kind == RawKind::Plain).flat_map(|raw| &raw.tokens) {
        if token.kind == TokenKind::OpenQuote {
            diagnostics.push(Diagnostic::open_quote(token.start, token.end));
        }
    }
    if let Some(first) = sentences.get(MAX_SENTENCES) {
        diagnostics.push(Diagnostic::too_long(first.start, text.len(), "sentences", MAX_SENTENCES));
    }
    for raw in sentences.iter().filter(|raw| raw.kind == RawKind::Plain && raw.tokens.len() > MAX_TOKENS) {
        diagnostics.push(Diagnostic::too_long(raw.start, raw.end, "words", MAX_TOKENS));
    }
    sentences.truncate(MAX_SENTENCES);
    let items = tree(flat, &sentences, text, &mut diagnostics);
    Split { sentences, items, diagnostics }
}

struct Splitter<'a> {
    text: &'a str,
    sentences: Vec<Raw>,
    flat: Vec<Item>,
    open: Vec<Token>,
    /// What the open sentence is when its words are the writer's own, such as a note.
    free: Option<RawKind>,
}

impl Splitter<'_> {
    fn line(&mut self, line: &[Token]) {
        let mut words: Vec<Token> = line.iter().copied().filter(|token| token.matters()).collect();
        let comments = line.iter().filter(|token| matches!(token.kind, TokenKind::Comment | TokenKind::OpenComment));
        for comment in comments {
            self.sentences.push(Raw { kind: RawKind::Comment, start: comment.start, end: comment.end, tokens: vec![] });
        }
        let Some(first) = words.first().copied() else {
            if line.iter().all(|token| token.kind == TokenKind::Space) {
                self.finish();
            }
            return;
        };
        let column = first.start - line.first().map_or(first.start, |token| token.start);
        if first.is(self.text, "#") {
            self.finish();
            self.title(&words);
            return;
        }
        let spaced = line.iter().any(|token| token.kind == TokenKind::Space && token.start == first.end);
        if spaced && (first.is(self.text, "-") || first.is(self.text, "*")) {
            self.finish();
            self.flat.push(Item { level: 1 + column, ..Item::default() });
            words.remove(0);
        } else if self.open.is_empty() {
            let inside = self.flat.last().is_some_and(|item| item.level > 0 && column >= item.level);
            if !inside {
                self.flat.push(Item::default());
            }
        }
        self.words(&words, line);
    }

    fn words(&mut self, words: &[Token], line: &[Token]) {
        for (index, token) in words.iter().enumerate() {
            let last = index + 1 == words.len();
            self.open.push(*token);
            if self.open.len() == 2 && token.is(self.text, ":") {
                self.free = [("note", RawKind::Note), ("question", RawKind::Question)]
                    .into_iter()
                    .find_map(|(word, kind)| self.open[0].is(self.text, word).then_some(kind));
            }
            let ends = if self.free.is_some() {
                last && [".", "?", "!"].iter().any(|stop| token.is(self.text, stop))
            } else {
                let after = line.partition_point(|other| other.start < token.end);
                let next = line.get(after);
                let stop = token.is(self.text, ".") || token.is(self.text, "?") || token.is(self.text, "!");
                let colon = last && token.is(self.text, ":");
                let inner = words.get(index + 1).is_some_and(|next| self.closes_inside(*token, *next));
                colon || inner || (stop && next.is_none_or(|next| !next.matters()) && !self.abbreviated())
            };
            if ends {
                self.finish();
            }
        }
    }

    /// Whether a quoted text ends the sentence by its own full stop: `that "It is paid." Nobody signs ...`.
    fn closes_inside(&self, token: Token, next: Token) -> bool {
        let quoted = token.text(self.text).trim_end_matches(['"', '\u{201d}', '\u{201c}']);
        token.kind == TokenKind::Quote
            && quoted.ends_with(['.', '!', '?'])
            && next.kind == TokenKind::Word
            && next.text(self.text).starts_with(char::is_uppercase)
    }

    fn abbreviated(&self) -> bool {
        let before = self.open.len().checked_sub(2).and_then(|index| self.open.get(index));
        before.is_some_and(|token| ABBREVIATIONS.contains(&token.text(self.text).to_lowercase().as_str()))
    }

    fn title(&mut self, words: &[Token]) {
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return };
        self.flat.push(Item { sentences: vec![self.sentences.len()], ..Item::default() });
        let tokens: Vec<Token> = words.iter().copied().skip_while(|token| token.is(self.text, "#")).collect();
        self.sentences.push(Raw { kind: RawKind::Title, start: first.start, end: last.end, tokens });
    }

    /// Ends the open sentence, if there is one.
    fn finish(&mut self) {
        let mut tokens = std::mem::take(&mut self.open);
        let kind = self.free.take().unwrap_or(RawKind::Plain);
        let (Some(first), Some(last)) = (tokens.first().copied(), tokens.last().copied()) else { return };
        if last.is(self.text, ".") {
            tokens.pop();
        }
        if let Some(item) = self.flat.last_mut() {
            item.sentences.push(self.sentences.len());
        }
        self.sentences.push(Raw { kind, start: first.start, end: last.end, tokens });
    }
}

/// Puts bullets under the sentence with a colon that they belong to.
fn tree(flat: Vec<Item>, sentences: &[Raw], text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<Item> {
    let opens = |item: &Item| {
        let last = item.sentences.last().and_then(|index| sentences.get(*index));
        last.is_some_and(|raw| raw.kind == RawKind::Plain && raw.tokens.last().is_some_and(|t| t.is(text, ":")))
    };
    let mut stack: Vec<Item> = vec![Item::default()];
    for mut item in flat {
        item.sentences.retain(|index| *index < sentences.len());
        if item.sentences.is_empty() {
            continue;
        }
        let keep = |top: &Item| top.level < item.level;
        while stack.len() > 1 && !stack.last().is_some_and(keep) {
            fold(&mut stack);
        }
        let parent_opens = stack.len() == 1 || stack.last().is_some_and(opens);
        if !parent_opens || (stack.len() == 1 && item.level > 0) {
            let first = item.sentences.first().and_then(|index| sentences.get(*index));
            if let Some(raw) = first.filter(|raw| raw.kind == RawKind::Plain) {
                diagnostics.push(Diagnostic::under_nothing(raw.start, raw.end));
            }
        }
        stack.push(item);
    }
    while stack.len() > 1 {
        fold(&mut stack);
    }
    stack.pop().map(|root| root.children).unwrap_or_default()
}

fn fold(stack: &mut Vec<Item>) {
    if let (Some(item), Some(parent)) = (stack.pop(), stack.last_mut()) {
        parent.children.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::lexer::tokens, *};

    fn check(text: &str, expected: &[&str]) {
        let split = split(text, &tokens(text));
        let found: Vec<_> = split.sentences.iter().map(|raw| &text[raw.start..raw.end]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn check_sentences_end_where_a_reader_ends_them() {
        check("# A title.\nOne. Two, e.g. this. Three", &["# A title.", "One.", "Two, e.g. this.", "Three"]);
        check("The limit is 1.5 EUR. \"A. B.\" is said.", &["The limit is 1.5 EUR.", "\"A. B.\" is said."]);
        check("Tell her that \"It is paid.\" Nobody signs.", &["Tell her that \"It is paid.\"", "Nobody signs."]);
        check(
            "A sentence\nover two lines. Note: one. Two.\nNext.",
            &["A sentence\nover two lines.", "Note: one. Two.", "Next."],
        );
        check("Question: who? And when?\nNext.", &["Question: who? And when?", "Next."]);
        check("Stage A:\n- One. Two.\n- If so:\n  - Three.\n", &["Stage A:", "One.", "Two.", "If so:", "Three."]);
    }

    #[test]
    fn check_bullets_hang_under_their_colon() {
        let text = "Stage A:\n- One. Two.\n- If so:\n  - Three.\n- Four.\n\nRule.\n";
        let split = split(text, &tokens(text));
        assert!(split.diagnostics.is_empty());
        let levels: Vec<_> = split.items.iter().map(|item| (item.level, item.children.len())).collect();
        assert_eq!(levels, [(0, 3), (0, 0)]);
        assert_eq!(split.items[0].children[1].children.len(), 1);
    }
}
