//! Every page, made from a made-up case, checked for what each page owes its readers, and kept for looking at.

#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

use std::collections::{BTreeMap, BTreeSet};

use super::{
    owes::check,
    samples::{self, NOW},
};
use countersign::web::{
    catalogue::Words,
    format::{Numbers, Reader, Urgency},
    present::{CaseRights, Sight},
    sentence::Sentence,
    views::{
        case, cases, error, form, inbox,
        layout::{Demo, Shell},
        outside, people, process, sign_in, start, task,
    },
};
use countersign_core::{
    case::{Ask, Case, Decision, Incident, Outcome, Status, TakeOver, Task, TaskState},
    definition::{CitedExample, CriterionExample, Definition, Path, RightAnswer, Who},
    event::{Acting, Event, EventKind},
    people::Directory,
    proposal::Doubt,
    release::{Excess, Within},
    time::{Calendar, DAY_MS, HOUR_MS},
    value::{Money, Values},
};

struct World {
    definition: Definition,
    directory: Directory,
    calendar: Calendar,
    reader: Reader,
    hidden: BTreeSet<String>,
    texts: BTreeMap<String, String>,
    me: String,
}

impl World {
    fn new() -> Self {
        Self {
            definition: samples::definition(),
            directory: samples::directory(),
            calendar: samples::calendar(),
            reader: Reader::new("Europe/Berlin", NOW, Numbers::Point),
            hidden: BTreeSet::new(),
            texts: BTreeMap::from([("receipt".to_owned(), samples::RECEIPT.to_owned())]),
            me: "carla.ruiz".to_owned(),
        }
    }

    fn words(&self) -> Words<'_> {
        Words {
            definition: &self.definition,
            directory: &self.directory,
            calendar: &self.calendar,
            reader: &self.reader,
            hidden: &self.hidden,
        }
    }

    fn sight<'a>(&'a self, case: &'a Case) -> Sight<'a> {
        Sight { words: self.words(), case, reader: &self.me, texts: &self.texts }
    }

    fn task_view(
        &self,
        case: &Case,
        number: u32,
        state: impl FnOnce(&Sight<'_>, &Task) -> task::State,
    ) -> task::TaskView {
        let sight = self.sight(case);
        let task = case.task(number).unwrap();
        let words = self.words();
        let with_document = matches!(task.ask, Ask::Approve { .. } | Ask::Review | Ask::Confirm { .. });
        task::TaskView {
            label: task.label(case),
            case: case.number,
            process: self.definition.title.clone(),
            title: words.task_title(case, task),
            question: words.question(case, task),
            grounds: words.grounds(case, task),
            owner: words.owner(case, task),
            urgency: self.reader.urgency(task.due_at),
            then: words.then(case, task),
            in_place_of: None,
            claim: task::Claim::Take,
            state: state(&sight, task),
            scale: sight.scale(task),
            guideline: sight.guideline(task),
            summary: case.summary.clone(),
            findings: sight.findings(),
            fields: sight.fields(),
            documents: if with_document { sight.documents() } else { Vec::new() },
            questions: sight.questions(task),
            decisions: Vec::new(),
            queue: self.rows(),
        }
    }

    fn rows(&self) -> Vec<inbox::InboxRow> {
        let shape = [
            (1038, "Buro Klee", 8_990, -DAY_MS),
            (1042, "Hotel Adler", 41_250, DAY_MS + 2 * HOUR_MS),
            (1044, "Bahn", 12_780, 5 * HOUR_MS),
            (1051, "Druckerei Sommer und Sohn", 129_900, 2 * DAY_MS),
            (1053, "Cafe am Park", 3_140, 9 * DAY_MS),
        ];
        let row = |(number, merchant, minor, due): (u64, &str, i64, i64)| {
            let mut case = samples::case();
            case.number = number;
            case.tasks[0].due_at = NOW.plus_ms(due);
            case.fields.get_mut("merchant").unwrap().value = countersign_core::value::Value::text(merchant);
            let money = countersign_core::value::Money { minor, currency: "EUR".to_owned() };
            case.fields.get_mut("amount").unwrap().value = countersign_core::value::Value::Money(money);
            self.sight(&case).inbox_row(&case.tasks[0])
        };
        let mut rows = shape.map(row).to_vec();
        rows[0].taken = true;
        rows.sort_by_key(|row| row.urgency);
        rows
    }
}

