//! The task page: what am I signing, and on what grounds?

mod decision;
mod settled;

pub use decision::{DecisionView, Delegate, Typed};
pub use settled::{Change, SettledView};

use maud::{Markup, html};

use super::{
    evidence::{self, DocumentView, FieldView, FindingView, Source},
    inbox::{InboxRow, queue},
    layout::{Section, Shell, page as layout},
    parts::{self, by_agent, csrf},
};
use crate::web::{
    catalogue::text::task as text,
    format::{Moment, Urgency},
    paths,
    sentence::Sentence,
};

/// A task as its page shows it.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Its label, such as `1042-3`.
    pub label: String,
    /// The number of its case.
    pub case: u64,
    /// The title of its process.
    pub process: String,
    /// What is asked in three words: `Approve the claim`.
    pub title: String,
    /// The question, as the page's first sentence.
    pub question: Sentence,
    /// What speaks for and against it, in one sentence; empty when there is nothing to say.
    pub grounds: String,
    /// For whom it waits, since when, due when.
    pub owner: Sentence,
    /// How urgent that is.
    pub urgency: Urgency,
    /// What happens when nobody decides.
    pub then: Option<Sentence>,
    /// The name of whoever is away and has the reader as substitute.
    pub in_place_of: Option<String>,
    /// Whether it can be taken or given back.
    pub claim: Claim,
    /// What the reader can do.
    pub state: State,
    /// The marks that can be given, with what deserves each; empty where nothing is scored.
    pub scale: Vec<(i64, String)>,
    /// The guideline that a criterion goes by: its name and its text.
    pub guideline: Option<(String, String)>,
    /// Sentences that an agent prepared.
    pub summary: Vec<String>,
    /// What the checks found.
    pub findings: Vec<FindingView>,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// The documents.
    pub documents: Vec<DocumentView>,
    /// Questions asked before.
    pub questions: Vec<QuestionView>,
    /// Decisions already taken in this task's seats, each as a sentence.
    pub decisions: Vec<Sentence>,
    /// What else waits for the reader, this task included.
    pub queue: Vec<InboxRow>,
}

/// Whether a task can be taken or given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody took it, and several people could.
    Take,
    /// The reader took it.
    Release,
    /// There is nothing to take.
    Nothing,
}

/// What the reader of a task can do.
#[derive(Clone, Debug)]
pub enum State {
    /// Decide.
    Decide(Box<DecisionView>),
    /// Decide, after looking at what changed since they opened it.
    Changed(Vec<Change>, Box<DecisionView>),
    /// Only look: why, as a sentence that names who could decide.
    Look(Sentence),
    /// It is settled.
    Settled(SettledView),
}

/// A question that was asked before deciding.
#[derive(Clone, Debug)]
pub struct QuestionView {
    /// Who asked.
    pub by: String,
    /// The question.
    pub question: String,
    /// When.
    pub at: Moment,
    /// Who answered, and what.
    pub answer: Option<(String, String)>,
}

/// The page.
#[must_use]
pub fn page(shell: &Shell, view: &TaskView) -> Markup {
    let grounds = !view.documents.is_empty();
    let content = html! {
        div.task.with-document[grounds] {
            aside.others aria-label=(text::QUEUE) {
                h2 { a href=(paths::INBOX) { (text::QUEUE) } }
                (queue(&view.queue, &view.label))
            }
            article.matter {
                (head(shell, view))
                @if !view.scale.is_empty() { (scale(&view.scale)) }
                (state(shell, view))
                @if let Some((name, words)) = &view.guideline { (guideline(name, words)) }
                (facts(view))
            }
            @if grounds {
                div.documents { @for document in &view.documents { (evidence::document(document)) } }
            }
        }
    };
    layout(shell, Section::Inbox, &format!("{} {}", view.title, view.label), &content)
}

fn head(shell: &Shell, view: &TaskView) -> Markup {
    html! {
        header {
            p.crumb {
                (view.title) " · " (view.process) " · " a href=(paths::case(view.case)) { (view.case) }
            }
            h1.lead { (view.question) }
            @if !view.grounds.is_empty() { p.grounds { (view.grounds) } }
            @if let Some(absent) = &view.in_place_of { p.owner { (text::in_place_of(absent)) } }
            p.owner {
                span class=(parts::urgency(view.urgency)) { (view.owner) }
                @if let Some(then) = &view.then { " " (then) }
                @match offered(view) {
                    Claim::Take => { " " (small(shell, view, "claims", text::CLAIM)) }
                    Claim::Release => { " " (small(shell, view, "releases", text::RELEASE)) }
                    Claim::Nothing => {}
                }
            }
        }
    }
}

