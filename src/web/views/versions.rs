//! The versions of a process, the text of one, and what moving running cases to the newest one would do.

use maud::{Markup, html};

use super::{
    layout::{Section, Shell, page as layout},
    parts::csrf,
    process::{Line, lines},
};
use crate::{
    runtime::papers::{Kind, Paper},
    web::{
        catalogue::text::{case_number, process as process_text, publication, steering, versions as text},
        format::{Moment, capital},
        paths,
    },
};

/// A process that a page about versions belongs to.
#[derive(Clone, Debug)]
pub struct Of {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// The versions of a process.
#[derive(Clone, Debug)]
pub struct VersionsView {
    /// The process.
    pub process: Of,
    /// The versions, the newest first.
    pub versions: Vec<VersionRow>,
    /// Whether the reader may move cases between them.
    pub may_move: bool,
}

/// A version in the list.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// The hash that names it.
    pub version: String,
    /// When it was published.
    pub published: Moment,
    /// By whom.
    pub publisher: String,
    /// Its open cases.
    pub open_cases: u64,
    /// Whether new cases start on it.
    pub current: bool,
}

/// The text of a version.
#[derive(Clone, Debug)]
pub struct VersionView {
    /// The process.
    pub process: Of,
    /// The version as in the list.
    pub row: VersionRow,
    /// Its text in order.
    pub text: Vec<Line>,
    /// What stands beside it.
    pub papers: Vec<Paper>,
    /// Whether the reader may see what that says.
    pub reads: bool,
}

/// What moving cases to the newest version would do.
#[derive(Clone, Debug)]
pub struct MigrationView {
    /// The process.
    pub process: Of,
    /// The version to which they would go.
    pub version: String,
    /// Where the form is sent.
    pub action: String,
    /// The cases that run another version, each with what would become of it.
    pub cases: Vec<MovingCase>,
    /// Whether the page is about one case.
    pub one: bool,
    /// What was wrong with what was sent.
    pub problem: Option<String>,
}

/// A case that runs another version.
#[derive(Clone, Debug)]
pub struct MovingCase {
    /// Its number.
    pub number: u64,
    /// What tells it from others.
    pub about: String,
    /// Whether it fits.
    pub fit: FitView,
}

/// Whether a case can go over.
#[derive(Clone, Debug)]
pub enum FitView {
    /// It can; what becomes of open tasks and sign-offs, as sentences.
    Fits(Vec<String>),
    /// Somebody has to say where it goes on.
    Needs(Vec<Ask>),
    /// It cannot, and why.
    Refused(String),
}

/// A step that the new version does not have.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The name of the choice in the form.
    pub name: String,
    /// The step at which the case waits, in words.
    pub step: String,
    /// Where it may go on: value, words, and whether it is offered.
    pub places: Vec<(String, String, bool)>,
}

/// The list of versions.
#[must_use]
pub fn list(shell: &Shell, view: &VersionsView) -> Markup {
    let older = view.versions.iter().filter(|row| !row.current).map(|row| row.open_cases).sum::<u64>();
    let older = usize::try_from(older).unwrap_or(usize::MAX);
    let content = html! {
        div.narrow {
            (crumb(&view.process, text::TITLE))
            h1.lead { (text::opening(view.versions.len(), older)) }
            @if view.may_move && older > 0 {
                div.act { a.button href=(paths::process_part(&view.process.id, "migration")) { (text::MOVE) } }
            }
            ul.rows.processes {
                @for row in &view.versions {
                    li.row {
                        h2 {
                            a href=(paths::version(&view.process.id, &row.version)) data-row {
                                code { (steering::version(&row.version)) }
                            }
                        }
                        p { (line(row)) }
                    }
                }
            }
        }
    };
    layout(shell, Section::Processes, text::TITLE, &content)
}

fn line(row: &VersionRow) -> Markup {
    html! {
        (row.publisher) ", " (row.published) ". " (text::open_cases(row.open_cases))
        @if row.current { "; " strong { (text::CURRENT) } }
        "."
    }
}