pub fn shell() -> Shell {
    Shell {
        person: "Carla Ruiz".to_owned(),
        administrator: true,
        waiting: 5,
        csrf: "token".to_owned(),
        demo: Some(Demo {
            people: [("ben.kahn", "Ben Kahn, employee"), ("carla.ruiz", "Carla Ruiz, finance lead")]
                .map(|(id, name)| (id.to_owned(), name.to_owned()))
                .to_vec(),
            person: "carla.ruiz".to_owned(),
            back: "/inbox".to_owned(),
        }),
        message: None,
    }
}

fn decide(sight: &Sight<'_>, task: &Task) -> task::State {
    let mut decision = sight.decision(task, Some("EUR"));
    if matches!(task.ask, Ask::Approve { .. }) {
        decision.delegates = vec![task::Delegate { id: "emil.varga".to_owned(), name: "Emil Varga".to_owned() }];
    }
    task::State::Decide(Box::new(decision))
}

#[test]
fn the_inbox() {
    let world = World::new();
    let view = inbox::InboxView { waiting: 5, late: 1, today: 1, rows: world.rows(), ..Default::default() };
    check("inbox", &inbox::page(&shell(), &view).into_string());
    let elsewhere = vec![("/processes/expense-claim/start".to_owned(), "Start an expense claim".to_owned())];
    let empty = inbox::InboxView { elsewhere, ..Default::default() };
    let mut shell = shell();
    shell.waiting = 0;
    shell.demo = None;
    shell.message = Some(Sentence::from("You approved the claim of Ben Kahn. Nothing else waits for you."));
    let page = inbox::page(&shell, &empty).into_string();
    assert!(page.contains("Nothing waits for you."));
    check("inbox-empty", &page);
}

#[test]
fn an_approval() {
    let world = World::new();
    let case = samples::case();
    let page = task::page(&shell(), &world.task_view(&case, 1, decide)).into_string().replace('\u{a0}', " ");
    assert!(page.contains("Approve and create a payment of 412.50 EUR"));
    assert!(
        page.contains("Then the bank system is called to create a payment; Ben Kahn is told; the case closes as paid.")
    );
    assert!(page.contains("Then Ben Kahn is told your reason; the case closes as rejected."));
    assert!(page.contains("which may also be 2 March 2026"));
    check("task", &page);
}

#[test]
fn other_tasks() {
    let world = World::new();
    let asks = [
        ("provide", Ask::Provide { fields: vec!["merchant".into(), "amount".into(), "receipt".into()] }, vec![0, 0]),
        ("confirm", Ask::Confirm { field: "category".into(), why: Some(Doubt::NotCertified) }, vec![0, 0]),
        ("answer", Ask::Answer { of: 1, question: "Was breakfast part of the room price?".into() }, vec![1, 0]),
        ("take-over", Ask::TakeOver { why: failed() }, vec![2, 0]),
        ("held", Ask::TakeOver { why: held() }, vec![2, 0]),
    ];
    for (name, ask, path) in asks {
        let mut case = samples::case();
        case.tasks.push(samples::task(2, &path, ask, samples::role("finance desk")));
        check(&format!("task-{name}"), &task::page(&shell(), &world.task_view(&case, 2, decide)).into_string());
    }
}

fn failed() -> TakeOver {
    TakeOver::SystemFailed {
        system: "bank system".to_owned(),
        error: "no answer within 1 hour".to_owned(),
        outcome_unknown: true,
        key: "case_1/2.0/1/0".to_owned(),
    }
}

