//! One layout for a process text: bullets, indents, blanks and line ends. Words, order and notes stay as they are.

use std::collections::BTreeMap;

use super::{
    Attachments,
    compile::compile,
    diagnostics::Diagnostic,
    lexer::{self, Token, TokenKind},
    sentence::{self, Item, Raw, RawKind},
};

/// Blanks for each level of bullets below the first.
const INDENT: &str = "  ";

/// Lays a text out: one line for a bullet, `-` in front of it, two blanks for a level, one blank between
/// words, a full stop behind each sentence. What it compiles to stays the same; laid out again it stays as
/// it is.
///
/// # Errors
/// A text that does not compile, with what is wrong with it: where a sentence ends is then not certain.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let (guidelines, templates) = (named(text, "guideline"), named(text, "template"));
    let compiled = compile(text, &Attachments { guidelines, templates, ..Attachments::default() });
    if compiled.definition.is_none() {
        return Err(compiled.diagnostics);
    }
    let text = text.trim_start_matches('\u{feff}');
    let tokens = lexer::tokens(text);
    let split = sentence::split(text, &tokens);
    let mut layout = Layout { text, tokens: &tokens, raws: &split.sentences, out: String::new(), done: 0 };
    layout.items(&split.items, 0);
    layout.comments(text.len(), 0);
    let mut out = layout.out.trim_end().to_owned();
    out.push('\n');
    Ok(out)
}

/// The guidelines or templates that a text names, taken as attached: what they say has no part in the layout.
fn named(text: &str, what: &str) -> BTreeMap<String, String> {
    let tokens: Vec<Token> = lexer::tokens(text).into_iter().filter(|token| token.matters()).collect();
    let named = tokens.windows(2).filter(|pair| pair[0].is(text, what) && pair[1].kind == TokenKind::Quote);
    named.map(|pair| (lexer::unquote(pair[1].text(text)), String::new())).collect()
}

struct Layout<'a> {
    text: &'a str,
    tokens: &'a [Token],
    raws: &'a [Raw],
    out: String,
    /// Everything before this byte has been written.
    done: usize,
}

impl Layout<'_> {
    fn items(&mut self, items: &[Item], depth: usize) {
        for item in items {
            self.item(item, depth);
            self.items(&item.children, depth + 1);
        }
    }

    fn item(&mut self, item: &Item, depth: usize) {
        let raws: Vec<&Raw> = item
            .sentences
            .iter()
            .filter_map(|index| self.raws.get(*index))
            .filter(|raw| raw.kind != RawKind::Comment)
            .collect();
        let Some(first) = raws.first() else { return };
        self.comments(first.start, depth);
        self.blank_line(first.start, first.kind == RawKind::Title || (depth == 0 && self.is_heading(first)));
        let indent = INDENT.repeat(depth.saturating_sub(1));
        self.out.push_str(&indent);
        if depth > 0 {
            self.out.push_str("- ");
        }
        self.done = first.start;
        for (index, raw) in raws.iter().enumerate() {
            if index > 0 {
                self.inline_comments(raw.start);
                // A note reaches to the end of its line.
                let line = raws[index - 1].kind == RawKind::Note;
                self.out.push_str(&if line { format!("\n{indent}{INDENT}") } else { String::from(" ") });
            }
            self.sentence(raw);
        }
        self.trailing_comments();
        self.out.push('\n');
        if first.kind == RawKind::Title {
            self.out.push('\n');
        }
    }

    fn is_heading(&self, raw: &Raw) -> bool {
        raw.tokens.last().is_some_and(|token| token.is(self.text, ":"))
    }

    /// One sentence with one blank between its words.
    fn sentence(&mut self, raw: &Raw) {
        let from = self.tokens.partition_point(|token| token.start < raw.start);
        let to = self.tokens.partition_point(|token| token.start < raw.end);
        let inside = &self.tokens[from..to];
        let mut open = false;
        for token in inside {
            match token.kind {
                TokenKind::Space | TokenKind::Newline => open = true,
                _ => {
                    if std::mem::take(&mut open) {
                        self.out.push(' ');
                    }
                    self.out.push_str(token.text(self.text));
                }
            }
        }
        self.done = raw.end;
        let last = inside.iter().rfind(|token| token.matters());
        let stopped = raw.kind == RawKind::Title
            || last.is_some_and(|token| [".", "?", "!", ":"].iter().any(|mark| token.is(self.text, mark)));
        if !stopped {
            self.out.push('.');
        }
    }

    /// Comments that stand between the last sentence and this byte, each on a line of its own.
    fn comments(&mut self, until: usize, depth: usize) {
        for token in comments(self.tokens, self.done, until) {
            self.blank_line(token.start, false);
            self.out.push_str(&INDENT.repeat(depth.saturating_sub(1)));
            self.out.push_str(token.text(self.text));
            self.out.push('\n');
            self.done = token.end;
        }
    }

    /// Comments between two sentences of one bullet.
    fn inline_comments(&mut self, until: usize) {
        for token in comments(self.tokens, self.done, until) {
            self.out.push(' ');
            self.out.push_str(token.text(self.text));
            self.done = token.end;
        }
    }

    /// Comments on the line on which the bullet ends.
    fn trailing_comments(&mut self) {
        let first = self.tokens.partition_point(|token| token.start < self.done);
        let line = self.tokens[first..].iter().take_while(|token| token.kind != TokenKind::Newline);
        let until = line.last().map_or(self.done, |token| token.end);
        self.inline_comments(until);
    }

    /// A blank line where the text has one, and around titles and headings.
    fn blank_line(&mut self, start: usize, always: bool) {
        let between = self.text.get(self.done..start).unwrap_or_default();
        if (has_blank_line(between) || always) && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}

/// The comments from one byte up to another.
fn comments(tokens: &[Token], from: usize, until: usize) -> Vec<Token> {
    let start = tokens.partition_point(|token| token.start < from);
    let inside = tokens[start..].iter().take_while(|token| token.start < until);
    inside.copied().filter(|token| token.kind == TokenKind::Comment).collect()
}

/// Whether a line without words stands between two places.
fn has_blank_line(between: &str) -> bool {
    let mut lines = between.split('\n');
    lines.next();
    let mut lines: Vec<&str> = lines.collect();
    lines.pop();
    lines.iter().any(|line| line.trim().is_empty())
}
