//! Documents with their quotes, fields with their origin, findings: the grounds of a decision.

use std::collections::BTreeSet;

use countersign_core::{case::CheckResult, definition::CitedExample};
use maud::{Markup, html};

use super::parts::{by_agent, id_of};
use crate::web::{
    catalogue::text::{doubt, finding, task as text},
    format,
    understood::quoted,
};

/// A field of the case, as it is shown.
#[derive(Clone, Debug)]
pub struct FieldView {
    /// Its name in the case file.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Its value; `None` when it has none yet.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: Source,
    /// Another reading of it, as a sentence.
    pub doubt: Option<String>,
    /// Whether its quote stands in one of the documents shown beside it.
    pub quoted: bool,
    /// Where it can be downloaded as a Word file, if it is a letter that came from one.
    pub word: Option<String>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A person wrote it: their name.
    Person(String),
    /// Read from a document: the document's label and what read it.
    Document(String, String),
    /// An agent suggests it: what answered, why, and how sure it is.
    Agent {
        /// What answered, in words.
        engine: String,
        /// Why, in its own words.
        reason: String,
        /// How sure it is, in words.
        score: Option<String>,
        /// The next best words.
        alternatives: Vec<String>,
    },
    /// Another system answered it: its name with the article.
    System(String),
    /// It is the current item of a list: the list's name with the article.
    Item(String),
    /// It has no value.
    Nobody,
    /// The reader may not see it.
    Hidden,
}

/// A document beside the fields.
#[derive(Clone, Debug, Default)]
pub struct DocumentView {
    /// The field that it fills, as the text calls it.
    pub label: String,
    /// The file's name as its sender called it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Where it can be downloaded.
    pub href: String,
    /// Its text; `None` when it has none.
    pub text: Option<String>,
    /// Why it has none.
    pub no_text: Option<String>,
    /// The quotes in its text.
    pub marks: Vec<Mark>,
}

/// A quote in a document's text.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The field that it is evidence for.
    pub field: String,
    /// The field's label.
    pub label: String,
    /// First byte in UTF-8.
    pub start: usize,
    /// The byte after the quote.
    pub end: usize,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct FindingView {
    /// The assertion in the words of the text.
    pub words: String,
    /// What came out.
    pub result: CheckResult,
    /// The fields that were compared.
    pub fields: Vec<String>,
    /// The examples that an agent says the case is like.
    pub examples: Vec<CitedExample>,
}

/// The fields as a list of names and values. Quotes can be followed where the documents stand `beside` them.
pub(super) fn fields(fields: &[FieldView], beside: bool) -> Markup {
    html! {
        dl.fields {
            @for field in fields {
                div.field data-field=(field.name) {
                    dt { (field.label) }
                    dd { (value(field, beside)) }
                }
            }
        }
    }
}

fn value(field: &FieldView, beside: bool) -> Markup {
    let shown = field.value.as_deref();
    html! {
        @match &field.source {
            Source::Hidden => { span.quiet { (crate::web::catalogue::text::case::HIDDEN) } }
            Source::Nobody => { span.quiet { (text::NOT_GIVEN) } }
            Source::Person(_) => { span.value { (shown.unwrap_or(text::NOT_GIVEN)) } }
            Source::Document(document, engine) => {
                span.value { (shown.unwrap_or(text::NOT_GIVEN)) }
                " "
                @if field.quoted && beside {
                    a.source href={ "#" (id_of("quote", &field.name)) } title={ (text::SHOW_QUOTE) ", " (engine) } {
                        (text::READ_FROM) " " (document)
                    }
                } @else {
                    span.source title=(engine) { (text::READ_FROM) " " (document) }
                }
            }
            Source::System(origin) | Source::Item(origin) => {
                span.value { (shown.unwrap_or(text::NOT_GIVEN)) } " " span.source { (text::FROM) " " (origin) }
            }
            Source::Agent { engine, reason, score, alternatives } => {
                span.value { (shown.unwrap_or(text::NOT_GIVEN)) } " " (by_agent())
                (reasons(engine, reason, score.as_deref(), alternatives))
            }
        }
        @if let Some(doubt) = &field.doubt { p.doubt { (doubt) } }
        @if let Some(word) = &field.word { p { a href=(word) download { (text::AS_WORD) } } }
    }
}

/// An agent's reason, one click away.
fn reasons(engine: &str, reason: &str, score: Option<&str>, alternatives: &[String]) -> Markup {
    html! {
        details.why {
            summary { (text::WHY) }
            p { (reason) }
            p.quiet {
                (format::capital(engine))
                @if let Some(score) = score { ", " (score) }
                "."
                @if !alternatives.is_empty() { " " (text::NEXT_BEST) " " (format::list(alternatives)) "." }
            }
        }
    }
}

