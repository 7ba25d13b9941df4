//! The inbox: what should I decide now?

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::{self, csrf},
};
use crate::web::{
    catalogue::text::{case_number, inbox as text},
    format::{Moment, Urgency},
    paths,
};

/// The inbox of one person.
#[derive(Clone, Debug, Default)]
pub struct InboxView {
    /// Which tasks are shown.
    pub show: Show,
    /// What was searched for; empty for everything.
    pub search: String,
    /// How many wait for the reader in all.
    pub waiting: usize,
    /// How many of them are late.
    pub late: usize,
    /// How many of them are due later today.
    pub today: usize,
    /// The tasks, most urgent first.
    pub rows: Vec<InboxRow>,
    /// What the reader is told about agents of processes that they answer for, the newest first.
    pub notices: Vec<NoticeView>,
    /// Where to go when nothing waits: address and label.
    pub elsewhere: Vec<(String, String)>,
}

/// Something to be read and put away.
#[derive(Clone, Debug)]
pub struct NoticeView {
    /// What it is put away by.
    pub key: String,
    /// What happened, as sentences.
    pub text: String,
    /// When.
    pub at: Moment,
    /// The case whose decision brought it.
    pub case: Option<u64>,
}

/// Which tasks the inbox shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Those that wait for the reader personally or that they took.
    Mine,
    /// Those that wait for one of their roles.
    Roles,
    /// All that they may decide.
    #[default]
    All,
}

/// One task in a list.
#[derive(Clone, Debug)]
pub struct InboxRow {
    /// The task's label, such as `1042-3`.
    pub label: String,
    /// What is asked: `Approve the claim`.
    pub title: String,
    /// The values that tell it from others: `Hotel Adler, 412.50 EUR`.
    pub about: String,
    /// Who asks.
    pub requester: String,
    /// The process.
    pub process: String,
    /// Since when it waits.
    pub since: Moment,
    /// When it is due.
    pub due: Moment,
    /// How urgent that is.
    pub urgency: Urgency,
    /// Whether the reader took it.
    pub taken: bool,
    /// Whether its case is on hold, so that it cannot be decided now.
    pub held: bool,
    /// The name of whoever is away and has the reader as substitute for it.
    pub in_place_of: Option<String>,
}

impl Show {
    /// The word in the address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Roles => "roles",
            Self::All => "all",
        }
    }

    /// Reads the word in the address; anything else shows all.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "mine" => Self::Mine,
            "roles" => Self::Roles,
            _ => Self::All,
        }
    }
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &InboxView) -> Markup {
    let content = html! {
        h1.lead { (text::opening(view.waiting, view.late, view.today)) }
        @if !view.notices.is_empty() { (notices(shell, &view.notices)) }
        div.tools {
            nav.filters aria-label=(text::FILTER) {
                @for (show, label) in [(Show::All, text::ALL), (Show::Mine, text::MINE), (Show::Roles, text::ROLES)] {
                    (parts::filter(label, &format!("{}?show={}", paths::INBOX, show.word()), show == view.show))
                }
            }
            form.search role="search" action=(paths::INBOX) {
                input type="hidden" name="show" value=(view.show.word());
                input #search type="search" name="q" value=(view.search) aria-label=(text::SEARCH)
                    placeholder=(text::SEARCH);
            }
        }
        @let here = format!("{}?show={}&q={}", paths::INBOX, view.show.word(), paths::encoded(&view.search));
        div #list hx-get=(here) hx-trigger="inbox from:#live" { (list(view)) }
    };
    layout(shell, Section::Inbox, text::TITLE, &content)
}

/// What happened to agents of the reader's processes, each until they have put it away.
fn notices(shell: &Shell, notices: &[NoticeView]) -> Markup {
    html! {
        section.notice.told aria-labelledby="told" {
            h2 #told { (text::TOLD) }
            ul {
                @for one in notices {
                    li {
                        p { (one.text) }
                        form.inline method="post" action=(paths::INBOX_NOTICES) {
                            (csrf(&shell.csrf))
                            input type="hidden" name="notice" value=(one.key);
                            span.quiet { (one.at) }
                            @if let Some(case) = one.case {
                                " · " a href=(paths::case(case)) { (case_number(case)) }
                            }
                            " · " button.plain { (text::PUT_AWAY) }
                        }
                    }
                }
            }
        }
    }
}

/// The list alone, as it is swapped in when something has changed.
#[must_use]
pub fn list(view: &InboxView) -> Markup {
    html! {
        @if view.rows.is_empty() {
            @if view.search.is_empty() {
                p.empty { (text::EMPTY_NEXT) }
                ul.links { @for (href, label) in &view.elsewhere { li { a href=(href) { (label) } } } }
            } @else {
                p.empty { (text::NOTHING_FOUND) }
            }
        } @else {
            ul.rows.tasks aria-label=(text::LIST) { @for row in &view.rows { (self::row(row)) } }
        }
    }
}

fn row(row: &InboxRow) -> Markup {
    html! {
        li {
            a.row href=(paths::task(&row.label)) data-row {
                span.what {
                    (row.title)
                    @if row.taken { " " span.tag { (text::TAKEN) } }
                    @if row.held { " " span.tag { (text::HELD) } }
                    @if let Some(absent) = &row.in_place_of { " " span.tag { (text::in_place_of(absent)) } }
                }
                span.about { (row.about) }
                span.whom { (row.requester) }
                span.where { (row.process) " " (row.label) }
                span.when.(parts::urgency(row.urgency)) { (row.due) }
            }
        }
    }
}

/// The other tasks beside the one that is open.
pub(super) fn queue(rows: &[InboxRow], current: &str) -> Markup {
    html! {
        ul.rows.queue {
            @for row in rows {
                li {
                    @let here = (row.label == current).then_some("true");
                    a.row href=(paths::task(&row.label)) data-row aria-current=[here] {
                        span.what { (row.about) }
                        span.about { (row.title) }
                        span.when.(parts::urgency(row.urgency)) { (row.due) }
                    }
                }
            }
        }
    }
}
