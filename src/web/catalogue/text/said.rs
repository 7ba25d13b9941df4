//! What the program says after something was done, or when it was not.

use crate::web::format::{counted, in_words};

pub(crate) const NOT_DONE: &str = "This was not done";
pub(crate) const LOOK_AGAIN: &str = "Go back, reload the page and look at how it stands now.";
pub(crate) const CORRECT: &str = "Go back and correct it.";
pub(crate) const UNREADABLE: &str = "What was sent could not be read";
pub(crate) const UNREADABLE_WHY: &str = "It is not a complete form of this site. Nothing was recorded.";
pub(crate) const UNREADABLE_NOW: &str = "Go back and send it again.";
pub(crate) const SIGNED_OUT: &str = "You are signed out";
pub(crate) const SIGNED_OUT_WHY: &str = "Your session was over when this was sent, so nothing was recorded.";
pub(crate) const SIGNED_OUT_NOW: &str =
    "Open the sign-in page in another tab and sign in. Then do it again; what you typed stands below.";
pub(crate) const WRONG_METHOD: &str = "Nothing can be done at this address in this way";
pub(crate) const WRONG_METHOD_WHY: &str = "Pages are opened, and forms are sent, each at its own address.";
pub(crate) const WRONG_METHOD_NOW: &str = "Go back to the page and use its buttons.";
pub(crate) const WRONG_HOST: &str = "The demo does not answer under this name";
pub(crate) const WRONG_HOST_WHY: &str =
    "It signs people in by a switch, so it answers under the name of this machine alone.";
pub(crate) const WRONG_HOST_NOW: &str = "Open";
pub(crate) const LINK_GONE: &str = "This link no longer works";
pub(crate) const LINK_GONE_WHY: &str = "It was used before, its time is over, or it is not complete.";
pub(crate) const ONLY_DEMO: &str = "People can be switched in the demo alone.";

pub(crate) const NO_OUTCOME: &str = "The form did not say what was decided.";
pub(crate) const REASON_MISSING: &str = "Please say why; whoever asked reads it.";
pub(crate) const QUESTION_MISSING: &str = "Please write the question.";
pub(crate) const PUT_AWAY: &str = "It is put away; the record keeps it.";
pub(crate) const CLAIMED: &str = "It is yours now; the others see that you have it.";
pub(crate) const RELEASED: &str = "You gave it back; the others can take it again.";
pub(crate) const TRIED_AGAIN: &str = "It is being tried again.";
pub(crate) const EDITED: &str = "The values were changed, and what depends on them is checked again.";
pub(crate) const NOTHING_CHANGED: &str = "No value is another than before, so there is nothing to save.";
pub(crate) const WHY_EDIT: &str = "Please say why the values are changed; it stands in the timeline.";
pub(crate) const LINK_MADE: &str = "The link is ready. It is shown only now.";
pub(crate) const NO_PARTY: &str = "This case asks nobody of that name from outside any more.";
pub(crate) const START_SOMETHING: &str = "Start something";

pub(crate) const UNKNOWN_PAGE: &str = "the page does not show a known state of this case";
pub(crate) const SOMETHING: &str = "Something else";
pub(crate) const LOOK_BELOW: &str = "Please look at the data below.";
pub(crate) const NOT_CHECKED: &str = "not checked yet";
pub(crate) const AGREES: &str = "agrees";
pub(crate) const DIFFERS: &str = "does not agree";
pub(crate) const CANNOT_TELL: &str = "cannot be told";

pub(crate) const NAME_MISSING: &str = "Please write a name of at most 120 characters.";
pub(crate) const EMAIL_WRONG: &str = "Please write an e-mail address, such as name@example.org.";
pub(crate) const LAST_ADMINISTRATOR: &str =
    "This was not saved: nobody would be left who can manage people. Make somebody else an administrator first.";

pub(crate) const ACCOUNT: &str = "Your account";
pub(crate) const PASSWORD_NOW: &str = "The password of today";
pub(crate) const PASSWORD_NEW: &str = "A new password";
pub(crate) const PASSWORD_SAVE: &str = "Set the password";
pub(crate) const PASSWORD_WRONG: &str = "The password of today is another. Nothing was changed.";
pub(crate) const ABSENCE: &str = "Absence";
pub(crate) const ABSENCE_FROM: &str = "First day away";
pub(crate) const ABSENCE_UNTIL: &str = "Last day away";
pub(crate) const ABSENCE_WHO: &str = "Who may decide in your place";
pub(crate) const ABSENCE_SAVE: &str = "Name the substitute";
pub(crate) const ABSENCE_END: &str = "End the absence";
pub(crate) const ABSENCE_DECIDES: &str = "may decide in your place from";
pub(crate) const ABSENCE_TO: &str = "to";
pub(crate) const ABSENCE_STAYS: &str = "These they cannot decide for you, since they asked for them or the process keeps them \
     out. Decide them before you go or hand them on; otherwise they wait until you are back:";
pub(crate) const ABSENCE_SAVED: &str = "Your substitute may decide in your place during these days.";
pub(crate) const ABSENCE_ENDED: &str = "Nobody decides in your place any more.";
pub(crate) const ABSENCE_WRONG: &str =
    "Please choose a first and a last day, at most a year apart and not over yet, and another person.";
pub(crate) const TOKENS: &str = "Personal tokens";
pub(crate) const TOKENS_WHAT: &str =
    "With a token the command line and the API act in your name, with your rights and no others.";