fn held() -> TakeOver {
    let euro = |minor: i64| Money { minor, currency: "EUR".to_owned() };
    let (carries, limit, released) = (euro(41_250), euro(100_000), euro(90_000));
    TakeOver::Held {
        system: "bank system".to_owned(),
        why: Excess::Over { carries, limit, within: Within::Day, released },
        outcome_unknown: false,
        key: "case_1/2.0/1/0".to_owned(),
    }
}

#[test]
fn a_judgement_says_which_examples_the_case_is_like() {
    let world = World::new();
    let mut case = samples::case();
    let text = "Two tickets for the theatre,\non a Saturday evening";
    let example = CriterionExample { text: text.to_owned(), answer: RightAnswer::Fail, because: "private".to_owned() };
    let finding = case.findings.values_mut().last().unwrap();
    finding.examples = vec![CitedExample { number: 2, example }];
    let decide = |sight: &Sight<'_>, task: &Task| task::State::Decide(Box::new(sight.decision(task, None)));
    let page = task::page(&shell(), &world.task_view(&case, 1, decide)).into_string();
    for words in ["It is like example 2, which fails", text, "private"] {
        assert!(page.contains(words), "`{words}`: {page}");
    }
    check("task-examples", &page);
}

#[test]
fn a_page_gone_stale_and_a_task_already_decided() {
    let world = World::new();
    let case = samples::case();
    let changed = |sight: &Sight<'_>, task: &Task| {
        let mut decision = sight.decision(task, None);
        decision.typed.reason = "The breakfast is not covered.".to_owned();
        let change = task::Change {
            what: "amount".to_owned(),
            before: "412.50 EUR".to_owned(),
            now: "376.50 EUR".to_owned(),
            by: Sentence::new("Dora Lenz, ").moment(world.reader.at(NOW.plus_ms(-60_000))),
        };
        task::State::Changed(vec![change], Box::new(decision))
    };
    let page = task::page(&shell(), &world.task_view(&case, 1, changed)).into_string();
    assert!(page.contains("The breakfast is not covered."), "what was typed is still there");
    check("task-stale", &page);
    let decided = decided_case();
    let settled = |sight: &Sight<'_>, task: &Task| {
        task::State::Settled(sight.settled(task, true, Some("1044-1".into())).unwrap())
    };
    let page = task::page(&shell(), &world.task_view(&decided, 1, settled)).into_string();
    assert!(page.contains("Emil Varga for Carla Ruiz rejected the claim"));
    check("task-decided", &page);
}

fn decided_case() -> Case {
    let mut case = samples::case();
    let decision = Decision {
        by: "emil.varga".to_owned(),
        standing_for: Some("carla.ruiz".to_owned()),
        outcome: Outcome::Rejected,
        reason: Some("Breakfast is not covered by the guideline.".to_owned()),
        shown: "d".to_owned(),
        edited: Vec::new(),
        at: NOW.plus_ms(-HOUR_MS),
    };
    case.tasks[0].seats = vec![Some(decision)];
    case.tasks[0].state = TaskState::Closed { outcome: Outcome::Rejected, at: NOW.plus_ms(-HOUR_MS) };
    case
}

