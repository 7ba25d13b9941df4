//! A tried case goes the way of a real one, and nothing of it is kept.

use super::{answers::answer_offline, *};
use crate::{
    config::Organisation,
    language::{Attachments, compile},
    runtime::{calendar, intake::Upload},
};

/// A Wednesday in September 2026.
const START: Timestamp = Timestamp(1_790_000_000_000);

fn trial(id: &str) -> Trial {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("processes").join(id);
    let text = std::fs::read_to_string(folder.join("process.md")).unwrap();
    let lines = std::fs::read_to_string(folder.join("examples.jsonl")).unwrap_or_default();
    let compiled = compile(&text, &Attachments::read(&lines).unwrap());
    let calendar = calendar::build(&Organisation::default(), START).unwrap();
    Trial::new(Arc::new(compiled.definition.unwrap()), calendar, START)
}

fn words(words: &[(&str, &str)]) -> BTreeMap<String, String> {
    words.iter().map(|(name, word)| ((*name).to_owned(), (*word).to_owned())).collect()
}

fn claim(amount: &str) -> HandIn {
    let receipt = b"Hotel Adler\nDate: 2026-09-01\nTotal EUR 120.00\n".to_vec();
    let given = [("merchant", "Hotel Adler"), ("amount", amount), ("day_of_purchase", "2026-09-01")];
    let mut all = words(&given);
    all.insert("description".into(), "Two nights in Weimar".into());
    let upload = Upload { field: "receipt".into(), name: "adler.txt".into(), bytes: receipt };
    HandIn { words: all, uploads: vec![upload] }
}

fn agent(trial: &Trial) -> (String, Path) {
    let asked = trial.outside().into_iter().find_map(|one| match one {
        Outside::Agent { key, path } => Some((key, path)),
        _ => None,
    });
    asked.unwrap()
}

fn propose(trial: &mut Trial, typed: &[(&str, &str)]) {
    let (key, path) = agent(trial);
    let answer = trial.typed(&path, &words(typed));
    trial.proposed(&key, answer, "nobody typed anything").unwrap();
}

fn decide_next(trial: &mut Trial, outcome: Outcome, typed: &[(&str, &str)]) {
    let task = trial.case.open_tasks().next().unwrap().clone();
    let person = trial.deciders(&task)[0].0.clone();
    let hand_in = HandIn { words: words(typed), uploads: Vec::new() };
    trial.answer(task.number, &person, outcome, "because", hand_in).unwrap();
}

const READ: [(&str, &str); 3] =
    [("receipt.merchant", "Hotel Adler"), ("receipt.day_of_purchase", "2026-09-01"), ("receipt.total", "120.00")];

#[test]
fn a_claim_is_tried_from_its_form_to_its_payment() {
    let mut trial = trial("expense-claim");
    trial.open(claim("120 EUR")).unwrap();
    propose(&mut trial, &READ);
    let (_, path) = agent(&trial);
    assert_eq!(path, Path(vec![0, 4]), "what was typed stands in the receipt, so the checks pass");
    propose(&mut trial, &[("category", "travel")]);
    propose(&mut trial, &[(SUMMARY, "A claim of 120 EUR.")]);
    let task = trial.case.open_tasks().next().unwrap().clone();
    assert!(trial.deciders(&task)[0].1.contains("manager of the employee"));
    decide_next(&mut trial, Outcome::Approved, &[]);
    let [Outside::Call { key, system, .. }] = &trial.outside()[..] else { unreachable!("the bank is called") };
    assert_eq!(system, "bank system");
    let key = key.clone();
    trial.system(&key, true, "booked").unwrap();
    assert!(matches!(&trial.case.status, Status::Closed { closing, success: true, .. } if closing == "paid"));
    assert!(trial.told.iter().any(|told| told.text.as_deref().is_some_and(|text| text.contains("has been paid"))));
}

#[test]
fn time_passes_to_reminder_and_escalation() {
    let mut trial = trial("expense-claim");
    trial.open(claim("900 EUR")).unwrap();
    while trial.case.open_tasks().next().is_none() {
        let (key, _) = agent(&trial);
        trial.proposed(&key, None, "no agent here").unwrap();
    }
    let ahead = trial.ahead();
    assert!(ahead.iter().any(|(what, _)| *what == Brings::Reminder), "{ahead:?}");
    let due = ahead.iter().find(|(what, _)| *what == Brings::Due).unwrap().1;
    let told = trial.told.len();
    trial.pass_to(due).unwrap();
    assert_eq!(trial.now, due);
    assert!(trial.told[told..].iter().any(|told| matches!(told.notice, Some(Notice::Reminder { .. }))));
}

#[test]
fn what_is_typed_for_an_agent_must_stand_in_the_document() {
    let mut trial = trial("expense-claim");
    trial.open(claim("120 EUR")).unwrap();
    let (_, path) = agent(&trial);
    let (_, facts) = trial.typed(&path, &words(&[("receipt.total", "999.00")])).unwrap();
    assert_eq!(facts.missing_evidence, ["receipt.total"]);
}

#[test]
fn a_form_with_faults_opens_nothing() {
    let mut trial = trial("expense-claim");
    assert!(matches!(trial.open(HandIn::default()), Err(Problem::Rejected(_) | Problem::Faults(_))));
    assert!(!trial.is_open() && trial.moments.is_empty());
}

#[tokio::test]
async fn the_built_in_engine_reads_the_receipt_without_a_model() {
    let mut trial = trial("expense-claim");
    trial.open(claim("120 EUR")).unwrap();
    let (key, path) = agent(&trial);
    let (step, input) = trial.question(&path).unwrap();
    let answer = answer_offline(&step, &input).await.unwrap().unwrap();
    assert_eq!(answer.0.engine, "offline");
    trial.proposed(&key, Some(answer), "").unwrap();
    assert!(trial.case.value("receipt.total").is_some());
}
