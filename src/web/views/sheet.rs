//! The step sheet: what does each step need, do and leave, and which systems are touched?

use countersign_core::definition::Definition;
use maud::{Markup, html};

use super::layout::{Section, Shell, page as layout};
use crate::{
    drawing::sheet::{SheetStage, SheetStep, Touched, step_sheet, touched},
    web::{
        catalogue::text::{drawn as text, process},
        format::{Moment, capital},
    },
};

/// What the sheet shows.
#[derive(Clone, Debug)]
pub struct SheetView {
    /// The title of the process.
    pub title: String,
    /// Where it leads back to, and how that is called.
    pub back: (String, String),
    /// The first digits of its version and when it was published; `None` for a draft.
    pub version: Option<(String, Moment)>,
    /// Its stages with their steps.
    pub stages: Vec<SheetStage>,
    /// What it touches outside.
    pub touched: Vec<Touched>,
}

impl SheetView {
    /// The sheet of a definition.
    #[must_use]
    pub fn new(definition: &Definition, back: (String, String), version: Option<(String, Moment)>) -> Self {
        let (stages, touched) = (step_sheet(definition), touched(definition));
        Self { title: definition.title.clone(), back, version, stages, touched }
    }
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &SheetView) -> Markup {
    let steps = view.stages.iter().map(|stage| stage.steps.len()).sum();
    let unsigned = view.touched.iter().flat_map(|one| &one.touches).filter(|touch| touch.unsigned).count();
    let content = html! {
        div.sheet {
            p.crumb { a href=(view.back.0) { (view.back.1) } " · " (text::SHEET) }
            h1.lead { (view.title) ". " (text::sheet_opening(steps, view.stages.len(), view.touched.len(), unsigned)) }
            p.quiet {
                @match &view.version {
                    Some((version, published)) => { (process::VERSION) " " code { (version) } ", " (published) }
                    None => { (text::DRAFT) }
                }
                " "
                button.small hidden data-print { (text::PRINT) }
            }
            @for stage in &view.stages {
                section {
                    h2 { (stage.name) }
                    @for step in &stage.steps { (article(step)) }
                }
            }
            section.touched { h2 { (text::SYSTEMS) } (systems(&view.touched)) }
        }
    };
    layout(shell, Section::Processes, &view.title, &content)
}

fn article(step: &SheetStep) -> Markup {
    let line = |name: &str, words: &str| html! { dt { (name) } dd { (capital(words)) } };
    let many = |name: &str, words: &[String]| {
        html! { @if !words.is_empty() { dt { (name) } dd { (capital(&words.join("; "))) } } }
    };
    html! {
        article {
            h3 { span.place { (step.number) } " " (step.what) }
            dl {
                (line(text::TRIGGER, &step.trigger))
                (line(text::ENTRY, &step.entry))
                (line(text::EXIT, &step.exit))
                (line(text::OWNER, &step.owner))
                (line(text::ACCOUNTABLE, &step.accountable))
                @if let Some(system) = &step.system { (line(text::SYSTEM, system)) }
                (many(text::DATA_IN, &step.data_in))
                (many(text::DATA_OUT, &step.data_out))
                (many(text::DUE, &step.due))
                (line(text::NEXT, &step.next))
            }
        }
    }
}

fn systems(touched: &[Touched]) -> Markup {
    html! {
        @if touched.is_empty() { p.quiet { (text::NO_SYSTEMS) } }
        @for one in touched {
            article {
                h3 { (capital(&one.name)) }
                @for touch in &one.touches {
                    dl {
                        dt { (text::STEP) " " (touch.number) }
                        dd { (touch.what) }
                        dt { (text::SENT) }
                        dd { @if touch.sent.is_empty() { (text::SENT_NOTHING) } @else { (capital(&touch.sent.join("; "))) } }
                        dt { (text::SIGNED) }
                        dd class=[touch.unsigned.then_some("due")] { (capital(&touch.signed)) }
                        @if let Some(failure) = &touch.failure { dt { (text::FAILS) } dd { (capital(failure)) } }
                    }
                }
            }
        }
    }
}
