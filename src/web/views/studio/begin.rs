//! The ways to begin describing a process, the drafts that are being written, and the templates.

use maud::{Markup, html};

use super::style;
use crate::web::{
    catalogue::text::studio as text,
    paths,
    sentence::Sentence,
    views::{
        layout::{Section, Shell, page as layout},
        parts::csrf,
    },
};

/// The page on which somebody begins.
#[derive(Clone, Debug, Default)]
pub struct BeginView {
    /// Whether the reader may describe a new process.
    pub may_begin: bool,
    /// The drafts that the reader may write on.
    pub drafts: Vec<DraftRow>,
    /// The processes that the reader may change: identifier and title.
    pub processes: Vec<(String, String)>,
    /// Whether there is a model that can write a text from prose.
    pub model: bool,
    /// What is wrong with what was sent, as a sentence.
    pub problem: Option<String>,
    /// The prose that was sent, when it comes back.
    pub prose: String,
}

/// A draft in the list.
#[derive(Clone, Debug)]
pub struct DraftRow {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// The process whose next version it is to become.
    pub process: Option<String>,
    /// Where it stands: `Saved yesterday by Carla Ruiz.`
    pub about: Sentence,
}

/// A template.
#[derive(Clone, Debug)]
pub struct Template {
    /// What names it.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is for, in one or two sentences.
    pub purpose: String,
    /// Its text.
    pub text: String,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &BeginView) -> Markup {
    let content = html! {
        (style())
        div.narrow {
            h1.lead { (text::OPENING) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            @if view.may_begin {
                (ways(shell, view))
            } @else if view.processes.is_empty() {
                p.empty { (text::NOTHING_YOURS) }
            } @else {
                p { (text::NOT_YOU) }
            }
            @if !view.processes.is_empty() { (processes(shell, &view.processes)) }
            section aria-labelledby="drafts" {
                h2 #drafts { (text::DRAFTS) }
                @if view.drafts.is_empty() { p.quiet { (text::NO_DRAFTS) } }
                ul.rows { @for draft in &view.drafts { li { (row(draft)) } } }
            }
        }
    };
    layout(shell, Section::Processes, text::TITLE, &content)
}

fn ways(shell: &Shell, view: &BeginView) -> Markup {
    html! {
        ul.rows.ways {
            li { (way(shell, "interview", [text::BY_INTERVIEW, text::BY_INTERVIEW_WHAT, text::BY_INTERVIEW_BUTTON])) }
            li {
                div.row {
                    div { h2 { (text::BY_TEMPLATE) } p.about { (text::BY_TEMPLATE_WHAT) } }
                    a.button href=(paths::TEMPLATES) data-row { (text::BY_TEMPLATE_BUTTON) }
                }
            }
            li { (way(shell, "empty", [text::EMPTY, text::EMPTY_WHAT, text::EMPTY_BUTTON])) }
            li {
                details open[!view.prose.is_empty()] {
                    summary { h2 { (text::BY_PROSE) } }
                    p.about { (text::BY_PROSE_WHAT) " " (if view.model { text::BY_PROSE_MODEL } else { text::BY_PROSE_ALONE }) }
                    form.stack method="post" action=(paths::STUDIO) {
                        (csrf(&shell.csrf))
                        input type="hidden" name="from" value="prose";
                        label for="prose" { (text::BY_PROSE_LABEL) }
                        textarea #prose name="prose" rows="6" required { "\n" (view.prose) }
                        div.act { button { (text::BY_PROSE_BUTTON) } }
                    }
                }
            }
        }
    }
}

fn way(shell: &Shell, from: &str, [title, what, button]: [&str; 3]) -> Markup {
    html! {
        form.row method="post" action=(paths::STUDIO) {
            (csrf(&shell.csrf))
            input type="hidden" name="from" value=(from);
            div { h2 { (title) } p.about { (what) } }
            button.main[from == "interview"] { (button) }
        }
    }
}

fn processes(shell: &Shell, processes: &[(String, String)]) -> Markup {
    html! {
        section aria-labelledby="change" {
            h2 #change { (text::CHANGE_ONE) }
            ul.links {
                @for (id, title) in processes {
                    li {
                        form.inline method="post" action=(paths::STUDIO) {
                            (csrf(&shell.csrf))
                            input type="hidden" name="from" value="process";
                            input type="hidden" name="process" value=(id);
                            button.small { (title) }
                        }
                    }
                }
            }
        }
    }
}

fn row(draft: &DraftRow) -> Markup {
    html! {
        a.row href=(paths::draft(&draft.id)) data-row {
            span.what {
                (draft.title)
                @if let Some(process) = &draft.process { " " span.tag { (text::CHANGES) " " (process) } }
            }
            span.about { (draft.about) }
        }
    }
}

/// The templates.
#[must_use]
pub fn templates(shell: &Shell, templates: &[Template]) -> Markup {
    let content = html! {
        (style())
        div.narrow {
            p.crumb { a href=(paths::STUDIO) { (text::TITLE) } " · " (text::TEMPLATES) }
            h1.lead { (text::TEMPLATES_OPENING) }
            ul.rows.ways {
                @for template in templates {
                    li {
                        form.row method="post" action=(paths::STUDIO) {
                            (csrf(&shell.csrf))
                            input type="hidden" name="from" value="template";
                            input type="hidden" name="template" value=(template.name);
                            div { h2 { (template.title) } p.about { (template.purpose) } }
                            button { (text::USE_TEMPLATE) }
                        }
                        details.why {
                            summary { (text::SHOW_TEXT) }
                            pre.process-text { (template.text) }
                        }
                    }
                }
            }
        }
    };
    layout(shell, Section::Processes, text::TEMPLATES, &content)
}
