//! Fixed texts, and small phrases with one or two words to fill in.

pub(crate) mod agents;
pub(crate) mod beside;
pub(crate) mod criteria;
pub(crate) mod drawn;
pub(crate) mod earning;
pub(crate) mod inbox;
pub(crate) mod publication;
pub(crate) mod released;
pub(crate) mod said;
pub(crate) mod steering;
pub(crate) mod studio;
pub(crate) mod versions;
pub(crate) mod written;

use crate::web::format::{capital, counted};

/// Why a sign-off no longer counts after a return.
pub(crate) const SENT_BACK: &str = "the case went back";

/// How the program calls itself.
pub(crate) const PROGRAM: &str = "Countersign";

/// Where a filled text comes from.
pub(crate) fn template(name: &str) -> String {
    format!("the template “{name}”")
}

/// A name with its article: `the finance lead`. Names that bring their own keep it.
pub(crate) fn the(name: &str) -> String {
    if name.starts_with("the ") { name.to_owned() } else { format!("the {name}") }
}

/// A name with its article at the start of a sentence.
pub(crate) fn capital_the(name: &str) -> String {
    capital(&the(name))
}

/// Somebody who is away, with who decides for them.
pub(crate) fn stood_in_for(name: &str, substitute: &str) -> String {
    format!("{name} ({substitute} stands in)")
}

/// Whoever owns a value of a field.
pub(crate) fn owner_of(field: &str) -> String {
    format!("the owner of {field}")
}

/// The manager of somebody.
pub(crate) fn manager_of(whom: &str) -> String {
    format!("the manager of {whom}")
}

/// A case by its number.
pub(crate) fn case_number(number: u64) -> String {
    format!("Case {number}")
}

/// Words of the status sentence.
pub(crate) mod status {
    pub(crate) const UNOPENED: &str = "Not opened yet.";
    pub(crate) const MOVES_BY_ITSELF: &str = "Going on by itself; nobody needs to do anything.";
    pub(crate) const AN_AGENT: &str = "An agent is at work";
    pub(crate) const NOTHING_TO_DO: &str = "; nobody needs to do anything.";
}

pub(crate) mod follows;

/// Words of doubts and engines.
pub(crate) mod doubt;

/// Words of findings.
pub(crate) mod finding {
    pub(crate) const AGREES: &str = "Agrees";
    pub(crate) const DIFFERS: &str = "Does not agree";
    pub(crate) const CANNOT_TELL: &str = "Cannot be told";
}

/// Words of the timeline.
pub(crate) mod timeline {
    pub(crate) const HELD_BACK: &str = "what was signed has changed, so it is asked for again before anything is sent";
    pub(crate) const NO_AGENT: &str = "no agent could answer, so it goes on without";
    pub(crate) const WAIT_OVER: &str = "The time to wait was over.";

    /// A template was filled in; the digest is the one that sign-offs hold.
    pub(crate) fn filled_in(field: &str, template: &str, digest: &str) -> String {
        let begins = digest.get(..12).unwrap_or(digest);
        format!("{} was filled in from {} (digest {begins}).", super::capital_the(field), super::template(template))
    }

    /// A document that was not read. Most reasons say by themselves that it was not.
    pub(crate) fn unread(name: &str, why: &str) -> String {
        if why.contains("not read") { format!("{name}: {why}.") } else { format!("{name} was not read: {why}.") }
    }

    pub(crate) fn sent_back(by: &str) -> String {
        format!("The sign-off of {by} no longer counts, because the case went back.")
    }

    pub(crate) fn voided(by: &str, field: &str) -> String {
        format!("The sign-off by {by} no longer holds, because {field} has changed; it is asked for again.")
    }

    pub(crate) fn incident(what: &str, next: &str) -> String {
        crate::web::understood::quoted(&format!(
            "It is stuck: {}. Next: {}.",
            what.trim_end_matches('.'),
            next.trim_end_matches('.')
        ))
    }

