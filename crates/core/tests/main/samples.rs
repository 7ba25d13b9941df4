//! Two hand-built processes and the people who take part in them.

use countersign_core::{
    definition::{
        AgentStep, AgentWork, Branch, CheckStep, Definition, Escalation, Field, FieldKind, FieldSource, HumanStep,
        HumanVerb, Join, MessageStep, MessageText, Party, Prohibition, Signer, Stage, Step, SystemStep, Track,
        Visibility, WaitUntil, Who, Withdrawal,
    },
    guard::{Guard, Relation, Term},
    people::{Absence, Directory, Person},
    time::{Calendar, DAY_MS, HOUR_MS, Span, Timestamp},
    value::{Money, Value},
};

/// Monday 2026-03-02, 09:00 UTC: the hour from which scenarios count.
pub const START: i64 = 1_772_442_000_000;

pub fn role(role: &str) -> Who {
    Who::Role { role: role.to_owned() }
}

pub fn field(name: &str, kind: FieldKind, source: FieldSource) -> Field {
    let required = matches!(source, FieldSource::Form { .. });
    Field { name: name.to_owned(), label: name.replace('_', " "), kind, required, source }
}

pub fn form(start: bool) -> FieldSource {
    FieldSource::Form { form: String::from("form"), start }
}

pub fn read_from(document: &str) -> FieldSource {
    FieldSource::Document { document: document.to_owned() }
}

pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub fn human(verb: HumanVerb, who: Who) -> HumanStep {
    HumanStep {
        verb,
        who,
        subject: String::from("the case"),
        fields: Vec::new(),
        seats: 1,
        needed: 1,
        due: Span::WorkingDays(2),
        remind_every: None,
        escalations: Vec::new(),
        on_rejected: Vec::new(),
        accountable: None,
    }
}

pub fn end(closing: &str) -> Step {
    Step::End { closing: closing.to_owned() }
}

pub fn message(to: Who, template: &str, signer: Signer) -> Step {
    let text = MessageText::Template { template: template.to_owned() };
    Step::Message(MessageStep { to, text, signer })
}

pub fn agent(work: AgentWork) -> Step {
    Step::Agent(AgentStep { work, on_unsure: role("finance desk"), due: Span::WorkingDays(1) })
}

pub fn system(system: &str, payload: &[&str], signer: Signer) -> SystemStep {
    SystemStep {
        operation: String::from("create"),
        system: system.to_owned(),
        payload: words(payload),
        signer,
        at_most_once: false,
        answer_within: Span::Hours(1),
        on_failure: role("finance desk"),
        failure: Vec::new(),
        accountable: None,
    }
}

pub fn compare(left: &str, relation: Relation, right: Term) -> Guard {
    Guard::Compare { left: Term::Field { field: left.to_owned() }, relation, right }
}

pub fn over(name: &str, amount: &str) -> Guard {
    let value = Value::Money(Money::parse(amount, "EUR").unwrap());
    compare(name, Relation::Over, Term::Literal { value })
}

fn stage(name: &str, steps: Vec<Step>) -> Stage {
    Stage { name: name.to_owned(), steps }
}

fn definition(id: &str, starter: &str, accountable: &str) -> Definition {
    Definition {
        prohibitions: vec![Prohibition::ApproverIs { who: Who::Requester }],
        ..Definition::empty(id, starter, accountable)
    }
}

fn approval(who: Who) -> Step {
    let told = MessageStep { to: Who::Requester, text: MessageText::Reason, signer: Signer::Nobody };
    Step::Human(HumanStep {
        escalations: vec![Escalation { after: Span::WorkingDays(4), to: role("finance director") }],
        on_rejected: vec![Step::Message(told), end("rejected")],
        ..human(HumanVerb::Approve, who)
    })
}

/// An employee claims an expense: read, check, correct, classify, approve by amount, pay, tell.
pub fn claim() -> Definition {
    let correct =
        HumanStep { fields: words(&["amount", "day", "receipt"]), ..human(HumanVerb::Provide, Who::Requester) };
    let back = Step::Return { stage: String::from("Check"), at_most: 2, then: role("finance desk") };
    let same = compare("amount", Relation::Same, Term::Field { field: String::from("receipt.total") });
    let recent = Guard::AtMostDaysAgo { field: String::from("day"), days: 90 };
    let fields = words(&["receipt.total"]);
    let check = vec![
        agent(AgentWork::Extract { document: String::from("receipt"), fields }),
        Step::Check(CheckStep { guard: same, words: String::from("the amount is the total") }),
        Step::Check(CheckStep { guard: recent, words: String::from("the day is recent") }),
        Step::Choice {
            branches: vec![Branch { guard: Guard::CheckFailed, steps: vec![Step::Human(correct), back] }],
            otherwise: Vec::new(),
        },
        agent(AgentWork::Classify { field: String::from("category"), subject: words(&["merchant"]) }),
    ];
    let approve = vec![
        agent(AgentWork::Prepare { reader: Who::Approver }),
        Step::Choice {
            branches: vec![Branch { guard: over("amount", "500"), steps: vec![approval(role("finance lead"))] }],
            otherwise: vec![approval(Who::ManagerOfRequester)],
        },
    ];
    let pay = vec![
        Step::System(system("bank", &["amount", "iban", "category"], Signer::Approver)),
        message(Who::Requester, "Your claim of {amount} has been paid", Signer::Nobody),
        end("paid"),
    ];
    let options = words(&["travel", "meals", "other"]);
    Definition {
        successes: words(&["paid"]),
        fields: vec![
            field("merchant", FieldKind::Text, form(true)),
            field("amount", FieldKind::Money, form(true)),
            field("day", FieldKind::Date, form(true)),
            field("iban", FieldKind::Iban, form(true)),
            field("receipt", FieldKind::Document, form(true)),
            field("receipt.total", FieldKind::Money, read_from("receipt")),
            field("category", FieldKind::Choice { options }, FieldSource::Agent),
        ],
        visibility: vec![Visibility {
            field: String::from("receipt"),
            readers: vec![Who::Requester, Who::Approver, role("finance desk")],
        }],
        stages: vec![stage("Check", check), stage("Approval", approve), stage("Payment", pay)],
        withdrawal: Some(Withdrawal {
            before_stage: Some(String::from("Approval")),
            closing: String::from("withdrawn"),
        }),
        ..definition("claim", "employee", "controller")
    }
}

