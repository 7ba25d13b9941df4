//! The processes: what does it do, and how is it doing?

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::web::{
    catalogue::text::{process as text, publication, studio, versions},
    format::{Moment, capital},
    paths,
    sentence::Sentence,
};

/// One process in the list.
#[derive(Clone, Debug)]
pub struct ProcessRow {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// How it is doing, as one sentence: `38 open; half finish within 3 days.`
    pub doing: Sentence,
    /// Who can start it, with article; `None` when the reader can.
    pub starter: Option<String>,
}

/// One process.
#[derive(Clone, Debug)]
pub struct ProcessView {
    /// The process as in the list.
    pub row: ProcessRow,
    /// The first digits of its version.
    pub version: String,
    /// When that was published.
    pub published: Moment,
    /// By whom.
    pub publisher: String,
    /// Its text in order.
    pub text: Vec<Line>,
    /// Whether the reader may change it.
    pub may_change: bool,
    /// What was known before this version and what has been measured since, as sentences.
    pub measured: Vec<String>,
    /// Whether the reader may end the rehearsal that it is.
    pub may_end: bool,
}

/// A line of the process text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The title of a stage.
    Stage(String),
    /// A sentence that is carried out or enforced.
    Sentence(String),
    /// Plain information that is only kept.
    Note(String),
}

/// The list.
#[must_use]
pub fn list(shell: &Shell, rows: &[ProcessRow]) -> Markup {
    let content = html! {
        h1.lead { (capital(&text::opening(rows.len()))) "." }
        @if rows.is_empty() {
            p.empty { (text::NONE) " " (text::NONE_NEXT) }
            pre { code { "countersign publish process.md" } }
        }
        @if shell.administrator { p { a.button href=(paths::STUDIO) { (studio::TITLE) } } }
        ul.rows.processes {
            @for row in rows {
                li.row {
                    h2 { a href=(paths::process(&row.id)) data-row { (row.title) } }
                    p { (row.doing) }
                    (start(row))
                }
            }
        }
    };
    layout(shell, Section::Processes, text::TITLE, &content)
}

/// The page of one process.
#[must_use]
pub fn page(shell: &Shell, view: &ProcessView) -> Markup {
    let content = html! {
        div.narrow {
            p.crumb { a href=(paths::PROCESSES) { (text::TITLE) } " · " (view.row.title) }
            h1.lead { (view.row.title) ". " (view.row.doing) }
            div.act {
                (start(&view.row))
                @if view.may_change { (change(shell, &view.row.id)) }
                a href={ (paths::CASES) "?process=" (view.row.id) } { (text::CASES_OPEN) }
            }
            @if view.may_end {
                form.stack method="post" action=(paths::process_part(&view.row.id, "rehearsal/end")) {
                    (csrf(&shell.csrf))
                    div.act { button.refuse { (versions::END_REHEARSAL) } p.follows { (versions::END_FOLLOWS) } }
                }
            }
            @if !view.measured.is_empty() {
                section aria-labelledby="measured" {
                    h2 #measured { (publication::MEASURED) }
                    ul.lines { @for line in &view.measured { li { (line) } } }
                }
            }
            section.prose aria-labelledby="text" {
                h2 #text { (text::TEXT) }
                (lines(&view.text))
            }
            p.quiet {
                (text::VERSION) " " code { (view.version) } ", " (view.publisher) ", " (view.published) ". "
                a href=(paths::process_part(&view.row.id, "versions")) { (versions::BACK) }
            }
        }
    };
    layout(shell, Section::Processes, &view.row.title, &content)
}

fn change(shell: &Shell, id: &str) -> Markup {
    html! {
        form.inline method="post" action=(paths::STUDIO) {
            (csrf(&shell.csrf))
            input type="hidden" name="from" value="process";
            input type="hidden" name="process" value=(id);
            button { (studio::CHANGE) }
        }
    }
}

fn start(row: &ProcessRow) -> Markup {
    html! {
        @match &row.starter {
            None => { a.button href=(paths::start(&row.id)) { (text::START) } }
            Some(starter) => { span.quiet { (text::MAY_NOT_START) " " (starter) " " (text::MAY_NOT_START_END) } }
        }
    }
}

pub(super) fn lines(lines: &[Line]) -> Markup {
    html! {
        @for line in lines {
            @match line {
                Line::Stage(name) => { h3 { (name) } }
                Line::Sentence(sentence) => { p.sentence { (sentence) } }
                Line::Note(note) => { p.sentence.note { span.tag { (text::NOTE) } " " (note) } }
            }
        }
    }
}
