//! What operators do with a case as a whole, on its page: stages, holds, additions, its version.

use maud::{Markup, html};

use super::{layout::Shell, parts::csrf};
use crate::web::{catalogue::text::steering as text, format::Moment, paths, sentence::Sentence};

/// A case as a whole, for whoever may steer it and for everybody who sees it.
#[derive(Clone, Debug, Default)]
pub struct SteeringView {
    /// Whether it is only rehearsed.
    pub rehearsal: bool,
    /// Set while it is on hold.
    pub held: Option<HeldView>,
    /// Who moved it to its version, when, as long as that can be undone by the reader.
    pub migrated: Option<(String, Moment)>,
    /// What was asked for in this case alone.
    pub additions: Vec<AdditionView>,
    /// The stages to which it may be moved, and those to which it may not.
    pub moves: Vec<MoveView>,
    /// Whether the reader may move and hold it.
    pub may_move: bool,
    /// Whether the reader may ask for more.
    pub may_add: bool,
    /// Of whom something can be asked: value and words.
    pub askable: Vec<(String, String)>,
    /// The process's identifier.
    pub process: String,
    /// The version that it runs.
    pub version: String,
    /// Whether its process has a newer version.
    pub newer: bool,
    /// Whether the reader may move it there.
    pub may_migrate: bool,
}

/// A hold.
#[derive(Clone, Debug)]
pub struct HeldView {
    /// Why.
    pub reason: String,
    /// Who stopped it.
    pub by: String,
    /// Since when.
    pub since: Moment,
    /// Whether the reader may let it go on.
    pub may_resume: bool,
}

/// Something that was asked for in this case alone.
#[derive(Clone, Debug)]
pub struct AdditionView {
    /// What, as people call it.
    pub what: String,
    /// How far it is.
    pub state: Sentence,
    /// Who asked for it and why.
    pub why: Sentence,
}

/// A stage to which a case may be moved, or not.
#[derive(Clone, Debug)]
pub struct MoveView {
    /// What the form sends.
    pub value: String,
    /// What it means.
    pub label: String,
    /// Why it is refused.
    pub refused: Option<String>,
}

/// What everybody sees above the page.
pub(super) fn notices(shell: &Shell, number: u64, view: &SteeringView) -> Markup {
    html! {
        @if view.rehearsal { p.notice role="note" { (text::REHEARSAL) } }
        @if let Some(held) = &view.held {
            section.notice role="status" {
                p { strong { (text::ON_HOLD) } " " (held.since) ", " (held.by) ": " (held.reason) }
                @if held.may_resume {
                    form method="post" action=(paths::case_part(number, "holds/end")) {
                        (csrf(&shell.csrf))
                        div.act { button { (text::RESUME) } p.follows { (text::RESUME_FOLLOWS) } }
                    }
                }
            }
        }
        @if let Some((by, at)) = &view.migrated {
            section.notice role="status" {
                p { (text::moved_by(by)) " " (at) "." }
                form method="post" action=(paths::case_part(number, "migration/undo")) {
                    (csrf(&shell.csrf))
                    button { (text::UNDO) }
                }
            }
        }
    }
}

/// What was asked for in this case alone.
pub(super) fn additions(view: &SteeringView) -> Markup {
    html! {
        @if !view.additions.is_empty() {
            section aria-labelledby="added" {
                h2 #added { (text::ADDED) }
                ul.lines {
                    @for one in &view.additions {
                        li { (one.what) " " span.quiet { (one.state) } blockquote { p { (one.why) } } }
                    }
                }
            }
        }
    }
}

/// The version that the case runs.
pub(super) fn version(number: u64, view: &SteeringView) -> Markup {
    html! {
        p.quiet {
            (text::VERSION) " "
            a href=(paths::version(&view.process, &view.version)) { code { (text::version(&view.version)) } } ". "
            @if view.newer {
                (text::NEWER) " "
                @if view.may_migrate { a href=(paths::case_part(number, "migration")) { (text::SEE_MOVE) } "." }
            }
        }
    }
}

/// The forms of whoever may steer the case.
pub(super) fn forms(shell: &Shell, number: u64, view: &SteeringView) -> Markup {
    let may_move = view.may_move && view.held.is_none();
    html! {
        @if may_move || view.may_add {
            section aria-labelledby="steer" {
                h2 #steer { (text::TITLE) }
                @if may_move { (moves(shell, number, view)) (hold(shell, number)) }
                @if view.may_add { (add(shell, number, view)) }
            }
        }
    }
}

fn moves(shell: &Shell, number: u64, view: &SteeringView) -> Markup {
    html! {
        details {
            summary { (text::MOVE) }
            form.stack method="post" action=(paths::case_part(number, "moves")) {
                (csrf(&shell.csrf))
                fieldset {
                    legend { (text::MOVE) }
                    @for one in &view.moves {
                        div {
                            label.radio {
                                input type="radio" name="to" value=(one.value) required
                                    disabled[one.refused.is_some()];
                                " " (one.label)
                            }
                            @if let Some(refused) = &one.refused { p.hint.doubt { (refused) } }
                        }
                    }
                }
                (reason("move-reason"))
                div.act { button { (text::MOVE_BUTTON) } p.follows { (text::MOVE_FOLLOWS) } }
            }
        }
    }
}

fn hold(shell: &Shell, number: u64) -> Markup {
    html! {
        details {
            summary { (text::HOLD) }
            form.stack method="post" action=(paths::case_part(number, "holds")) {
                (csrf(&shell.csrf))
                (reason("hold-reason"))
                div.act { button { (text::HOLD_BUTTON) } p.follows { (text::HOLD_FOLLOWS) } }
            }
        }
    }
}

fn add(shell: &Shell, number: u64, view: &SteeringView) -> Markup {
    html! {
        details {
            summary { (text::ADD) }
            form.stack method="post" action=(paths::case_part(number, "additions")) {
                (csrf(&shell.csrf))
                label for="add-what" { (text::WHAT) }
                select #add-what name="what" {
                    option value="document" { (text::A_DOCUMENT) }
                    option value="review" { (text::A_REVIEW) }
                }
                label for="add-name" { (text::CALLED) }
                input #add-name name="name" required maxlength="120";
                label for="add-who" { (text::OF_WHOM) }
                select #add-who name="who" {
                    @for (value, words) in &view.askable { option value=(value) { (words) } }
                }
                label for="add-days" { (text::WITHIN) }
                input.short #add-days name="days" type="number" min="1" max="250" value="2";
                (reason("add-reason"))
                div.act { button { (text::ADD_BUTTON) } p.follows { (text::ADD_FOLLOWS) } }
            }
        }
    }
}

fn reason(id: &str) -> Markup {
    html! {
        label for=(id) { (text::WHY) }
        textarea id=(id) name="reason" rows="2" required {}
    }
}