/// A buyer takes on a supplier: two tracks that join, two of the board sign, a system call, a wait, a message.
pub fn supplier() -> Definition {
    let ask = HumanStep {
        fields: words(&["iban", "tax_id"]),
        ..human(HumanVerb::Provide, Who::Party { party: String::from("supplier") })
    };
    let rate = HumanStep { fields: words(&["rating"]), ..human(HumanVerb::Do, role("quality")) };
    let until = WaitUntil::Message {
        name: String::from("credit report"),
        within: Span::Days(1),
        otherwise: role("procurement lead"),
    };
    let sign = HumanStep {
        seats: 2,
        needed: 2,
        remind_every: Some(Span::Days(1)),
        on_rejected: vec![end("declined")],
        ..human(HumanVerb::Approve, role("board"))
    };
    let tracks = vec![
        Track { name: String::from("data"), steps: vec![Step::Human(ask)] },
        Track { name: String::from("quality"), steps: vec![Step::Human(rate), Step::Wait { until }] },
    ];
    let board = || Signer::Role { role: String::from("board") };
    let party = || Who::Party { party: String::from("supplier") };
    let create = vec![
        Step::System(system("erp", &["name", "iban", "rating"], board())),
        Step::Wait { until: WaitUntil::Passed { span: Span::Hours(2) } },
        message(party(), "Welcome, {name}", Signer::Approver),
        end("onboarded"),
    ];
    Definition {
        successes: words(&["onboarded"]),
        fields: vec![
            field("name", FieldKind::Text, form(true)),
            field("email", FieldKind::Email, form(true)),
            field("iban", FieldKind::Iban, form(false)),
            field("tax_id", FieldKind::Text, form(false)),
            field("rating", FieldKind::Number, form(false)),
        ],
        parties: vec![Party { name: String::from("supplier"), email: String::from("email") }],
        stages: vec![
            stage("Gather", vec![Step::Parallel { tracks, join: Join::All }]),
            stage("Decision", vec![Step::Human(sign)]),
            stage("Entry", create),
        ],
        ..definition("supplier", "buyer", "procurement lead")
    }
}

/// The people. Lea is away on the second and third day, and Sam stands in for her.
pub fn people() -> Directory {
    let mut directory = Directory::default();
    for (id, roles, manager) in [
        ("ana", "employee", Some("mia")),
        ("mia", "employee", None),
        ("sam", "employee", Some("mia")),
        ("lea", "finance lead, employee", Some("dan")),
        ("leo", "finance lead", None),
        ("dan", "finance director", None),
        ("fin", "finance desk", None),
        ("fee", "finance desk", None),
        ("off", "finance desk, employee, finance lead", None),
        ("con", "controller", None),
        ("root", "administrator", None),
        ("bo", "buyer, board", None),
        ("pia", "procurement lead", None),
        ("qi", "quality", None),
        ("bea", "board", None),
        ("ben", "board", None),
    ] {
        let person = Person {
            name: id.to_owned(),
            email: format!("{id}@example.org"),
            roles: roles.split(", ").map(str::to_owned).collect(),
            manager: manager.map(str::to_owned),
            absences: Vec::new(),
            disabled: id == "off",
        };
        directory.people.insert(id.to_owned(), person);
    }
    let away = Absence {
        from: Timestamp(START + DAY_MS),
        until: Timestamp(START + 3 * DAY_MS),
        substitute: String::from("sam"),
    };
    directory.people.get_mut("lea").unwrap().absences.push(away);
    directory
}

/// Monday to Friday, 09:00 to 17:00 UTC, for four weeks.
pub fn calendar() -> Calendar {
    let days = (0..28).filter(|day| day % 7 < 5);
    let working = days.map(|day| {
        let start = START + day * DAY_MS;
        (Timestamp(start), Timestamp(start + 8 * HOUR_MS))
    });
    Calendar { zone: String::from("UTC"), working: working.collect(), offsets: Vec::new() }
}