/// What the checks found; what does not agree stands first.
pub(super) fn findings(findings: &[FindingView]) -> Markup {
    let mut sorted: Vec<&FindingView> = findings.iter().collect();
    sorted.sort_by_key(|finding| match finding.result {
        CheckResult::Failed => 0,
        CheckResult::CannotTell { .. } => 1,
        CheckResult::Passed => 2,
    });
    html! {
        ul.findings {
            @for one in sorted {
                @let (class, word) = match one.result {
                    CheckResult::Failed => ("failed", finding::DIFFERS),
                    CheckResult::CannotTell { .. } => ("due", finding::CANNOT_TELL),
                    CheckResult::Passed => ("done", finding::AGREES),
                };
                li data-field=(one.fields.join(" ")) {
                    strong class=(class) { (word) } ": " (one.words) "."
                    @if let CheckResult::CannotTell { why } = &one.result {
                        " " span.quiet { (quoted(&format::capital(why))) "." }
                    }
                    @for cited in &one.examples { (example(cited)) }
                }
            }
        }
    }
}

/// An example that the case is said to be like, in its own words.
fn example(cited: &CitedExample) -> Markup {
    html! {
        div.example {
            p { (doubt::like(cited)) ": " (by_agent()) }
            blockquote {
                (cited.example.text)
                @if !cited.example.because.is_empty() { footer { (cited.example.because) } }
            }
        }
    }
}

/// A document with its quotes marked.
pub(super) fn document(view: &DocumentView) -> Markup {
    let heading = id_of("document", &view.label);
    html! {
        section.document aria-labelledby=(heading) {
            header {
                h2 #(heading) { (format::capital(&view.label)) }
                p.quiet {
                    (view.name) ", " (format::size(view.size)) " · "
                    a href=(view.href) download { (text::DOWNLOAD) }
                }
            }
            @match &view.text {
                Some(content) => { pre tabindex="0" aria-label=(view.name) { (marked(content, &view.marks)) } }
                None => {
                    p.empty {
                        @if let Some(why) = &view.no_text { (format::capital(why)) ". " }
                        (text::NO_TEXT)
                    }
                }
            }
        }
    }
}

/// The text in segments: where quotes overlap, each stretch names every field that it is evidence for.
///
/// A range that does not lie on character boundaries of the text is left unmarked rather than guessed.
pub(super) fn marked(content: &str, marks: &[Mark]) -> Markup {
    let fits = |mark: &&Mark| mark.start < mark.end && content.get(mark.start..mark.end).is_some();
    let marks: Vec<&Mark> = marks.iter().filter(fits).collect();
    let mut edges: BTreeSet<usize> = marks.iter().flat_map(|mark| [mark.start, mark.end]).collect();
    edges.extend([0, content.len()]);
    let edges: Vec<usize> = edges.into_iter().collect();
    html! {
        @for pair in edges.windows(2) {
            @let (start, end) = (pair[0], pair[1]);
            @let here: Vec<&&Mark> = marks.iter().filter(|mark| mark.start <= start && end <= mark.end).collect();
            @let piece = content.get(start..end).unwrap_or_default();
            @if here.is_empty() {
                (piece)
            } @else {
                @for first in here.iter().filter(|mark| mark.start == start) {
                    span.anchor #(id_of("quote", &first.field)) {}
                }
                mark data-field=(names(&here)) title=(labels(&here)) { (piece) }
            }
        }
    }
}

fn names(marks: &[&&Mark]) -> String {
    marks.iter().map(|mark| mark.field.as_str()).collect::<Vec<_>>().join(" ")
}

fn labels(marks: &[&&Mark]) -> String {
    format::capital(&format::list(&marks.iter().map(|mark| mark.label.clone()).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &str, ranges: &[(&str, usize, usize)], expected: &str) {
        let mark = |(field, start, end): &(&str, usize, usize)| Mark {
            field: (*field).to_owned(),
            label: (*field).to_owned(),
            start: *start,
            end: *end,
        };
        let marks: Vec<Mark> = ranges.iter().map(mark).collect();
        let found = marked(content, &marks).into_string();
        assert_eq!(found, expected);
    }

    #[test]
    fn quotes_are_marked_where_they_stand_and_nowhere_else() {
        check("Total 4", &[], "Total 4");
        check(
            "a <b> 4",
            &[("total", 6, 7)],
            "a &lt;b&gt; <span class=\"anchor\" id=\"quote-total\"></span>\
             <mark data-field=\"total\" title=\"Total\">4</mark>",
        );
        check("x\u{e4}y", &[("half", 0, 2), ("beyond", 1, 9), ("empty", 1, 1)], "x\u{e4}y");
    }

    #[test]
    fn overlapping_quotes_share_their_stretch() {
        let markup = marked(
            "abcd",
            &[
                Mark { field: "one".into(), label: "one".into(), start: 0, end: 3 },
                Mark { field: "two".into(), label: "two".into(), start: 2, end: 4 },
            ],
        );
        let markup = markup.into_string();
        assert!(markup.contains("<mark data-field=\"one two\" title=\"One and two\">c</mark>"), "{markup}");
        assert!(markup.contains("id=\"quote-one\"") && markup.contains("id=\"quote-two\""));
    }
}
