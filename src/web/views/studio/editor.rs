//! A draft: the text with what was understood of it marked in place, and beside it what is open.

use maud::{Markup, html};

use super::{crumb, panel};
use crate::web::{
    assets,
    catalogue::text::studio as text,
    format::capital,
    paths,
    sentence::Sentence,
    understood::{Stretch, Understood},
    views::{
        layout::{Section, Shell, page as layout},
        parts::csrf,
    },
};

/// What names the form of the text; buttons beside the text belong to it too.
pub(super) const FORM: &str = "draft-form";

/// A draft for its writer.
#[derive(Clone, Debug)]
pub struct EditorView {
    /// Identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The process whose next version it is to become: its title.
    pub process: Option<String>,
    /// The revision that is shown.
    pub revision: u64,
    /// The text.
    pub text: String,
    /// What was understood of it.
    pub read: Understood,
    /// When it was saved last and by whom: `Saved 14:02.`
    pub saved: Sentence,
    /// Who else has it open, as a sentence; empty when nobody has.
    pub others: String,
    /// The texts beside it that wait for a choice: their number, and whose they are.
    pub aside: Vec<(u64, Sentence)>,
    /// The text of the reader's own that waits beside it, which the next save continues.
    pub own_aside: Option<u64>,
    /// Something to be told first, as a sentence.
    pub alert: Option<String>,
    /// Where to go from here.
    pub ways: Ways,
    /// The process as a drawing.
    pub drawing: Markup,
}

/// Which pages a draft has beside those of every draft.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ways {
    /// The interview that writes it.
    pub interview: bool,
    /// The prose that it is written from.
    pub prose: bool,
    /// Where each sentence of a model comes from.
    pub writing: bool,
    /// The guidelines that criteria go by.
    pub guidelines: bool,
    /// The templates that it fills in.
    pub templates: bool,
    /// The examples of its criteria.
    pub criteria: bool,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &EditorView) -> Markup {
    let content = html! {
        (crumb(&view.id, &view.title))
        h1.lead #studio-opening { (text::opening(view.read.counts)) }
        p.owner {
            @if let Some(process) = &view.process { (capital(text::CHANGES)) " " (process) ". " }
            span #studio-saved { (view.saved) }
            " "
            span #studio-others { (view.others) }
        }
        div #studio-alert role="alert" {
            @if let Some(alert) = &view.alert { p.notice { (alert) } }
        }
        (waiting(view))
        div.studio {
            (written(shell, view))
            div #studio-panel .panel { (panel::panel(view)) }
        }
        (removal(shell, view))
        script defer src=(assets::href("studio.js")) {}
    };
    layout(shell, Section::Processes, &view.title, &content)
}

fn waiting(view: &EditorView) -> Markup {
    html! {
        @for (number, whose) in &view.aside {
            p.notice { (whose) " " a href=(paths::draft_aside(&view.id, *number)) { (text::ASIDE_CHOOSE) } }
        }
    }
}

fn written(shell: &Shell, view: &EditorView) -> Markup {
    html! {
        form.written #{ (FORM) } method="post" action=(paths::draft_part(&view.id, "text"))
            data-saving=(text::SAVING) data-failed=(text::SAVE_FAILED) data-offered=(text::OFFERED)
            data-nothing=(text::NOTHING_OFFERED) data-presence=(paths::draft_part(&view.id, "presence"))
            data-completions=(paths::draft_part(&view.id, "completions")) {
            (csrf(&shell.csrf))
            input type="hidden" name="revision" value=(view.revision);
            input type="hidden" name="aside" value=[view.own_aside.as_ref()];
            label for="studio-text" { (text::TEXT) }
            p.hint #studio-hint { (text::TEXT_HINT) }
            div.editor {
                div #studio-marks .marks aria-hidden="true" { (marks(&view.read.stretches)) }
                textarea #studio-text name="text" rows="20" spellcheck="true" autocomplete="off"
                    aria-describedby="studio-hint" aria-autocomplete="list" aria-haspopup="listbox"
                    aria-controls="studio-completions" { "\n" (view.text) }
                ul #studio-completions .completions role="listbox" aria-label=(text::COMPLETIONS) hidden {}
            }
            div.act {
                button #studio-check { (text::CHECK) }
                span.quiet #studio-told role="status" {}
            }
            (legend())
        }
    }
}

/// The text in stretches, each in the class of what it is; it lies under the text that is typed.
#[must_use]
pub fn marks(stretches: &[Stretch]) -> Markup {
    let mut named = std::collections::BTreeSet::new();
    let mut first = |sentence: Option<usize>| {
        sentence.filter(|sentence| named.insert(*sentence)).map(|sentence| format!("sentence-{sentence}"))
    };
    html! {
        @for stretch in stretches {
            @if stretch.class.is_empty() && stretch.sentence.is_none() {
                (stretch.text)
            } @else {
                span id=[first(stretch.sentence)] class=(stretch.class) data-sentence=[stretch.sentence] {
                    (stretch.text)
                }
            }
        }
        "\n"
    }
}

fn legend() -> Markup {
    let kinds = [
        ("is-problem", text::LEGEND_PROBLEM),
        ("is-question", text::LEGEND_QUESTION),
        ("is-default", text::LEGEND_DEFAULT),
        ("is-note", text::LEGEND_NOTE),
    ];
    html! {
        details.legend {
            summary { (text::LEGEND) }
            ul {
                @for (class, what) in kinds { li { span class={ "sample " (class) } { "abc" } " " (what) } }
                li { span.sample { "abc" } " " (text::LEGEND_STATED) }
            }
        }
    }
}

fn removal(shell: &Shell, view: &EditorView) -> Markup {
    html! {
        details.removal {
            summary { (text::REMOVE) }
            form method="post" action=(paths::draft_part(&view.id, "removal")) {
                (csrf(&shell.csrf))
                button.refuse { (text::REMOVE_SURE) }
            }
        }
    }
}
