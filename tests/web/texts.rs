//! Texts in the state in which people see them while they write.

use countersign::{
    language::Attachments,
    web::{
        catalogue::publication::Group,
        sentence::Sentence,
        understood::Understood,
        views::studio::{
            self,
            editor::{EditorView, Ways},
        },
    },
};

use countersign_core::definition::{CriterionExample, RightAnswer};

use super::{owes::check, preview::shell};

/// An empty page, a text that is whole, and one with problems, questions and a note.
pub const TEXTS: [(&str, &str); 3] = [("empty", ""), ("whole", WHOLE), ("problems", PROBLEMS)];

/// A text that can be published.
pub const WHOLE: &str = "\
# Leave

An employee can start this process.
The personnel lead is accountable for this process.
The personnel desk is a role.
Closing as granted is a success.

The leave form asks for the first day (date), the last day (date) and the reason (text).

Stage Approval:
- When an employee submits the leave form, the manager of the employee approves the leave within 2 working days.
- If the approver rejects the leave, tell the employee the reason. Close the case as refused.

Stage Entry:
- Enter the leave in the personnel system, signed by the approver.
- If the personnel system fails or does not answer within 1 hour, hand over to the personnel desk.
- Tell the employee that \"Your leave from {first day} to {last day} is granted.\"
- Close the case as granted.

The approver must never be the employee.
Note: sick leave is a process of its own.
";

const PROBLEMS: &str = "\
# Leave

An employee can start this process.
The leave form asks for the first day (date) and the reason (text).

Stage Approval:
- When an employee submits the leave form, the manager of the employee approves the leave soon.
- If the first day is under 3, the personell desk reviews the leave.
- Enter the leave in the personnel system.
- Somebody should then have a good look at everything and decide what is best.
- Close the case as granted.

Note: sick leave is a process of its own.
";

/// The page of a text.
pub fn editor(text: &str) -> EditorView {
    EditorView {
        drawing: maud::Markup::default(),
        id: "d1".into(),
        title: "Leave".into(),
        process: None,
        revision: 3,
        text: text.into(),
        read: Understood::of(text, &Attachments::default(), &super::samples::directory()),
        saved: Sentence::from("Saved today at 14:02."),
        others: "Rosa Lind is here too.".into(),
        aside: Vec::new(),
        own_aside: None,
        alert: None,
        ways: Ways { prose: true, writing: true, ..Ways::default() },
    }
}

#[test]
fn the_studio() {
    for (name, text) in TEXTS {
        let view = editor(text);
        check(&format!("studio-{name}"), &studio::editor::page(&shell(), &view).into_string());
    }
}

#[test]
fn the_examples_of_criteria() {
    let example = |number: usize, answer: RightAnswer, text: &str, because: &str| {
        let example = CriterionExample { text: text.into(), answer, because: because.into() };
        studio::criteria::ExampleView { number, key: format!("k{number}"), example }
    };
    let examples = vec![
        example(1, RightAnswer::Pass, "Taxi from the airport to the customer,\n34.00 EUR", "a trip to a customer"),
        example(2, RightAnswer::Fail, "Two tickets for the theatre", ""),
        example(3, RightAnswer::Pass, "A train to the trade fair in Lyon, second class", ""),
    ];
    let file = "Criterion: the receipt shows a business purchase\n\nPass: Taxi\n".to_owned();
    let words = "the receipt shows a business purchase".to_owned();
    let asked = studio::criteria::CriterionView { words: words.clone(), asked: true, examples, file };
    let orphan = studio::criteria::CriterionView {
        words: "the trip was needed".into(),
        asked: false,
        examples: vec![example(1, RightAnswer::CannotTell, "As agreed", "what was agreed stands nowhere")],
        file: String::new(),
    };
    let typed =
        studio::criteria::Typed { criterion: words, text: "Two tickets for the theatre".into(), ..Default::default() };
    let view = studio::criteria::CriteriaView {
        id: "d1".into(),
        title: "Expense claim".into(),
        criteria: vec![asked, orphan],
        problem: Some(("The examples 2 and 4 have the same text; one text has one answer.".into(), typed)),
    };
    check("studio-criteria", &studio::criteria::page(&shell(), &view).into_string());
}

