//! My requests and all cases: what is late or stuck, and who can move it?

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts,
};
use crate::web::{
    catalogue::text::cases as text,
    format::{Moment, Urgency},
    paths,
    sentence::Sentence,
};

/// A list of cases.
#[derive(Clone, Debug, Default)]
pub struct CasesView {
    /// Whether these are the reader's own cases.
    pub own: bool,
    /// How many are open.
    pub open: usize,
    /// How many of them are late.
    pub late: usize,
    /// How many of them are stuck.
    pub stuck: usize,
    /// How many of the reader's own wait for the reader.
    pub for_reader: usize,
    /// Which cases are shown.
    pub filter: Filter,
    /// What was searched for.
    pub search: String,
    /// The process that is shown; empty for every one.
    pub process: String,
    /// The processes to choose from: identifier and title.
    pub processes: Vec<(String, String)>,
    /// The cases.
    pub rows: Vec<CaseRow>,
    /// Where the list goes on.
    pub more: Option<String>,
    /// What could be started when there is nothing: identifier and title.
    pub startable: Vec<(String, String)>,
}

/// Which cases are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// Those that run.
    #[default]
    Open,
    /// Those with a task past its due date.
    Late,
    /// Those with an open incident.
    Stuck,
    /// Those that are over.
    Closed,
    /// All of them.
    All,
}

/// One case in a list.
#[derive(Clone, Debug)]
pub struct CaseRow {
    /// Its short number.
    pub number: u64,
    /// Its process.
    pub process: String,
    /// What tells it from others.
    pub about: String,
    /// Where it stands, in a few words: `Approval`, `closed as paid`.
    pub status: String,
    /// Who has it.
    pub owner: Sentence,
    /// Since when it waits there.
    pub since: Moment,
    /// When it is due; `None` when nothing is.
    pub due: Option<Moment>,
    /// How urgent it is.
    pub urgency: Urgency,
    /// Whether it waits for the reader.
    pub for_reader: bool,
    /// Whether it is stuck.
    pub stuck: bool,
}

impl Filter {
    /// The word in the address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Late => "late",
            Self::Stuck => "stuck",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }

    /// Reads the word in the address; anything else shows the open ones.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "late" => Self::Late,
            "stuck" => Self::Stuck,
            "closed" => Self::Closed,
            "all" => Self::All,
            _ => Self::Open,
        }
    }
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &CasesView) -> Markup {
    let (section, title, opening) = if view.own {
        (Section::Requests, text::REQUESTS_TITLE, text::requests_opening(view.open, view.for_reader))
    } else {
        (Section::Cases, text::CASES_TITLE, text::opening(view.open, view.late, view.stuck))
    };
    let content = html! {
        h1.lead { (opening) }
        (tools(view))
        @if view.rows.is_empty() { (empty(view)) } @else { (table(view)) }
        @if let Some(more) = &view.more { p { a href=(more) { (text::MORE) } } }
    };
    layout(shell, section, title, &content)
}

fn address(view: &CasesView) -> &'static str {
    if view.own { paths::REQUESTS } else { paths::CASES }
}

fn tools(view: &CasesView) -> Markup {
    let filters = [
        (Filter::Open, text::OPEN),
        (Filter::Late, text::LATE),
        (Filter::Stuck, text::STUCK),
        (Filter::Closed, text::CLOSED),
        (Filter::All, text::EVERY),
    ];
    html! {
        div.tools {
            nav.filters aria-label=(text::FILTER) {
                @for (filter, label) in filters {
                    (parts::filter(label, &format!("{}?show={}", address(view), filter.word()), filter == view.filter))
                }
            }
            form.search role="search" action=(address(view)) {
                input type="hidden" name="show" value=(view.filter.word());
                @if view.processes.len() > 1 {
                    select name="process" aria-label=(text::PROCESS) {
                        option value="" { (text::ANY_PROCESS) }
                        @for (id, title) in &view.processes {
                            option value=(id) selected[*id == view.process] { (title) }
                        }
                    }
                }
                input #search type="search" name="q" value=(view.search) aria-label=(text::SEARCH)
                    placeholder=(text::SEARCH_HINT);
                button.small { (text::SHOW) }
            }
        }
    }
}

fn table(view: &CasesView) -> Markup {
    html! {
        table.list {
            thead {
                tr {
                    th scope="col" { (text::NUMBER) }
                    th scope="col" { (text::CASE) }
                    th scope="col" { (text::STATUS) }
                    th scope="col" { (text::OWNER) }
                    th scope="col" { (text::SINCE) }
                    th scope="col" { (text::DUE) }
                }
            }
            tbody { @for row in &view.rows { (self::row(row)) } }
        }
    }
}

fn row(row: &CaseRow) -> Markup {
    let name = if row.about.is_empty() { &row.process } else { &row.about };
    let urgency = if row.due.is_some() || row.stuck { parts::urgency(row.urgency) } else { "quiet" };
    html! {
        tr.own[row.for_reader] {
            td.number { (row.number) }
            td.case-name {
                a href=(paths::case(row.number)) data-row { (name) }
                @if !row.about.is_empty() { " " span.about { (row.process) } }
            }
            td.status { @if row.stuck { strong.failed { (text::STUCK) } " " } (row.status) }
            td.owner-cell { (row.owner) }
            td.since { span.word { (text::SINCE_WORD) " " } (row.since) }
            td.when.(urgency) { @if let Some(due) = &row.due { (due) } }
        }
    }
}

fn empty(view: &CasesView) -> Markup {
    let searched = !view.search.is_empty() || !view.process.is_empty() || view.filter != Filter::Open;
    html! {
        @if searched {
            p.empty { (text::NONE_FOUND) }
        } @else if view.own {
            p.empty { (text::NONE_YET) }
            ul.links { @for (id, title) in &view.startable { li { a href=(paths::start(id)) { (title) } } } }
        } @else {
            p.empty { (text::NONE_AT_ALL) }
        }
    }
}