pub(crate) const TOKEN_FOR: &str = "Token";
pub(crate) const TOKEN_ONCE: &str = "It is shown only now. Keep it where you keep passwords.";
pub(crate) const TOKEN_USED: &str = "last used";
pub(crate) const TOKEN_UNUSED: &str = "not used yet";
pub(crate) const TOKEN_REVOKE: &str = "Revoke";
pub(crate) const TOKEN_REVOKED: &str = "The token no longer works.";
pub(crate) const TOKEN_ADD: &str = "Make a token";
pub(crate) const TOKEN_NAME_LABEL: &str = "What it is for";
pub(crate) const TOKEN_NAME: &str = "Please say what the token is for.";
pub(crate) const TOKENS_FULL: &str = "You have 20 tokens. Revoke one that you no longer need first.";

pub(crate) const EDIT_OPEN: &str = "Change data";
pub(crate) const EDIT_TITLE: &str = "Change the data of this case";
pub(crate) const EDIT_WHY: &str = "Why?";
pub(crate) const EDIT_SAVE: &str = "Save the changes";
pub(crate) const EDIT_FOLLOWS: &str =
    "A sign-off that covers a changed value no longer counts, and is asked for again.";
pub(crate) const LINKS: &str = "People outside";
pub(crate) const LINK_ADD: &str = "Make a link";
pub(crate) const LINK_FOR: &str = "Link for";
pub(crate) const LINK_ONCE: &str =
    "It is shown only now and works for 30 days. Whoever has it can hand in what is asked.";

pub(crate) const DEMO_END: &str = "Keep this installation, remove the samples";
pub(crate) const DEMO_END_WHAT: &str =
    "The sample people and their cases are removed; the processes stay. You become its first administrator.";
pub(crate) const DEMO_STAY: &str = "Stay in the demo";

pub(crate) const OUTSIDE_CHANGED: &str =
    "Something has changed since you opened this page. Please look and send it again.";
pub(crate) const OUTSIDE_SETTLED: &str = "This was already handed in. What you sent now was not recorded.";
pub(crate) const OUTSIDE_GONE_WHY: &str = "Its time is over, or it is not complete.";
pub(crate) const OUTSIDE_GONE_NOW: &str = "Please ask whoever sent it to you for a new one.";
pub(crate) const OUTSIDE_OPENED: &str = "Your matter was opened ";
pub(crate) const OUTSIDE_HANDED_IN: &str = "You handed something in ";
pub(crate) const OUTSIDE_AT_WORK: &str = "It is open. You will be asked if anything else is needed from you.";

/// Somebody has a task already.
pub(crate) fn taken_by(name: &str) -> String {
    format!("{name} has taken this task.")
}

/// Somebody was first.
pub(crate) fn decided_by(name: &str) -> String {
    format!("{name} has decided this already.")
}

/// The message after a decision.
pub(crate) fn decided(done: &str, subject: &str, case: u64, about: &str) -> String {
    let about = if about.is_empty() { String::new() } else { format!(", {about}") };
    format!("You {done} {subject} (case {case}{about}).")
}

/// What is missing before somebody outside can answer.
pub(crate) fn without_link(whom: &str) -> String {
    format!(
        "{} cannot answer yet: nobody has made a link. Make one below and send it, by mail for instance; nothing else \
         is sent to them.",
        crate::web::format::capital(whom)
    )
}

/// The message after a question.
pub(crate) fn asked(whom: &str) -> String {
    format!("{whom} has been asked. You can decide before the answer comes, or wait for it.")
}

/// The message after handing a task to somebody.
pub(crate) fn delegated(whom: &str) -> String {
    format!("You handed it to {whom}.")
}

/// Why somebody can only look, and who could decide.
pub(crate) fn only_look(why: &str, could: &str) -> String {
    if could.is_empty() { format!("{why}.") } else { format!("{why}. Who could: {could}.") }
}

/// The message after opening a case.
pub(crate) fn opened(number: u64) -> String {
    format!("Case {number} is open. This page shows how it goes on.")
}

/// The message after a withdrawal.
pub(crate) fn withdrawn(number: u64) -> String {
    format!("You withdrew case {number}.")
}

/// So many questions.
pub(crate) fn questions(count: usize) -> String {
    counted(count, "question")
}

/// The message after adding a person.
pub(crate) fn added(name: &str) -> String {
    format!("{name} was added. Their sign-in link is shown only now.")
}

/// The message after changing a person.
pub(crate) fn saved(name: &str) -> String {
    format!("The changes to {name} were saved.")
}

/// How a process is doing.
pub(crate) fn doing(open: u64, half_within: Option<&str>) -> String {
    let open = if open == 0 { "None open".to_owned() } else { format!("{open} open") };
    match half_within {
        Some(time) => format!("{open}; half finish within {time}."),
        None => format!("{open}; none has finished yet."),
    }
}

/// The first sentence of the account page.
pub(crate) fn account_opening(name: &str, roles: &str) -> String {
    if roles.is_empty() { format!("{name}, without a role yet.") } else { format!("{name}: {roles}.") }
}

/// The first sentence of the page for somebody outside.
pub(crate) fn outside_opening(asks: usize, fields: usize, title: &str) -> String {
    match (asks, fields) {
        (0, _) => format!("Nothing is missing for your {title}."),
        (1, 1) => format!("One thing is missing for your {title}."),
        (1, 0) => format!("Something is asked of you for your {title}."),
        _ => format!("{} things are missing for your {title}.", crate::web::format::capital(&in_words(fields))),
    }
}

/// The first sentence for somebody outside whose matter is on hold.
pub(crate) fn outside_held(title: &str) -> String {
    format!("Your {title} is on hold at the moment. Nothing is needed of you until it goes on; this link stays good.")
}

/// How a matter ended, for somebody outside; the time follows.
pub(crate) fn outside_closed(closing: &str) -> String {
    format!("It was closed as {closing} ")
}