/// The text of one version.
#[must_use]
pub fn page(shell: &Shell, view: &VersionView) -> Markup {
    let name = steering::version(&view.row.version);
    let content = html! {
        div.narrow {
            (crumb(&view.process, &name))
            h1.lead { (view.process.title) ", " code { (name) } }
            p.owner { (line(&view.row)) }
            p { a href=(paths::process_part(&view.process.id, "versions")) { (text::BACK) } }
            section.prose aria-labelledby="text" {
                h2 #text { (process_text::TEXT) }
                (lines(&view.text))
            }
            @if !view.papers.is_empty() {
                section aria-labelledby="papers" {
                    h2 #papers { (publication::PAPERS) }
                    @for paper in &view.papers { (beside(paper, view.reads)) }
                }
            }
        }
    };
    layout(shell, Section::Processes, &name, &content)
}

fn beside(paper: &Paper, reads: bool) -> Markup {
    let called = capital(&publication::paper(paper.kind, &paper.name).0);
    html! {
        @if !reads {
            p { (called) "." }
        } @else if paper.kind == Kind::Words {
            p { (called) ": " (paper.text) "." }
        } @else {
            details {
                summary { (called) }
                p.process-text { (paper.text) }
            }
        }
    }
}

/// The preview of a move.
#[must_use]
pub fn migration(shell: &Shell, view: &MigrationView) -> Markup {
    let count = |is: fn(&FitView) -> bool| view.cases.iter().filter(|case| is(&case.fit)).count();
    let (fit, ask, refused) = (
        count(|fit| matches!(fit, FitView::Fits(_))),
        count(|fit| matches!(fit, FitView::Needs(_))),
        count(|fit| matches!(fit, FitView::Refused(_))),
    );
    let content = html! {
        div.narrow {
            (crumb(&view.process, text::MIGRATION))
            h1.lead { (text::preview(fit, ask, refused)) }
            @if let Some(problem) = &view.problem { p.problem role="alert" { (problem) } }
            @if !view.cases.is_empty() {
                form.stack method="post" action=(view.action) {
                    (csrf(&shell.csrf))
                    input type="hidden" name="version" value=(view.version);
                    ul.rows { @for case in &view.cases { li { (moving(case, view.one)) } } }
                    @if fit + ask > 0 {
                        div.act {
                            button.main { @if view.one { (text::APPLY_ONE) } @else { (text::APPLY) } }
                            p.follows { (text::FOLLOWS) }
                        }
                    }
                }
            }
            p { a href=(paths::process_part(&view.process.id, "versions")) { (text::BACK) } }
        }
    };
    layout(shell, Section::Processes, text::MIGRATION, &content)
}

fn moving(case: &MovingCase, one: bool) -> Markup {
    let id = format!("case-{}", case.number);
    let name = html! {
        a href=(paths::case(case.number)) { (case_number(case.number)) }
        @if !case.about.is_empty() { ", " (case.about) }
    };
    html! {
        div.moving {
            @match &case.fit {
                FitView::Refused(reason) => {
                    p { (name) }
                    p.failed { (text::CANNOT) " " (reason) "." }
                }
                FitView::Fits(lines) => {
                    (choice(case.number, &id, one, &name))
                    p.done { @if lines.is_empty() { (text::FITS) } @else { (text::FITS_BUT) } }
                    @for line in lines { p.then { (line) } }
                }
                FitView::Needs(asks) => {
                    (choice(case.number, &id, one, &name))
                    @for ask in asks {
                        @let near = ask.places.iter().any(|(.., offered)| *offered);
                        p.due { (if near { text::NEEDS_A_LOOK } else { text::NEEDS_A_PLACE }) }
                        label for=(ask.name) { (text::waits_at(&ask.step)) }
                        select id=(ask.name) name=(ask.name) {
                            option value="" { (text::CHOOSE) }
                            @for (value, words, offered) in &ask.places {
                                option value=(value) selected[*offered] { (words) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn choice(number: u64, id: &str, one: bool, name: &Markup) -> Markup {
    html! {
        @if one {
            input type="hidden" name="case" value=(number);
            p { (name) }
        } @else {
            label.radio for=(id) { input id=(id) type="checkbox" name="case" value=(number); " " (name) }
        }
    }
}

fn crumb(process: &Of, here: &str) -> Markup {
    html! {
        p.crumb {
            a href=(paths::PROCESSES) { (process_text::TITLE) } " · "
            a href=(paths::process(&process.id)) { (process.title) } " · " (here)
        }
    }
}
