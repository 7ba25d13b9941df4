//! The frame around every page: header, navigation, demo banner, messages, key help.

use maud::{DOCTYPE, Markup, html};

use super::parts::csrf;
use crate::web::{assets, catalogue::text::PROGRAM, catalogue::text::layout as text, paths, sentence::Sentence};

/// htmx writes no style of its own, so that the content security policy can forbid every inline style, and it loads
/// one extension only.
const HTMX_CONFIG: &str = r#"{"includeIndicatorCSS":false,"extensions":"sse","history":false}"#;

/// What the frame needs to know.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The name of the person who is signed in.
    pub person: String,
    /// Whether they see the page of people.
    pub administrator: bool,
    /// How many tasks wait for them.
    pub waiting: usize,
    /// The form token of their session.
    pub csrf: String,
    /// The demo's banner; `None` outside the demo.
    pub demo: Option<Demo>,
    /// What just happened, read out to screen readers too.
    pub message: Option<Sentence>,
}

/// The part of the navigation that a page belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// The inbox and its tasks.
    Inbox,
    /// The reader's own cases.
    Requests,
    /// All cases.
    Cases,
    /// The processes.
    Processes,
    /// The people.
    People,
    /// Agents and models.
    Agents,
    /// None of them.
    #[default]
    Elsewhere,
}

/// The demo's person switcher.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The sample people: identifier, and name with role.
    pub people: Vec<(String, String)>,
    /// The identifier of the person shown now.
    pub person: String,
    /// The address to come back to.
    pub back: String,
}

/// A page for somebody who is signed in. `content` fills the main part; the program's name is added to the title.
#[must_use]
pub fn page(shell: &Shell, section: Section, title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-root="/" {
            (head(title))
            body {
                a.skip href="#main" { (text::SKIP) }
                @if let Some(demo) = &shell.demo { (banner(demo, &shell.csrf)) }
                header.top {
                    a.brand href=(paths::INBOX) { (PROGRAM) }
                    nav aria-label=(text::NAVIGATION) {
                        (item(section == Section::Inbox, paths::INBOX, text::INBOX, Some(shell.waiting)))
                        (item(section == Section::Requests, paths::REQUESTS, text::REQUESTS, None))
                        (item(section == Section::Cases, paths::CASES, text::CASES, None))
                        (item(section == Section::Processes, paths::PROCESSES, text::PROCESSES, None))
                        @if shell.administrator {
                            (item(section == Section::People, paths::PEOPLE, text::PEOPLE, None))
                            (item(section == Section::Agents, paths::AGENTS, text::AGENTS, None))
                        }
                    }
                    div.who {
                        a.name href=(paths::ACCOUNT) { (shell.person) }
                        form method="post" action=(paths::SESSION_END) {
                            (csrf(&shell.csrf))
                            button.plain { (text::SIGN_OUT) }
                        }
                    }
                }
                div #message role="status" aria-live="polite" {
                    @if let Some(message) = &shell.message { p { (message) } }
                }
                main #main tabindex="-1" { (content) }
                div #live hx-sse:connect=(paths::EVENTS) hidden {}
                (key_help())
                (palette())
            }
        }
    }
}

/// A page without navigation: signing in, and people from outside.
#[must_use]
pub fn bare(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-root="/" {
            (head(title))
            body.bare {
                a.skip href="#main" { (text::SKIP) }
                header.top { span.brand { (PROGRAM) } }
                main #main tabindex="-1" { (content) }
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="htmx-config" content=(HTMX_CONFIG);
            title { (title) " · " (PROGRAM) }
            link rel="icon" href=(assets::href("icon.svg"));
            link rel="stylesheet" href=(assets::href("app.css"));
            link rel="stylesheet" href=(assets::href("drawing.css"));
            script defer src=(assets::href("vendor/htmx/htmx.min.js")) {}
            script defer src=(assets::href("vendor/htmx/hx-sse.min.js")) {}
            script defer src=(assets::href("app.js")) {}
            script defer src=(assets::href("drawing.js")) {}
        }
    }
}

fn item(on: bool, href: &str, label: &str, waiting: Option<usize>) -> Markup {
    html! {
        a href=(href) aria-current=[on.then_some("page")] {
            (label)
            @if let Some(waiting) = waiting { span #waiting.count { @if waiting > 0 { " " (waiting) } } }
        }
    }
}

fn banner(demo: &Demo, token: &str) -> Markup {
    html! {
        aside.demo {
            form method="post" action=(paths::DEMO_PERSON) {
                (csrf(token))
                input type="hidden" name="back" value=(demo.back);
                label for="demo-person" { (text::DEMO) }
                " "
                select #demo-person name="person" {
                    @for (id, name) in &demo.people { option value=(id) selected[*id == demo.person] { (name) } }
                }
                " "
                button.small { (text::DEMO_SWITCH) }
            }
            form method="post" action=(paths::DEMO_END) {
                (csrf(token))
                button.plain { (text::DEMO_KEEP) }
            }
        }
    }
}

fn key_help() -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { (text::KEYS) }
            dl.keys { @for (keys, what) in text::KEY_LIST { div { dt { kbd { (keys) } } dd { (what) } } } }
            form method="dialog" { button.small { (text::KEYS_CLOSE) } }
        }
    }
}

fn palette() -> Markup {
    html! {
        dialog #palette aria-label=(text::PALETTE) {
            input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" autocomplete="off"
                aria-label=(text::PALETTE) placeholder=(text::PALETTE_HINT);
            ul #palette-list role="listbox" aria-label=(text::PALETTE) {}
        }
    }
}