#[test]
fn a_case_with_its_timeline() {
    let world = World::new();
    let mut case = samples::case();
    let before = Case::unopened("case_1");
    let opened = Event::new(
        case.opened_at,
        Acting::person("ben.kahn"),
        EventKind::CaseOpened { number: 1042, values: Values::new(), documents: case.documents.clone() },
    );
    let asked = Event::new(
        NOW.plus_ms(-20 * HOUR_MS),
        Acting::person("carla.ruiz"),
        EventKind::QuestionAsked { task: 1, question: "Was breakfast part of the room price?".to_owned() },
    );
    let words = world.words();
    let timeline: Vec<_> =
        [words.entry(&before, &opened, &case), words.entry(&case, &asked, &case)].into_iter().flatten().collect();
    let rights = CaseRights { may_withdraw: true, may_resolve: true };
    let view = world.sight(&case).case_view(&timeline, &|_| true, rights);
    let page = case::page(&shell(), &view).into_string();
    assert!(
        view.status.to_string().starts_with("Waiting for the finance lead since yesterday; due tomorrow at"),
        "{}",
        view.status
    );
    assert!(timeline[0].what.starts_with("Ben Kahn opened the case with adler"));
    check("case", &page);
    case.incidents.push(Incident {
        number: 1,
        path: Path(vec![2, 0]),
        what: "the bank system's address is not configured".to_owned(),
        next_action: "add it to the configuration, then try again".to_owned(),
        since: NOW.plus_ms(-2 * DAY_MS),
        resolved_at: None,
    });
    let view = world.sight(&case).case_view(&timeline, &|_| false, rights);
    assert!(view.status.to_string().starts_with("Stuck at the bank system since Monday"), "{}", view.status);
    check("case-stuck", &case::page(&shell(), &view).into_string());
}

#[test]
fn lists_of_cases() {
    let world = World::new();
    let row = |number: u64, change: &dyn Fn(&mut Case)| {
        let mut case = samples::case();
        case.number = number;
        change(&mut case);
        world.sight(&case).case_row()
    };
    let rows = vec![
        row(1042, &|_| {}),
        row(1038, &|case| case.tasks[0].due_at = NOW.plus_ms(-3 * DAY_MS)),
        row(1044, &|case| case.tasks[0].who = Who::Requester),
        row(1021, &|case| {
            case.status = Status::Closed { closing: "paid".into(), success: true, at: NOW.plus_ms(-9 * DAY_MS) };
            case.tasks.clear();
        }),
    ];
    let view = cases::CasesView {
        open: 84,
        late: 5,
        stuck: 1,
        processes: vec![("a".into(), "Expense claim".into()), ("b".into(), "Vendor onboarding".into())],
        more: Some("/cases?after=1021".into()),
        rows: rows.clone(),
        ..Default::default()
    };
    check("cases", &cases::page(&shell(), &view).into_string());
    let own = cases::CasesView { own: true, open: 2, for_reader: 1, rows, ..Default::default() };
    check("requests", &cases::page(&shell(), &own).into_string());
    let startable = vec![("expense-claim".into(), "Expense claim".into())];
    let none = cases::CasesView { own: true, startable, ..Default::default() };
    check("requests-empty", &cases::page(&shell(), &none).into_string());
}

#[test]
fn forms() {
    let world = World::new();
    let case = Case::unopened("case_2");
    let follows = world.words().starts_with("ben.kahn");
    let blank: Vec<_> = world
        .definition
        .start_fields()
        .map(|field| form::FormField::of(field, case.value(&field.name), Some("EUR")))
        .collect();
    let mut view = start::StartView {
        process: "expense-claim".into(),
        title: "Expense claim".into(),
        follows,
        fields: blank,
        key: "k".into(),
    };
    check("start", &start::page(&shell(), &view).into_string());
    view.fields[0].value = "Hotel Adler".into();
    view.fields[1].value = "four hundred".into();
    view.fields[1].problem = Some("The amount has to be a number such as 412.50; “four hundred” is not.".into());
    view.fields[4].problem = Some("The receipt is missing.".into());
    let page = start::page(&shell(), &view).into_string();
    assert!(page.contains("value=\"four hundred\""), "what was typed is still there");
    check("start-problems", &page);
}

#[test]
fn processes() {
    let row = |starter: Option<&str>| process::ProcessRow {
        id: "expense-claim".into(),
        title: "Expense claim".into(),
        doing: Sentence::from("38 open; half finish within 3 days."),
        starter: starter.map(str::to_owned),
    };
    check("processes", &process::list(&shell(), &[row(None), row(Some("the purchasing desk"))]).into_string());
    check("processes-none", &process::list(&shell(), &[]).into_string());
}

