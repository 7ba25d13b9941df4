//! Why an agent's answer may not stand alone, and what becomes of it.

use countersign_core::{
    definition::{CitedExample, RightAnswer},
    proposal::{Cascade, StageAnswer},
};

pub(crate) const REASON_WITHHELD: &str = crate::resource::REASON_WITHHELD;
pub(crate) const CANNOT_TELL: &str = "The agent cannot tell from what it was shown.";
pub(crate) const NOTHING_FITS: &str = "The agent found no word of the list that fits.";
pub(crate) const NOT_CERTIFIED: &str =
    "Agents have not yet been measured on enough cases here to decide this alone, so a person confirms it.";
pub(crate) const FOR_PEOPLE: &str = "Here an agent never decides this alone, however sure it is: a person confirms it.";
pub(crate) const BELOW_THRESHOLD: &str = "The agent is less sure here than it has to be to go on alone.";
pub(crate) const AUDIT: &str =
    "This one was drawn by lot, to check on the agent: whoever decides is told what it said only afterwards.";
pub(crate) const HELD: &str = "somebody is asked, to check on the agent";
pub(crate) const WENT_AHEAD: &str = "It went ahead.";
pub(crate) const OFFLINE: &str = "the built-in reader";

/// It went ahead where it chooses a path.
pub(crate) fn under_certificate(labels: u64) -> String {
    match labels {
        0 => "It went ahead without a person, under its certificate.".to_owned(),
        labels => {
            format!("It went ahead without a person, under a certificate that rests on {labels} decisions of people.")
        }
    }
}

/// What an agent said stays untold while somebody is asked the same.
pub(crate) fn withheld(engine: &str) -> String {
    format!("{engine} answered; what it said is told once a person has decided without knowing it")
}

/// How what an agent had said compares with what a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Same {
    /// It had said the same.
    Said,
    /// It had given another mark, on the same side of every cut-off.
    Way,
    /// It had said something else.
    Nothing,
}

/// What it had said, once the person has decided; without the word for whoever may not see it.
pub(crate) fn revealed(said: Option<&str>, same: Same) -> String {
    match (said, same) {
        (Some(said), Same::Said) => format!("The agent had said “{said}” as well."),
        (Some(said), Same::Way) => format!("The agent had said “{said}”, with which the case goes the same way."),
        (Some(said), Same::Nothing) => format!("The agent had said “{said}”: the check found it wrong."),
        (None, Same::Said) => "The agent had said the same.".to_owned(),
        (None, Same::Way) => "With what the agent had said the case goes the same way.".to_owned(),
        (None, Same::Nothing) => "The agent had said something else: the check found it wrong.".to_owned(),
    }
}

/// The same for a judgement.
pub(crate) fn judged(holds: bool, same: bool) -> String {
    let said = if holds { "that it holds" } else { "that it does not hold" };
    if same {
        format!("The agent had said {said}, too.")
    } else {
        format!("The agent had said {said}: the check found it wrong.")
    }
}

/// Which example a case is said to be like, and what is right for that.
pub(crate) fn like(cited: &CitedExample) -> String {
    let right = match cited.example.answer {
        RightAnswer::Pass => "which passes",
        RightAnswer::Fail => "which fails",
        RightAnswer::CannotTell => "of which it cannot be told",
    };
    format!("It is like example {}, {right}", cited.number)
}

/// The same with the words of the example.
pub(crate) fn like_in_full(cited: &CitedExample) -> String {
    let because = match cited.example.because.as_str() {
        "" => String::new(),
        because => format!(" ({because})"),
    };
    format!("{}: “{}”{because}.", like(cited), cited.example.text)
}

/// Which stage of several answered.
pub(crate) fn as_stage(engine: &str, stage: &str) -> String {
    format!("{engine}, as the stage “{stage}”,")
}

/// Which stages were asked, in their order, and how sure each was.
pub(crate) fn stages(cascade: &Cascade) -> String {
    let asked = cascade.stages.iter().filter_map(|stage| {
        let sure = match (&stage.asked, stage.engine.as_str()) {
            (Some(StageAnswer { said: None, .. }), _) => "nothing to say".to_owned(),
            (Some(StageAnswer { score: Some(score), .. }), _) => format!("{} % sure", score / 10),
            (Some(_), _) => "cannot say how sure".to_owned(),
            (None, "nobody") => "no answer".to_owned(),
            (None, _) => return None,
        };
        Some(format!("{} ({sure})", stage.name))
    });
    format!("Asked in this order: {}.", asked.collect::<Vec<_>>().join(", "))
}