/// What is settled or only looked at cannot be taken.
const fn offered(view: &TaskView) -> Claim {
    match view.state {
        State::Decide(_) | State::Changed(..) => view.claim,
        State::Look(_) | State::Settled(_) => Claim::Nothing,
    }
}

fn small(shell: &Shell, view: &TaskView, part: &str, label: &str) -> Markup {
    let form = format!("form-{part}");
    html! {
        button.plain form=(form) { (label) }
        form.inline #(form) method="post" action=(paths::task_part(&view.label, part)) { (csrf(&shell.csrf)) }
    }
}

fn state(shell: &Shell, view: &TaskView) -> Markup {
    match &view.state {
        State::Decide(decision) => decision::section(&shell.csrf, &view.label, decision),
        State::Changed(changes, decision) => html! {
            (settled::changes(changes))
            (decision::section(&shell.csrf, &view.label, decision))
        },
        State::Look(why) => html! { p.notice { (why) } },
        State::Settled(settled) => settled::section(view.case, settled),
    }
}

fn facts(view: &TaskView) -> Markup {
    let beside = !view.documents.is_empty();
    let known: Vec<FieldView> = view.fields.iter().filter(|field| !is_suggested(field)).cloned().collect();
    html! {
        (prepared(view, beside))
        @if !view.findings.is_empty() {
            section aria-labelledby="checks" {
                h2 #checks { (text::CHECKS) }
                (evidence::findings(&view.findings))
            }
        }
        @if !known.is_empty() {
            section aria-labelledby="data" {
                h2 #data { (text::DATA) }
                (evidence::fields(&known, beside))
            }
        }
        @if !view.questions.is_empty() { (questions(&view.questions)) }
        @if !view.decisions.is_empty() {
            section aria-labelledby="decisions" {
                h2 #decisions { (text::TASK_PREVIOUS) }
                ul.findings { @for decision in &view.decisions { li { (decision) } } }
            }
        }
    }
}

/// What each mark means, before the mark is given.
fn scale(marks: &[(i64, String)]) -> Markup {
    let range = (marks.iter().map(|(mark, _)| *mark).min(), marks.iter().map(|(mark, _)| *mark).max());
    html! {
        section aria-labelledby="scale" {
            h2 #scale { (text::SCALE) }
            dl.scale { @for (mark, words) in marks { div { dt { (mark) } dd { (words) } } } }
            @if let (Some(low), Some(high)) = range { p.hint { (text::between(low, high)) } }
        }
    }
}

/// The guideline in full: whoever judges goes by it.
fn guideline(name: &str, words: &str) -> Markup {
    html! {
        section aria-labelledby="guideline" {
            h2 #guideline { (text::guideline(name)) }
            pre.process-text { (words.trim()) }
        }
    }
}

const fn is_suggested(field: &FieldView) -> bool {
    matches!(field.source, Source::Agent { .. })
}

/// What an agent's judgement prepared, apart from what people wrote and code found.
fn prepared(view: &TaskView, beside: bool) -> Markup {
    let suggested: Vec<FieldView> = view.fields.iter().filter(|field| is_suggested(field)).cloned().collect();
    html! {
        @if !view.summary.is_empty() || !suggested.is_empty() {
            section aria-labelledby="prepared" {
                h2 #prepared { (text::PREPARED) " " (by_agent()) }
                @for sentence in &view.summary { p { (sentence) } }
                @if !suggested.is_empty() { (evidence::fields(&suggested, beside)) }
            }
        }
    }
}

fn questions(questions: &[QuestionView]) -> Markup {
    html! {
        section aria-labelledby="questions" {
            h2 #questions { (text::QUESTIONS) }
            @for one in questions {
                blockquote {
                    p { (one.question) }
                    footer { (one.by) ", " (one.at) }
                    @match &one.answer {
                        Some((by, answer)) => { p { (answer) } footer { (by) } }
                        None => { p.quiet { (text::NO_ANSWER_YET) } }
                    }
                }
            }
        }
    }
}