    pub(crate) fn dropped(fields: &str) -> String {
        format!("Its quote for {fields} does not stand in the document, so that was left out.")
    }
}

/// Words of the frame around every page.
pub(crate) mod layout {
    pub(crate) const INBOX: &str = "Inbox";
    pub(crate) const REQUESTS: &str = "My requests";
    pub(crate) const CASES: &str = "All cases";
    pub(crate) const PROCESSES: &str = "Processes";
    pub(crate) const PEOPLE: &str = "People";
    pub(crate) const AGENTS: &str = "Agents";
    pub(crate) const NAVIGATION: &str = "Main";
    pub(crate) const SIGN_OUT: &str = "Sign out";
    pub(crate) const SKIP: &str = "Skip to the content";
    pub(crate) const DEMO: &str = "Demo: you are";
    pub(crate) const DEMO_SWITCH: &str = "Switch";
    pub(crate) const DEMO_KEEP: &str = "Keep this, remove the samples";
    pub(crate) const KEYS: &str = "Keys";
    pub(crate) const KEYS_CLOSE: &str = "Close";
    pub(crate) const PALETTE: &str = "Go to or do";
    pub(crate) const PALETTE_HINT: &str = "Type a page or a command";

    /// Keys and what they do, as the help lists them.
    pub(crate) const KEY_LIST: [(&str, &str); 11] = [
        ("j, k", "next, previous"),
        ("Enter", "open"),
        ("a", "approve, or the first button"),
        ("e", "edit and approve"),
        ("q", "ask a question"),
        ("r", "reject"),
        ("g i, g r, g c, g p", "inbox, my requests, all cases, processes"),
        ("/", "search"),
        ("Ctrl K", "go to or do anything"),
        ("?", "this list"),
        ("Esc", "close"),
    ];
}

/// Words of the task page.
pub(crate) mod task {
    /// The longest value that the first sentence repeats, in characters.
    pub(crate) const TELLING_AT_MOST: usize = 40;
    /// How many values the first sentence repeats.
    pub(crate) const TELLING_VALUES: usize = 3;
    /// How many values tell a case from others in a list.
    pub(crate) const TELLING_IN_LIST: usize = 2;

    pub(crate) const SCALE: &str = "The scale";

    /// What a substitute reads above a task.
    pub(crate) fn in_place_of(name: &str) -> String {
        format!("You stand in for {name}, who is away; the record names you both.")
    }

    /// Which marks can be given.
    pub(crate) fn between(low: i64, high: i64) -> String {
        format!("Every whole number from {low} to {high} can be given.")
    }

    /// The heading over a guideline.
    pub(crate) fn guideline(name: &str) -> String {
        format!("The guideline \u{201c}{name}\u{201d}")
    }

    pub(crate) const NO_CHECKS: &str = "";
    pub(crate) const REJECT: &str = "Reject with this reason";
    pub(crate) const SEND_ANSWER: &str = "Send the answer";
    pub(crate) const ANSWER_FOLLOWS: &str = "Then whoever asked is told, and decides.";
    pub(crate) const CLOSE_CASE: &str = "Close the case";
    pub(crate) const CLOSE_FOLLOWS: &str = "Then the case is over, and the requester is told your reason.";
    pub(crate) const TRY_FOLLOWS: &str = "Then the same step is tried again.";
    pub(crate) const TRY_UNKNOWN: &str =
        "It may have been done there already: look there first, or it may happen twice.";
    pub(crate) const DONE_THERE: &str = "It is done there: go on";
    pub(crate) const TRY_ONCE_MORE: &str = "Try once more";
    pub(crate) const GO_ON: &str = "Go on with the next step";
    pub(crate) const NOT_YET: &str = "Not yet";
    pub(crate) const NOT_YET_FOLLOWS: &str = "Then it stays here, and you are asked again later.";
    pub(crate) const HOLDS: &str = "Yes, it holds";
    pub(crate) const HOLDS_NOT: &str = "No, it does not";
    pub(crate) const HOLDS_NOT_FOLLOWS: &str =
        "Then the check counts as failed, and the case goes on as the text says.";
    pub(crate) const UNKNOWN_OUTCOME: &str =
        "It may have been done there all the same. Please look there before you choose.";
    pub(crate) const NOT_DONE: &str = "It was not done.";

