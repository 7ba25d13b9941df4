//! Pages in HTML: the text that somebody sees who opens one.
//!
//! The tokens of the page are read one after the other, without a tree. What is hidden by an attribute of its own
//! element is left out; what a style sheet hides is not known here.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

use super::{NoText, flow::Flow, plain};

/// How far from the beginning a page may name its encoding, in bytes (HTML standard, section 4.2.5.5).
const ENCODING_WITHIN_BYTES: usize = 1024;
/// Elements whose content is no text of the page.
const NOT_SHOWN: [&[u8]; 9] =
    [b"script", b"style", b"template", b"noscript", b"title", b"iframe", b"object", b"svg", b"datalist"];
/// Elements that never hold anything (HTML standard, section 13.1.2).
const VOID: [&[u8]; 13] =
    [b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta", b"source", b"track", b"wbr"];
/// Elements that stand on lines of their own.
const LINES: [&[u8]; 20] = [
    b"address",
    b"article",
    b"aside",
    b"br",
    b"caption",
    b"dd",
    b"div",
    b"dt",
    b"fieldset",
    b"figcaption",
    b"figure",
    b"footer",
    b"form",
    b"header",
    b"hr",
    b"li",
    b"main",
    b"nav",
    b"option",
    b"section",
];
/// Elements with free lines around them.
const GAPS: [&[u8]; 13] =
    [b"blockquote", b"dl", b"h1", b"h2", b"h3", b"h4", b"h5", b"h6", b"ol", b"p", b"pre", b"table", b"ul"];
/// Elements that a following one of the same name ends.
const ENDED_BY_THE_NEXT: [&[u8]; 8] = [b"p", b"li", b"tr", b"td", b"th", b"dt", b"dd", b"option"];

/// The visible text of a page.
pub(super) fn text(bytes: &[u8]) -> Result<String, NoText> {
    visible(&decoded(bytes)?)
}

/// The visible text of a page that is already decoded.
pub(super) fn visible(page: &str) -> Result<String, NoText> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut view = View::default();
    for token in Tokenizer::new_with_emitter(page, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => view.start(&tag)?,
            Token::EndTag(tag) => view.end(&tag.name),
            Token::String(words) => view.words(&String::from_utf8_lossy(&words.value))?,
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    view.flow.finish()
}

/// Bytes as text: by their byte order mark, by the encoding that the page names, or as UTF-8.
fn decoded(bytes: &[u8]) -> Result<String, NoText> {
    let named = named_encoding(bytes).filter(|_| Encoding::for_bom(bytes).is_none());
    let Some(encoding) = named else { return plain::decoded(bytes) };
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or(NoText::NotUtf8)?;
    Ok(text.into_owned())
}

fn named_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..ENCODING_WITHIN_BYTES).unwrap_or(bytes);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let (_, after) = head.split_once("charset")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label = after.split(['"', '\'', ';', ' ', '>', '/']).next()?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    // What names UTF-16 in letters of one byte each is not UTF-16.
    let wide = encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE;
    Some(if wide { encoding_rs::UTF_8 } else { encoding })
}

#[derive(Debug, Default)]
struct View {
    flow: Flow,
    /// The element that is not shown, and how many of its name are open inside it.
    unseen: Option<(Vec<u8>, usize)>,
    kept_blanks: usize,
}

impl View {
    fn start(&mut self, tag: &StartTag<()>) -> Result<(), NoText> {
        let name = tag.name.as_slice();
        let holds_nothing = VOID.contains(&name);
        if let Some((unseen, depth)) = &mut self.unseen {
            if unseen != name || holds_nothing {
                return Ok(());
            }
            if !ENDED_BY_THE_NEXT.contains(&name) {
                *depth += 1;
                return Ok(());
            }
            self.unseen = None;
        }
        if !holds_nothing && (NOT_SHOWN.contains(&name) || is_hidden(tag)) {
            self.unseen = Some((name.to_vec(), 1));
            return Ok(());
        }
        match name {
            b"tr" => self.flow.row(),
            b"td" | b"th" => self.flow.cell(),
            b"pre" => self.kept_blanks += 1,
            b"input" => return self.input(tag),
            _ => {}
        }
        self.breaks(name);
        Ok(())
    }

    fn end(&mut self, name: &HtmlString) {
        let name = name.as_slice();
        if let Some((unseen, depth)) = &mut self.unseen {
            if unseen == name {
                *depth -= 1;
                if *depth == 0 {
                    self.unseen = None;
                }
            }
            return;
        }
        match name {
            b"tr" => self.flow.line(),
            b"pre" => self.kept_blanks = self.kept_blanks.saturating_sub(1),
            _ => {}
        }
        self.breaks(name);
    }

    fn words(&mut self, words: &str) -> Result<(), NoText> {
        if self.unseen.is_some() {
            Ok(())
        } else if self.kept_blanks > 0 {
            self.flow.add(words)
        } else {
            self.flow.add_words(words)
        }
    }

    /// What stands in a field of a form is seen, unless the field is not.
    fn input(&mut self, tag: &StartTag<()>) -> Result<(), NoText> {
        let value = |name: &[u8]| tag.attributes.get(name).map(|value| String::from_utf8_lossy(&value.value));
        let kind = value(b"type").unwrap_or_default().to_ascii_lowercase();
        if is_hidden(tag) || matches!(kind.as_str(), "hidden" | "password" | "checkbox" | "radio") {
            return Ok(());
        }
        self.flow.add_words(&format!(" {} ", value(b"value").unwrap_or_default()))
    }

    fn breaks(&mut self, name: &[u8]) {
        if GAPS.contains(&name) {
            self.flow.gap();
        } else if LINES.contains(&name) {
            self.flow.line();
        }
    }
}

/// Whether an element's own attributes keep it from being seen.
fn is_hidden(tag: &StartTag<()>) -> bool {
    let attributes: &BTreeMap<HtmlString, _> = &tag.attributes;
    if attributes.contains_key(b"hidden".as_slice()) {
        return true;
    }
    let style = attributes.get(b"style".as_slice()).map(|style| String::from_utf8_lossy(&style.value));
    let style = style.unwrap_or_default().to_ascii_lowercase();
    style.split(';').filter_map(|one| one.split_once(':')).any(|(property, value)| {
        let value = value.trim().trim_end_matches("!important").trim();
        let nothing = value.trim_end_matches(|unit: char| unit.is_ascii_alphabetic() || unit == '%');
        let zero = !nothing.is_empty() && nothing.chars().all(|digit| matches!(digit, '0' | '.'));
        match property.trim() {
            "display" => value == "none",
            "visibility" => matches!(value, "hidden" | "collapse"),
            "opacity" | "font-size" | "max-height" => zero,
            _ => false,
        }
    })
}
