//! The guidelines of a draft, or its templates: each in a form of its own.

use maud::{Markup, html};

use super::crumb;
use crate::web::{
    catalogue::text::{beside::Beside, studio as text},
    paths,
    views::{
        layout::{Section, Shell, page as layout},
        parts::csrf,
    },
};

/// The guidelines or templates of a draft.
#[derive(Clone, Debug)]
pub struct GuidelinesView {
    /// What they are.
    pub kind: &'static Beside,
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Those that are attached, and those that the text names.
    pub guidelines: Vec<Guideline>,
    /// Name and words of what was not saved.
    pub typed: (String, String),
    /// Why it was not saved, as a sentence.
    pub problem: Option<String>,
}

/// One guideline or template.
#[derive(Clone, Debug, Default)]
pub struct Guideline {
    /// Its name.
    pub name: String,
    /// Its words.
    pub words: String,
    /// Whether it is attached; else the text only names it.
    pub attached: bool,
    /// Whether no sentence goes by it.
    pub unused: bool,
    /// Whether it was read from a Word file.
    pub word: bool,
    /// What the form says of it when it is sent, so that nobody overwrites what they have not seen: a digest, or
    /// nothing where none is attached.
    pub was: String,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &GuidelinesView) -> Markup {
    let missing = view.guidelines.iter().filter(|one| !one.attached).count();
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead { (view.kind.opening(view.guidelines.len() - missing, missing)) }
            p.about { (view.kind.about) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            @for (place, one) in view.guidelines.iter().enumerate() {
                section aria-labelledby={ "guideline-" (place) } {
                    h2 #{ "guideline-" (place) } { (one.name) }
                    @if !one.attached { p.due { (text::GUIDELINES_MISSING) } }
                    @if one.unused { p.quiet { (view.kind.unused) } }
                    @if one.word { (word(shell, view, place, one)) } @else {
                        (form(shell, view, &place.to_string(), Some(one), &one.words))
                        @if view.kind.files {
                            details {
                                summary { (text::WORD_INSTEAD) }
                                (upload(shell, view, &place.to_string(), Some(one)))
                            }
                        }
                    }
                }
            }
            details open[view.problem.is_some()] {
                summary { (view.kind.another) }
                (form(shell, view, "new", None, &view.typed.1))
            }
            @if view.kind.files {
                details {
                    summary { (text::WORD_ANOTHER) }
                    (upload(shell, view, "new", None))
                }
            }
            p { a href=(paths::draft(&view.id)) { (text::BACK_TO_TEXT) } }
        }
    };
    layout(shell, Section::Processes, view.kind.title, &content)
}

/// A template that is a Word file: what was read from it, the file as it is, another one in its place, or none.
fn word(shell: &Shell, view: &GuidelinesView, place: usize, one: &Guideline) -> Markup {
    html! {
        p { (text::WORD_READ) }
        p.process-text { (one.words) }
        p { a href=(paths::word_template(&view.id, &one.name)) download { (text::WORD_EMPTY) } }
        details {
            summary { (text::WORD_OTHER) }
            (upload(shell, view, &place.to_string(), Some(one)))
        }
        form.stack method="post" action=(paths::draft_part(&view.id, view.kind.part)) {
            (csrf(&shell.csrf))
            (known(one))
            input type="hidden" name="words" value="";
            div.act { button.plain { (text::WORD_AWAY) } }
        }
    }
}

/// The form for a Word file.
fn upload(shell: &Shell, view: &GuidelinesView, place: &str, of: Option<&Guideline>) -> Markup {
    let (named, file) = (format!("word-name-{place}"), format!("word-{place}"));
    html! {
        form.stack method="post" action=(paths::draft_part(&view.id, view.kind.part)) enctype="multipart/form-data" {
            (csrf(&shell.csrf))
            @match of {
                Some(one) => { (known(one)) }
                None => {
                    input type="hidden" name="was" value="";
                    label for=(named) { (text::GUIDELINE_NAME) }
                    input id=(named) type="text" name="name" value=(view.typed.0) required maxlength="100";
                }
            }
            label for=(file) { (text::WORD_FILE) }
            input id=(file) type="file" name="word" accept=".docx" required aria-describedby={ (file) "-hint" };
            div.act { button { (text::WORD_SAVE) } p.follows #{ (file) "-hint" } { (text::word_hint()) } }
        }
    }
}

fn form(shell: &Shell, view: &GuidelinesView, place: &str, of: Option<&Guideline>, words: &str) -> Markup {
    let (named, said) = (format!("name-{place}"), format!("words-{place}"));
    html! {
        form.stack method="post" action=(paths::draft_part(&view.id, view.kind.part)) {
            (csrf(&shell.csrf))
            @match of {
                Some(one) => { (known(one)) }
                None => {
                    input type="hidden" name="was" value="";
                    label for=(named) { (text::GUIDELINE_NAME) }
                    input id=(named) type="text" name="name" value=(view.typed.0) required maxlength="100";
                }
            }
            label for=(said) { (text::GUIDELINE_WORDS) }
            textarea id=(said) name="words" rows="5" aria-describedby={ (said) "-hint" } { "\n" (words) }
            div.act { button { (view.kind.save) } p.follows #{ (said) "-hint" } { (text::GUIDELINE_HINT) } }
        }
    }
}

/// Which one a form is about, and what was seen of it.
fn known(one: &Guideline) -> Markup {
    html! {
        input type="hidden" name="name" value=(one.name);
        input type="hidden" name="was" value=(one.was);
    }
}