    pub(crate) const REJECT_OPEN: &str = "Reject";
    pub(crate) const EDIT_OPEN: &str = "Edit and approve";
    pub(crate) const ASK_OPEN: &str = "Ask a question";
    pub(crate) const MORE_OPEN: &str = "Hand to somebody else";
    pub(crate) const CHANGE_OPEN: &str = "Choose another";
    pub(crate) const REASON: &str = "Why?";
    pub(crate) const REASON_HINT: &str = "The requester reads this.";
    pub(crate) const QUESTION: &str = "Your question";
    pub(crate) const SEND_QUESTION: &str = "Send the question";
    pub(crate) const ANSWER: &str = "Your answer";
    pub(crate) const DELEGATE_TO: &str = "To whom";
    pub(crate) const DELEGATE: &str = "Hand over";
    pub(crate) const CLAIM: &str = "Take it";
    pub(crate) const RELEASE: &str = "Give it back";
    pub(crate) const EDIT_LABEL: &str = "Save these values and approve";
    pub(crate) const EDIT_HINT: &str = "What you change is recorded under your name, and checked again first.";
    pub(crate) const VOID: &str = " It no longer counts.";
    pub(crate) const EDIT_FOLLOWS: &str = "As the values stand now:";

    /// What whoever approves other values learns before it counts.
    pub(crate) fn would_fail(checks: &[String]) -> String {
        format!(
            "With what you wrote below, this does not agree: {}. Nothing is recorded yet. Change it, or save it once \
             more to approve all the same.",
            checks.join("; ")
        )
    }

    pub(crate) const DATA: &str = "What is known";
    pub(crate) const CHECKS: &str = "What was checked";
    pub(crate) const PREPARED: &str = "Prepared";
    pub(crate) const QUESTIONS: &str = "Questions";
    pub(crate) const DECISION: &str = "Your decision";
    pub(crate) const QUEUE: &str = "Waiting for you";
    pub(crate) const BY_AGENT: &str = "by agent";
    pub(crate) const FROM: &str = "from";
    pub(crate) const READ_FROM: &str = "from the";
    pub(crate) const WHY: &str = "Why";
    pub(crate) const NEXT_BEST: &str = "Next best:";
    pub(crate) const SHOW_QUOTE: &str = "Show in the document";
    pub(crate) const AS_WORD: &str = "Download as a Word file";
    pub(crate) const NOT_GIVEN: &str = "not given";
    pub(crate) const NO_ANSWER_YET: &str = "No answer yet.";
    pub(crate) const DOWNLOAD: &str = "Download";
    pub(crate) const NO_TEXT: &str = "This file has no text that can be shown here. Download it to look at it.";
    pub(crate) const TASK_PREVIOUS: &str = "Decisions so far";

    pub(crate) const STALE_TITLE: &str = "This has changed since you opened it";
    pub(crate) const STALE: &str =
        "Nothing was recorded. Look at what changed, then decide again; what you typed is still here.";
    pub(crate) const STALE_FIELD: &str = "What";
    pub(crate) const STALE_BEFORE: &str = "You saw";
    pub(crate) const STALE_NOW: &str = "Now";
    pub(crate) const DECIDED_TITLE: &str = "This has already been decided";
    pub(crate) const DECIDED_NOTHING: &str = "What you sent was not recorded.";
    pub(crate) const CANCELLED: &str = "This is no longer needed.";
    pub(crate) const TO_NEXT: &str = "Go to the next one";
    pub(crate) const TO_CASE: &str = "Look at the case";
    pub(crate) const TO_INBOX: &str = "Back to the inbox";
    pub(crate) const NOTHING_NEXT: &str = "Nothing else waits for you.";
}