#[test]
fn ways_to_begin() {
    let begin = studio::begin::BeginView {
        may_begin: true,
        drafts: vec![studio::begin::DraftRow {
            id: "d1".into(),
            title: "Leave".into(),
            process: Some("Leave".into()),
            about: "Saved yesterday at 14:02 by Carla Ruiz.".into(),
        }],
        processes: vec![("expense-claim".into(), "Expense claim".into())],
        model: true,
        ..Default::default()
    };
    check("studio-begin", &studio::begin::page(&shell(), &begin).into_string());
    let template = studio::begin::Template {
        name: "leave".into(),
        title: "Leave".into(),
        purpose: "Started by an employee; goes through Approval; ends as granted or refused.".into(),
        text: TEXTS[1].1.into(),
    };
    let templates = vec![template.clone(), studio::begin::Template { title: "Purchase".into(), ..template }];
    check("studio-templates", &studio::begin::templates(&shell(), &templates).into_string());
}

#[test]
fn two_texts_beside_each_other() {
    let choose = studio::aside::Part::Choose {
        number: 1,
        mine: "- The manager of the employee approves the leave within 2 working days.\n".into(),
        theirs: "- The team lead approves the leave within 1 working day.\n".into(),
    };
    let aside = studio::aside::AsideView {
        id: "d1".into(),
        title: "Leave".into(),
        number: 4,
        revision: 6,
        mine: "Carla Ruiz".into(),
        theirs: "Emil Varga".into(),
        parts: vec![studio::aside::Part::Agreed("Stage Approval:\n".into()), choose],
        problem: None,
    };
    check("studio-aside", &studio::aside::page(&shell(), &aside).into_string());
}

#[test]
fn one_question_at_a_time() {
    let interview = studio::interview::InterviewView {
        id: "d1".into(),
        title: "Leave".into(),
        asked: Some(studio::interview::Asked {
            id: "hands_in".into(),
            ask: "What do they hand in? Put the type of each field in parentheses.".into(),
            why: "A form can only check what has a type.".into(),
            example: "the item (text), the price (money) and the offer (document, optional)".into(),
            answer: "the usual paperwork".into(),
            problem: Some("\u{201c}the usual paperwork\u{201d} names no type.".into()),
            before: Some("starter".into()),
            optional: true,
            lines: false,
        }),
        answered: vec![
            ("name".into(), "What is the process called?".into(), "Leave".into()),
            ("starter".into(), "Who starts a case?".into(), "employee".into()),
        ],
        sentences: vec![
            studio::interview::Grown { words: "# Leave".into(), question: "name".into(), fresh: false },
            studio::interview::Grown {
                words: "An employee can start this process.".into(),
                question: "starter".into(),
                fresh: true,
            },
        ],
        open: 9,
    };
    check("studio-interview", &studio::interview::page(&shell(), &interview).into_string());
}

#[test]
fn pasted_prose() {
    let line = |words: &str, understood: bool, used: bool, nearest: &[&str]| studio::prose::ProseLine {
        words: words.into(),
        understood,
        used,
        nearest: nearest.iter().map(|near| (*near).to_owned()).collect(),
    };
    let prose = studio::prose::ProseView {
        id: "d1".into(),
        title: "Leave".into(),
        revision: 2,
        sentences: vec![
            line("An employee can start this process.", true, true, &[]),
            line(
                "Leave is asked for on the usual form.",
                false,
                false,
                &["The leave form asks for the \u{27e8}field\u{27e9} (text)."],
            ),
            line("We are nice to each other.", false, false, &[]),
        ],
        text: "An employee can start this process.\n".into(),
        model: true,
        written: false,
    };
    check("studio-prose", &studio::prose::page(&shell(), &prose).into_string());
}

#[test]
fn before_it_is_published() {
    let publish = studio::publish::PublishView {
        open: Vec::new(),
        id: "d1".into(),
        title: "Leave".into(),
        new: true,
        revision: 6,
        groups: vec![
            Group {
                heading: "What the text says".into(),
                lines: vec!["This is the first version, with 16 sentences.".into()],
                warns: false,
            },
            Group {
                heading: "Who decides".into(),
                lines: vec!["The manager of the employee now approves the leave.".into()],
                warns: false,
            },
        ],
        baseline: None,
        publishable: true,
        proof: editor(TEXTS[1].1).read.proof,
        problem: None,
    };
    let rehearse = studio::publish::RehearseView {
        id: "d1".into(),
        title: "Leave".into(),
        revision: 6,
        publishable: true,
        open: Vec::new(),
    };
    check("studio-rehearse", &studio::publish::rehearse(&shell(), &rehearse).into_string());
    check("studio-publish", &studio::publish::page(&shell(), &publish).into_string());
}
