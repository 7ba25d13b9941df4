//! A wished change: which sentences would differ, and the buttons that take it or let it go.

use maud::{Markup, html};

use super::{crumb, writing::asked};
use crate::{
    describe::{Asked, MAX_REQUEST_CHARS},
    language::patch::{Change, SentenceDiff, Side},
    web::{
        catalogue::text::{studio, written as text},
        format::alike,
        paths,
        sentence::Sentence,
        views::{
            layout::{Section, Shell, page as layout},
            parts::{by_agent, csrf},
        },
    },
};

/// The page on which somebody wishes for a change.
#[derive(Clone, Debug, Default)]
pub struct ChangesView {
    /// The draft.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether there is a model that can be asked.
    pub model: bool,
    /// Whether there is no text yet.
    pub empty: bool,
    /// The change that stands proposed.
    pub proposed: Option<Proposed>,
    /// The change that was taken last, by whom and when.
    pub taken: Option<(String, Sentence)>,
    /// The wish as it was typed.
    pub request: String,
    /// Why nothing was proposed, as a sentence.
    pub problem: Option<String>,
}

/// A proposed change.
#[derive(Clone, Debug, Default)]
pub struct Proposed {
    /// The wish.
    pub request: String,
    /// Whose it is, and when.
    pub about: Sentence,
    /// The sentences that would differ; `None` when there is nothing that could be taken.
    pub diff: Option<Vec<SentenceDiff>>,
    /// Why it cannot be carried out, as the model says.
    pub cannot: Option<String>,
    /// What it assumes.
    pub questions: Vec<Asked>,
    /// Whether the text has been changed since.
    pub moved: bool,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &ChangesView) -> Markup {
    let content = html! {
        div.narrow {
            (crumb(&view.id, &view.title))
            h1.lead { (opening(view)) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            @if let Some(proposed) = &view.proposed { (shown(shell, view, proposed)) }
            @if let Some((request, about)) = &view.taken { (taken(shell, view, request, about)) }
            @if !view.model {
                (alone(view))
            } @else if view.empty {
                p.empty { (text::WISH_NO_TEXT) }
            } @else {
                (wish(shell, view))
            }
            p { a href=(paths::draft(&view.id)) { (studio::BACK_TO_TEXT) } }
        }
    };
    layout(shell, Section::Processes, text::WISH_TITLE, &content)
}

fn opening(view: &ChangesView) -> String {
    match &view.proposed {
        Some(Proposed { diff: Some(diff), .. }) => text::wish_opening(diff.len()),
        Some(Proposed { cannot: Some(_), .. }) => text::WISH_CANNOT.to_owned(),
        Some(_) => text::WISH_GONE.to_owned(),
        None => text::WISH_OPENING.to_owned(),
    }
}

fn shown(shell: &Shell, view: &ChangesView, proposed: &Proposed) -> Markup {
    html! {
        section aria-labelledby="wished" {
            h2 #wished { (text::WISHED) }
            blockquote { p { (proposed.request) } footer { (text::WISHED_BY) " " (proposed.about) } }
        }
        @if let Some(why) = &proposed.cannot { p { (why) " " (by_agent()) } }
        @if let Some(diff) = proposed.diff.as_ref().filter(|diff| !diff.is_empty()) {
            section aria-labelledby="diff" {
                h2 #diff { (text::DIFF) " " (by_agent()) }
                @if proposed.moved { p.notice { (text::WISH_MOVED) } }
                ul.found.diff { @for one in diff { (line(one)) } }
            }
        }
        @if !proposed.questions.is_empty() {
            section aria-labelledby="assumes" {
                h2 #assumes { (text::WISH_QUESTIONS) }
                p.about { (text::WISH_QUESTIONS_WHAT) }
                ul.found { @for one in &proposed.questions { li { (asked(one)) } } }
            }
        }
        @let takes = proposed.diff.as_ref().is_some_and(|diff| !diff.is_empty());
        form method="post" action=(paths::draft_part(&view.id, "changes")) {
            (csrf(&shell.csrf))
            div.act {
                @if takes { button.main name="do" value="take" { (text::WISH_TAKE) } }
                button name="do" value="discard" { (text::WISH_DISCARD) }
                @if takes { p.follows { (text::WISH_TAKE_FOLLOWS) } }
            }
        }
    }
}

/// One sentence that would differ, with the words that differ marked.
fn line(diff: &SentenceDiff) -> Markup {
    let (old, new) = (words(diff.old.as_ref()), words(diff.new.as_ref()));
    html! {
        li {
            @match diff.change {
                Change::Added => { p.kind { (text::ADDED) } p { ins { (new) } } }
                Change::Removed => { p.kind { (text::REMOVED) } p { del { (old) } } }
                Change::Moved => { p.kind { (text::MOVED) } p { (new) } }
                Change::Changed => {
                    @let (head, tail) = alike(&old, &new);
                    p.kind { (text::CHANGED) }
                    p {
                        (&new[..head])
                        @let (gone, fresh) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
                        @if !gone.is_empty() { del { (gone) } " " }
                        @if !fresh.is_empty() { ins { (fresh) } }
                        (&new[new.len() - tail..])
                    }
                }
            }
        }
    }
}

fn words(side: Option<&Side>) -> String {
    side.map_or("", |side| side.sentence.text.as_str()).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn taken(shell: &Shell, view: &ChangesView, request: &str, about: &Sentence) -> Markup {
    html! {
        form.notice method="post" action=(paths::draft_part(&view.id, "changes")) {
            (csrf(&shell.csrf))
            p { (text::taken(request)) }
            p.quiet { (text::TAKEN_BY) " " (about) }
            button.small name="do" value="undo" { (text::WISH_UNDO) }
        }
    }
}

fn wish(shell: &Shell, view: &ChangesView) -> Markup {
    let label = if view.proposed.is_some() { text::WISH_AGAIN } else { text::WISH_LABEL };
    html! {
        form.stack method="post" action=(paths::draft_part(&view.id, "changes")) data-wait=(text::WAIT) {
            (csrf(&shell.csrf))
            label for="request" { (label) }
            p.hint #request-hint { (text::WISH_HINT) }
            textarea #request name="request" rows="4" required maxlength=(MAX_REQUEST_CHARS)
                aria-describedby="request-hint" { "\n" (view.request) }
            div.act {
                button.main[view.proposed.is_none()] { (text::WISH_BUTTON) }
                p.follows role="status" { (text::WISH_FOLLOWS) }
            }
        }
    }
}

/// What there is to do without a model.
fn alone(view: &ChangesView) -> Markup {
    html! {
        div.notice {
            p { (text::NO_MODEL_WISH) }
            ul {
                li { a href=(paths::draft(&view.id)) { (text::WAY_TEXT) } ". " (text::WAY_TEXT_WHAT) }
                li {
                    a href={ (paths::draft(&view.id)) "#studio-drawing-title" } { (text::WAY_DRAWING) } ". "
                    (text::WAY_DRAWING_WHAT)
                }
            }
            p.quiet { (text::NO_MODEL_SET_UP) }
        }
    }
}