/// Words of the lists of cases.
pub(crate) mod cases {
    use crate::web::format::{capital, in_words};

    pub(crate) const REQUESTS_TITLE: &str = "My requests";
    pub(crate) const CASES_TITLE: &str = "All cases";
    pub(crate) const NUMBER: &str = "Number";
    pub(crate) const CASE: &str = "Case";
    pub(crate) const STATUS: &str = "Status";
    pub(crate) const OWNER: &str = "Waits for";
    pub(crate) const SINCE: &str = "Since";
    pub(crate) const SINCE_WORD: &str = "since";
    pub(crate) const DUE: &str = "Due";
    pub(crate) const SEARCH: &str = "Search";
    pub(crate) const SEARCH_HINT: &str = "Number, name or value";
    pub(crate) const FILTER: &str = "Which cases";
    pub(crate) const PROCESS: &str = "Process";
    pub(crate) const ANY_PROCESS: &str = "Every process";
    pub(crate) const OPEN: &str = "Open";
    pub(crate) const LATE: &str = "Late";
    pub(crate) const STUCK: &str = "Stuck";
    pub(crate) const CLOSED: &str = "Closed";
    pub(crate) const EVERY: &str = "All";
    pub(crate) const SHOW: &str = "Show";
    pub(crate) const MORE: &str = "Show more";
    pub(crate) const BY_ITSELF: &str = "Goes on by itself";
    pub(crate) const NONE_FOUND: &str = "No case fits. Try fewer words, or another filter.";
    pub(crate) const NONE_YET: &str = "You have not asked for anything yet. You can start with one of these:";
    pub(crate) const NONE_AT_ALL: &str =
        "There is no case yet. Anybody who may start a process can open the first one.";

    /// The first sentence of all cases.
    pub(crate) fn opening(open: usize, late: usize, stuck: usize) -> String {
        let late = if late == 0 { "none late".to_owned() } else { format!("{late} late") };
        let stuck = if stuck == 0 { "none stuck".to_owned() } else { format!("{stuck} stuck") };
        format!("{open} open, {late}, {stuck}.")
    }

    /// The first sentence of my requests.
    pub(crate) fn requests_opening(open: usize, for_you: usize) -> String {
        let rest = match for_you {
            0 => "none waits for you".to_owned(),
            1 => "one waits for you".to_owned(),
            many => format!("{} wait for you", in_words(many)),
        };
        match open {
            0 => "Nothing of yours is open.".to_owned(),
            1 if for_you == 1 => "One open; it waits for you.".to_owned(),
            open => format!("{} open; {rest}.", capital(&in_words(open))),
        }
    }
}

/// Words of the case page.
pub(crate) mod case {
    pub(crate) const OPENED_IT: &str = "opened the case";
    pub(crate) const DATA: &str = "Data";
    pub(crate) const DOCUMENTS: &str = "Documents";
    pub(crate) const NO_DOCUMENTS: &str = "No documents.";
    pub(crate) const TASKS: &str = "Tasks";
    pub(crate) const PEOPLE: &str = "People";
    pub(crate) const DECISIONS: &str = "Decisions";
    pub(crate) const NO_DECISIONS: &str = "Nobody has decided anything yet.";
    pub(crate) const TIMELINE: &str = "What happened";
    pub(crate) const EARLIER: &str = "Show what happened before";
    pub(crate) const LATEST: &str = "Show the latest";
    pub(crate) const HIDDEN: &str = "You may not see this.";
    pub(crate) const WITHDRAW_OPEN: &str = "Withdraw";
    pub(crate) const WITHDRAW: &str = "Withdraw the case";
    pub(crate) const WITHDRAW_HINT: &str = "Why? (may stay empty)";
    pub(crate) const INCIDENT: &str = "Stuck";
    pub(crate) const RESOLVE: &str = "Try again";
    pub(crate) const RESOLVE_HINT: &str = "Next:";
    pub(crate) const ACCOUNTABLE: &str = "Answers for the outcome:";
    pub(crate) const VOID: &str = "no longer holds:";
}

