//! Sound processes, and ways in which each can be broken so that its effect leaves unsigned.

use countersign_core::{
    definition::{
        AgentWork, Branch, Definition, Escalation, FieldKind, FieldSource, HumanStep, HumanVerb, Join, LookUpStep,
        Losers, Signer, Stage, Step, SystemStep, Track, WaitUntil, Who,
    },
    guard::Guard,
    time::Span,
};

use super::fields::fields;
use crate::{
    random::Random,
    samples::{agent, end, field, form, human, message, over, role, supplier, system, words},
};

/// Every way to break a process.
pub const BYPASSES: [&str; 14] = [
    "the approval comes after the call",
    "the approval stands on one branch only",
    "the approval is by another role",
    "the approval is in a track that the join does not wait for",
    "a return takes the approval back and goes past it",
    "an outside party decides after an escalation",
    "a form changes what was signed",
    "an agent changes what was signed",
    "a document that was signed is replaced",
    "another system changes what was signed",
    "a review stands where the approval was",
    "the call follows the rejection",
    "the approval is in the track beside the call",
    "the approval stands only where another call has failed",
];

const SENT: [&[&str]; 3] = [
    &["amount", "category", "receipt", "limit"],
    &["amount", "limit", "receipt", "category", "iban"],
    &["limit", "receipt", "category", "amount"],
];

/// The parts of a process that are put together, sound or broken.
struct Parts {
    approval: HumanStep,
    call: SystemStep,
    /// Steps that change nothing about it, one block for each place.
    around: Vec<Vec<Step>>,
}

/// A sound process: an approval, later the call that it signs, and other steps around them.
pub fn sound(random: &mut Random) -> Definition {
    let parts = parts(random);
    let [before, between, after, last] = <[Vec<Step>; 4]>::try_from(parts.around).unwrap();
    process([
        [before, vec![Step::Human(parts.approval)], between].concat(),
        [after, vec![Step::System(parts.call)], last].concat(),
    ])
}

/// A process with the bypass of this number.
pub fn broken(random: &mut Random, bypass: usize) -> Definition {
    let Parts { mut approval, mut call, around } = parts(random);
    let [mut before, mut between, mut after, mut last] = <[Vec<Step>; 4]>::try_from(around).unwrap();
    let by = |approval: &HumanStep| Step::Human(approval.clone());
    let provide = |fields: &[&str]| {
        Step::Human(HumanStep { fields: words(fields), ..human(HumanVerb::Provide, role("finance desk")) })
    };
    match bypass {
        0 => last.push(by(&approval)),
        1 => before.push(Step::Choice {
            branches: vec![Branch { guard: over("amount", "500"), steps: vec![by(&approval)] }],
            otherwise: Vec::new(),
        }),
        2 => {
            call.signer = Signer::Role { role: String::from("finance director") };
            before.push(by(&approval));
        }
        3 => {
            let review = Step::Human(human(HumanVerb::Review, role("finance desk")));
            let losers = random.of(&[Losers::Cancel, Losers::Finish]);
            before.push(split(vec![by(&approval)], vec![review], Join::Any { losers }));
        }
        4 => {
            let first = Guard::Missing { field: String::from("note") };
            let note = provide(&["note"]);
            before.push(Step::Choice {
                branches: vec![Branch { guard: first, steps: vec![by(&approval), note] }],
                otherwise: Vec::new(),
            });
            let back = Step::Return { stage: String::from("Sign"), at_most: 1, then: role("finance desk") };
            let review = HumanStep { on_rejected: vec![back], ..human(HumanVerb::Review, role("board")) };
            after.push(Step::Human(review));
        }
        5 => {
            let to = Who::Party { party: String::from("supplier") };
            approval.escalations.push(Escalation { after: Span::Days(30), to });
            before.push(by(&approval));
        }
        6 => {
            before.push(by(&approval));
            between.push(provide(&["amount"]));
        }
        7 => {
            before.push(by(&approval));
            let field = String::from("category");
            after.push(agent(AgentWork::Classify { field, subject: words(&["email"]) }));
        }
        8 => {
            before.push(by(&approval));
            after.push(provide(&["receipt"]));
        }
        9 => {
            before.push(by(&approval));
            after.push(Step::LookUp(LookUpStep {
                system: String::from("credit"),
                by: words(&["email"]),
                fields: words(&["limit"]),
                answer_within: Span::Hours(1),
                on_failure: role("finance desk"),
                failure: Vec::new(),
            }));
        }
        10 => {
            approval.verb = HumanVerb::Review;
            before.push(by(&approval));
        }
        11 => {
            approval.on_rejected = vec![Step::System(call.clone()), end("refused")];
            before.push(by(&approval));
        }
        12 => {
            let steps = vec![Step::System(call.clone())];
            before.push(split(vec![by(&approval)], steps, Join::All));
        }
        _ => {
            let check = SystemStep { failure: vec![by(&approval)], ..system("check", &["email"], Signer::Nobody) };
            before.push(Step::System(check));
        }
    }
    let calls = if matches!(bypass, 11 | 12) { Vec::new() } else { vec![Step::System(call)] };
    process([[before, between].concat(), [after, calls, last].concat()])
}

fn split(one: Vec<Step>, other: Vec<Step>, join: Join) -> Step {
    let track = |name: &str, steps| Track { name: name.to_owned(), steps };
    Step::Parallel { tracks: vec![track("one", one), track("other", other)], join }
}

fn parts(random: &mut Random) -> Parts {
    let by = random.of(&["finance lead", "board"]);
    let signer = if random.one_in(2) { Signer::Approver } else { Signer::Role { role: by.to_owned() } };
    let seats = 1 + random.below(2) as u8;
    let approval = HumanStep { seats, needed: seats, ..human(HumanVerb::Approve, role(by)) };
    let sent = random.of(&SENT);
    let around = (0..4).map(|_| (0..random.below(3)).map(|_| harmless(random)).collect()).collect();
    Parts { approval, call: system("bank", sent, signer), around }
}

fn harmless(random: &mut Random) -> Step {
    match random.below(5) {
        0 => Step::Human(human(HumanVerb::Review, role("finance desk"))),
        1 => Step::Wait { until: WaitUntil::Passed { span: Span::Hours(1) } },
        2 => message(Who::Requester, "we are at it", Signer::Nobody),
        3 => {
            let fields = words(&["remark"]);
            Step::Human(HumanStep { fields, ..human(HumanVerb::Do, role("finance desk")) })
        }
        _ => Step::Choice {
            branches: vec![Branch {
                guard: over("amount", "900"),
                steps: vec![Step::Human(human(HumanVerb::Review, role("finance desk")))],
            }],
            otherwise: Vec::new(),
        },
    }
}

fn process(stages: [Vec<Step>; 2]) -> Definition {
    let [sign, mut pay] = stages;
    pay.push(end("done"));
    let stage = |name: &str, steps| Stage { name: name.to_owned(), steps };
    let source = FieldSource::System { system: String::from("credit") };
    Definition {
        starter: String::from("employee"),
        accountable: String::from("controller"),
        fields: fields([field("remark", FieldKind::Text, form(false)), field("limit", FieldKind::Money, source)]),
        prohibitions: Vec::new(),
        stages: vec![stage("Sign", sign), stage("Pay", pay)],
        ..supplier()
    }
}
