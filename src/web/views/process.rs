//! The processes: what does it do, and how is it doing?

use countersign_core::definition::Path;
use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
};
use crate::{
    language::{Compiled, SentenceKind},
    web::{
        catalogue::text::{drawn, earning, process as text, publication, studio, versions},
        format::{Moment, capital},
        paths,
        sentence::Sentence,
    },
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
    /// Who answers for it and may change it, as a sentence.
    pub answers: String,
    /// How many open cases run an older version, where the reader may move them.
    pub older: u64,
    /// Whether the reader may change it.
    pub may_change: bool,
    /// What was known before this version and what has been measured since, as sentences.
    pub measured: Vec<String>,
    /// Whether agents decide in it, and the reader may see how far they have come.
    pub agents: bool,
    /// Whether the reader may end the rehearsal that it is.
    pub may_end: bool,
    /// The drawing, with the cases that stand on its steps.
    pub drawing: Markup,
    /// The same as a list.
    pub list: Markup,
    /// What the numbers on the drawing leave out; empty when they tell all.
    pub left_out: String,
}

/// A line of the process text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The title of a stage.
    Stage(String),
    /// A sentence that is carried out or enforced.
    Sentence {
        /// Its words.
        words: String,
        /// Its place among the sentences and the step that it is about, where it is about one.
        about: Option<(usize, Path)>,
    },
    /// Plain information that is only kept.
    Note(String),
}

impl Line {
    /// The lines of a text, as the compiler of today tells them apart.
    #[must_use]
    pub fn all(text: &str, compiled: &Compiled) -> Vec<Self> {
        if compiled.sentences.is_empty() {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            return lines.map(|line| Self::written(line, None)).collect();
        }
        let told = compiled.sentences.iter().enumerate().filter_map(|(number, sentence)| match sentence.kind {
            SentenceKind::Title | SentenceKind::Comment | SentenceKind::Question => None,
            SentenceKind::Note => {
                let text = sentence.text.trim();
                Some(Self::Note(text.strip_prefix("Note:").unwrap_or(text).trim().to_owned()))
            }
            SentenceKind::Declaration | SentenceKind::Step | SentenceKind::Rule | SentenceKind::NotUnderstood => {
                Some(Self::written(&sentence.text, sentence.path.clone().map(|path| (number, path))))
            }
        });
        told.collect()
    }

    fn written(text: &str, about: Option<(usize, Path)>) -> Self {
        let text = text.trim();
        if let Some(heading) = text.strip_prefix('#') {
            return Self::Stage(heading.trim_start_matches('#').trim().to_owned());
        }
        let is_stage = text.starts_with("Stage ") && text.ends_with(':') && !text.contains('\n');
        if is_stage {
            Self::Stage(text.trim_end_matches(':').to_owned())
        } else {
            Self::Sentence { words: text.to_owned(), about }
        }
    }
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
        p.crumb { a href=(paths::PROCESSES) { (text::TITLE) } " · " (view.row.title) }
        h1.lead { (view.row.title) ". " (view.row.doing) }
        p.hint { (view.answers) }
        div.act {
            (start(&view.row))
            @if view.may_change { (change(shell, &view.row.id)) }
            a href={ (paths::CASES) "?process=" (view.row.id) } { (text::CASES_OPEN) }
            a href=(paths::sheet(&view.row.id)) { (drawn::SHEET) }
            @if view.agents { a href=(paths::process_part(&view.row.id, "agents")) { (earning::TITLE) } }
        }
        @if view.older > 0 {
            p { a href=(paths::process_part(&view.row.id, "migration")) { (versions::older(view.older)) } }
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
        div.look {
            section.prose aria-labelledby="text" {
                h2 #text { (text::TEXT) }
                (lines(&view.text))
            }
            section aria-labelledby="drawing" {
                h2 #drawing { (drawn::DRAWING) }
                @if !view.left_out.is_empty() { p.hint { (view.left_out) } }
                (pane(&view.drawing, &view.list))
            }
        }
        p.quiet {
            (text::VERSION) " " code { (view.version) } ", " (view.publisher) ", " (view.published) ". "
            a href=(paths::process_part(&view.row.id, "versions")) { (versions::BACK) }
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

/// A drawing in a pane of its own, and the same as a list.
#[must_use]
pub fn pane(drawing: &Markup, list: &Markup) -> Markup {
    html! {
        div.pane-of-drawing {
            fieldset.sizes {
                legend.quiet { (drawn::SIZE) }
                @for (value, label) in drawn::SIZES {
                    label.radio {
                        input type="radio" name="drawing-size" value=(value) checked[value == drawn::READABLE];
                        " " (label)
                    }
                }
            }
            div.drawing role="region" aria-label=(drawn::DRAWING) tabindex="0" { (drawing) }
            p.hint.sideways hidden { (drawn::SIDEWAYS) }
        }
        details { summary { (drawn::AS_LIST) } (list) }
    }
}

pub(super) fn lines(lines: &[Line]) -> Markup {
    html! {
        @for line in lines {
            @match line {
                Line::Stage(name) => { h3 { (name) } }
                Line::Sentence { words, about: None } => { p.sentence { (words) } }
                Line::Sentence { words, about: Some((number, path)) } => {
                    p.sentence id={ "sentence-" (number) } data-sentence=(number) data-path=(path) { (words) }
                }
                Line::Note(note) => { p.sentence.note { span.tag { (text::NOTE) } " " (note) } }
            }
        }
    }
}