/// Words of forms.
pub(crate) mod form {
    pub(crate) const OPTIONAL: &str = "may stay empty";
    pub(crate) const CHOOSE: &str = "Choose one";
    pub(crate) const YES: &str = "Yes";
    pub(crate) const NO: &str = "No";
    pub(crate) const CURRENCY: &str = "Currency";
    pub(crate) const MONEY_HINT: &str = "Such as 412.50";
    pub(crate) const PERSON_HINT: &str = "Type a part of the name and choose from the list";
    pub(crate) const PERSON_TYPED: &str = "Their name or their e-mail address";
    pub(crate) const PEOPLE_HINT: &str = "One name on each line";
    pub(crate) const LIST_HINT: &str = "One item on each line";
    pub(crate) const DOCUMENT_HINT: &str =
        "Text, CSV, HTML, e-mail, PDF, DOCX and XLSX are read and checked; any other file is kept. At most 20 MB.";
    pub(crate) const KEPT: &str = "Already handed in:";
    pub(crate) const KEPT_HINT: &str = "Choose a file only to replace it.";
    pub(crate) const PROBLEM_TITLE: &str = "Please correct this first";
    pub(crate) const FILE_AGAIN: &str = "Browsers do not keep chosen files: please choose the file again.";

    pub(crate) fn start(title: &str) -> String {
        format!("Start: {title}")
    }

    pub(crate) fn submit(title: &str) -> String {
        format!("Hand in the {}", title.to_lowercase())
    }
}

/// Words of the process pages.
pub(crate) mod process {
    pub(crate) const TITLE: &str = "Processes";
    pub(crate) const START: &str = "Start one";
    pub(crate) const MAY_NOT_START: &str = "Only";
    pub(crate) const MAY_NOT_START_END: &str = "can start it.";
    pub(crate) const TEXT: &str = "The text, sentence by sentence";
    pub(crate) const NOTE: &str = "note";
    pub(crate) const NONE: &str = "No process has been published yet.";
    pub(crate) const NONE_NEXT: &str = "An administrator publishes one with:";
    pub(crate) const VERSION: &str = "Version";
    pub(crate) const CASES_OPEN: &str = "Open cases";

    pub(crate) fn answers(accountable: &str) -> String {
        format!(
            "{} answers for this process and may change it, and so may the administrators.",
            super::capital_the(accountable)
        )
    }

    pub(crate) fn opening(count: usize) -> String {
        super::counted(count, "process").replace("processs", "processes")
    }
}

/// Words of signing in.
pub(crate) mod sign_in {
    pub(crate) const TITLE: &str = "Sign in";
    pub(crate) const OPENING: &str = "Sign in to see what waits for you.";
    pub(crate) const NAME: &str = "Name or e-mail address";
    pub(crate) const PASSWORD: &str = "Password";
    pub(crate) const BUTTON: &str = "Sign in";
    pub(crate) const WRONG: &str =
        "Name and password do not fit together. Try again, or ask an administrator for a sign-in link.";
    pub(crate) const SLOW_DOWN: &str = "Too many attempts. Wait a minute, then try again.";
    pub(crate) const NO_PASSWORD: &str = "No password yet? An administrator can give you a sign-in link.";
    pub(crate) const LINK_TITLE: &str = "You are about to sign in";
    pub(crate) const LINK_BUTTON: &str = "Sign in with this link";
    pub(crate) const LINK_ONCE: &str = "The link works once.";
    pub(crate) const FIRST_TITLE: &str = "Create the first administrator";
    pub(crate) const FIRST_OPENING: &str = "This installation is empty. You will be its first administrator.";
    pub(crate) const FIRST_NAME: &str = "Your name";
    pub(crate) const FIRST_EMAIL: &str = "Your e-mail address";
    pub(crate) const FIRST_PASSWORD: &str = "A password for next time";
    pub(crate) const FIRST_BUTTON: &str = "Create and sign in";
    pub(crate) const PASSWORD_HINT: &str = "At least 10 characters; four words do well.";
}