#[test]
fn pages_without_a_session() {
    check("sign-in", &sign_in::page("carla", Some(sign_in::Trouble::Wrong), "/inbox").into_string());
    check("sign-in-link", &sign_in::link("secret", "Carla Ruiz").into_string());
    check("sign-in-first", &sign_in::first("secret", "", "", None).into_string());
    let world = World::new();
    let document = form::FormField::of(world.definition.field("receipt").unwrap(), None, None);
    let view = outside::OutsideView {
        token: "secret".into(),
        csrf: "token".into(),
        organisation: "Example Ltd".into(),
        opening: "One document is missing for your onboarding.".into(),
        asks: vec![outside::OutsideAsk {
            task: 2,
            shown: "d".into(),
            question: Sentence::new("Please send your tax certificate, ")
                .moment(world.reader.due(NOW.plus_ms(3 * DAY_MS)))
                .text("."),
            fields: vec![document],
            button: "Send the tax certificate".into(),
        }],
        standing: vec![Sentence::new("You were invited ").moment(world.reader.at(NOW.plus_ms(-DAY_MS))).text(".")],
        until: world.reader.day(NOW.plus_ms(14 * DAY_MS)),
        thanked: false,
    };
    check("outside", &outside::page(&view).into_string());
    check(
        "outside-gone",
        &outside::gone("It was valid until 3 March.", "Ask Example Ltd for a new one.").into_string(),
    );
}

#[test]
fn pages_that_say_no_and_people() {
    let who = vec![
        "the finance lead: Carla Ruiz".to_owned(),
        "the finance director: Emil Varga, from Monday at 09:00".to_owned(),
    ];
    let forbidden =
        error::Problem::forbidden("You asked for this claim yourself, so somebody else has to approve it.".into(), who);
    check("error-forbidden", &error::page(Some(&shell()), &forbidden).into_string());
    check("error-not-found", &error::page(None, &error::Problem::not_found()).into_string());
    check("error-broken", &error::page(Some(&shell()), &error::Problem::broken("r_0198".into())).into_string());
    let directory = samples::directory();
    let rows = directory.people.iter().map(|(id, person)| people::PersonRow {
        id: id.replace('.', "-"),
        name: person.name.clone(),
        email: person.email.clone(),
        roles: person.roles.clone(),
        manager: (id == "ben.kahn").then(|| "carla-ruiz".to_owned()),
        disabled: id == "emil.varga",
    });
    let view = people::PeopleView {
        people: rows.collect(),
        roles: 4,
        unheld: vec!["legal desk".into()],
        link: Some(("Ben Kahn".into(), "http://127.0.0.1:7700/sign-in/4f0c0d".into())),
        problem: None,
    };
    check("people", &people::page(&shell(), &view).into_string());
}

#[test]
fn what_a_reader_may_not_see_is_on_no_page() {
    let mut world = World::new();
    world.hidden = ["amount", "receipt", "receipt.total"].map(str::to_owned).into();
    let case = samples::case();
    let view = world.sight(&case).case_view(&[], &|_| true, CaseRights::default());
    let pages = [
        task::page(&shell(), &world.task_view(&case, 1, decide)).into_string(),
        case::page(&shell(), &view).into_string(),
    ];
    for page in pages {
        let page = page.replace(&case.summary[0], "");
        assert!(!page.contains("412.50"), "an amount that is hidden from the reader");
        assert!(!page.contains("City tax  "), "a document that is hidden from the reader");
        assert!(page.contains("You may not see this."));
    }
    let urgent = world.sight(&case).case_row();
    assert_eq!((urgent.urgency, urgent.about.contains("412")), (Urgency::Later, false));
}