/// Words of the page for somebody outside.
pub(crate) mod outside {
    pub(crate) const FROM: &str = "A page for you from";
    pub(crate) const NOTHING: &str = "Nothing is needed from you at the moment.";
    pub(crate) const WHERE: &str = "Where your matter stands";
    pub(crate) const ONLY: &str = "Whoever has this link can see this page, so please do not pass it on.";
    pub(crate) const UNTIL: &str = "The link works until";
    pub(crate) const GONE_TITLE: &str = "This link no longer works";
    pub(crate) const THANKS: &str = "Thank you, it has arrived.";
}

/// Words of the page of people.
pub(crate) mod people {
    pub(crate) const TITLE: &str = "People";
    pub(crate) const NAME: &str = "Name";
    pub(crate) const EMAIL: &str = "E-mail";
    pub(crate) const ROLES: &str = "Roles";
    pub(crate) const ROLES_HINT: &str = "Separated by commas, as the process texts write them";
    pub(crate) const MANAGER: &str = "Manager";
    pub(crate) const NO_MANAGER: &str = "none";
    pub(crate) const ADD: &str = "Add a person";
    pub(crate) const ADD_BUTTON: &str = "Add and make a sign-in link";
    pub(crate) const CHANGE: &str = "Change";
    pub(crate) const SAVE: &str = "Save";
    pub(crate) const NEW_LINK: &str = "Make a sign-in link";
    pub(crate) const LINK_FOR: &str = "Sign-in link for";
    pub(crate) const LINK_ONCE: &str = "It is shown only now and works once. Send it by a way that only they read.";
    pub(crate) const SHUT_OUT: &str = "Take away access";
    pub(crate) const LET_IN: &str = "Give access back";
    pub(crate) const SHUT: &str = "no access";
    pub(crate) const UNHELD: &str = "Roles that processes name and nobody holds:";

    pub(crate) fn opening(people: usize, roles: usize) -> String {
        format!(
            "{} with {}.",
            super::counted(people, "person").replace("persons", "people"),
            super::counted(roles, "role")
        )
    }
}

/// Words of the pages that say no.
pub(crate) mod error {
    pub(crate) const NOT_FOUND: &str = "There is nothing at this address";
    pub(crate) const NOT_FOUND_WHY: &str = "It may have been mistyped, or what stood here was removed.";
    pub(crate) const FORBIDDEN: &str = "You may not do this";
    pub(crate) const WHO_COULD: &str = "Who could:";
    pub(crate) const WHAT_NOW: &str = "What to do";
    pub(crate) const KEPT: &str = "What you typed";
    pub(crate) const EXPIRED: &str = "This page is too old to be sent";
    pub(crate) const EXPIRED_WHY: &str =
        "You have signed in again since it was opened, or it came from another site. Nothing was recorded.";
    pub(crate) const EXPIRED_NOW: &str = "Go back, reload the page and send it again.";
    pub(crate) const TOO_LARGE: &str = "The file is too large";
    pub(crate) const TOO_LARGE_WHY: &str = "A document may have at most 20 MB. Nothing was recorded.";
    pub(crate) const TOO_LARGE_NOW: &str = "Send a smaller file, such as a scan with a lower resolution.";
    pub(crate) const BROKEN: &str = "Something went wrong here";
    pub(crate) const BROKEN_WHY: &str =
        "Nothing that was acknowledged is lost. What you just sent may not have been recorded.";
    pub(crate) const BROKEN_NOW: &str = "Look at the case to see whether it was recorded, then try again. \
         If it stays, tell an administrator the reference below.";
    pub(crate) const BUSY: &str = "It could not be saved just now";
    pub(crate) const BUSY_WHY: &str = "The storage did not confirm it, so nothing was recorded.";
    pub(crate) const BUSY_NOW: &str = "Wait a moment, then send it again.";
    pub(crate) const REFERENCE: &str = "Reference:";
}
