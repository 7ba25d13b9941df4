//! What the offline engine is worth on real inputs. The folder named by `COUNTERSIGN_DATA` holds one folder a set,
//! each with `dev.jsonl`; without it these tests say so and measure nothing. Run them optimised.

use std::path::PathBuf;

use serde_json::Value as Json;

use super::score::{
    FieldAnswer, LabelAnswer, accuracy, field_scores, in_scope_accuracy, macro_f1, oos_auroc, oos_precision,
    oos_recall, without_punctuation,
};
use crate::offline::extract::{Kind, Settings, Value, Wanted, find};
use crate::offline::linear::Classifier;
use crate::offline::recognise::{DayOrder, amounts, dates};

const OUTSIDE: &str = "oos";

fn folder(set: &str) -> Option<PathBuf> {
    let Ok(root) = std::env::var("COUNTERSIGN_DATA") else {
        eprintln!("SKIPPED {set}: set COUNTERSIGN_DATA to the folder with the real inputs to measure");
        return None;
    };
    Some(PathBuf::from(root).join(set))
}

fn records(folder: &std::path::Path) -> Vec<Json> {
    let text = std::fs::read_to_string(folder.join("dev.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn few_shots(folder: &std::path::Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder.join("fewshot_train.json")).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    let by_label = json.get("intents").unwrap_or(&json).as_object().unwrap();
    let mut groups: Vec<(&str, &Json)> = by_label.iter().map(|(label, texts)| (label.as_str(), texts)).collect();
    groups.extend(json.get(OUTSIDE).map(|texts| (OUTSIDE, texts)));
    let pairs = groups.into_iter().flat_map(|(label, texts)| {
        texts.as_array().unwrap().iter().map(move |text| (text.as_str().unwrap().to_owned(), label.to_owned()))
    });
    pairs.collect()
}

fn classify(set: &str, forced: bool) -> Option<Vec<LabelAnswer>> {
    let folder = folder(set)?;
    let classifier = Classifier::train_with_outside(&few_shots(&folder), &[OUTSIDE]).unwrap();
    let answers = records(&folder).into_iter().map(|record| {
        let prediction = classifier.predict(record["input"].as_str().unwrap());
        let gold = record["gold"]["intent"].as_str().unwrap();
        LabelAnswer {
            answer: (forced || prediction.in_scope).then_some(prediction.label),
            gold: (gold != OUTSIDE).then(|| gold.to_owned()),
            score: f64::from(prediction.score),
        }
    });
    let answers: Vec<LabelAnswer> = answers.collect();
    eprintln!(
        "{set}: accuracy {:?}, macro F1 {:?}, in scope {:?}, oos recall {:?}, oos precision {:?}, oos AUROC {:?}",
        accuracy(&answers),
        macro_f1(&answers),
        in_scope_accuracy(&answers),
        oos_recall(&answers),
        oos_precision(&answers),
        oos_auroc(&answers),
    );
    Some(answers)
}

#[test]
fn requests_of_many_kinds_are_sorted_and_strange_ones_turned_away() {
    let Some(answers) = classify("intent_clinc150", false) else {
        return;
    };
    assert!(in_scope_accuracy(&answers).unwrap() >= 0.74);
    assert!(oos_recall(&answers).unwrap() >= 0.60);
}

#[test]
fn near_synonyms_are_told_apart() {
    let Some(answers) = classify("intent_banking77", true) else {
        return;
    };
    assert!(accuracy(&answers).unwrap() >= 0.70);
}

fn gold_plain(kind: Kind, gold: &str) -> String {
    let read = match kind {
        Kind::Date => dates(gold, DayOrder::DayFirst).first().map(|hit| hit.value.iso()),
        Kind::Money => amounts(gold, Some("MYR")).first().map(|hit| hit.value.decimal()),
        _ => None,
    };
    read.unwrap_or_else(|| gold.to_owned())
}

#[test]
fn receipts_give_their_date_total_and_company() {
    let Some(folder) = folder("receipts_sroie") else {
        return;
    };
    let settings = Settings { day_order: DayOrder::DayFirst, default_currency: Some("MYR".to_owned()) };
    let fields = [("date", Kind::Date, 0.97), ("total", Kind::Money, 0.94), ("company", Kind::Company, 0.85)];
    let mut answers = Vec::new();
    for record in records(&folder) {
        for (name, kind, _) in fields {
            let found = find(record["input"].as_str().unwrap(), &Wanted { name, label: "", kind }, &settings);
            answers.push(FieldAnswer {
                field: name.to_owned(),
                answer: found.map(|found| found.value.plain()),
                gold: record["gold"][name].as_str().map(|gold| gold_plain(kind, gold)),
            });
        }
    }
    let scores = field_scores(&answers, without_punctuation);
    eprintln!("receipts_sroie: {scores:?}");
    for (name, _, least) in fields {
        let f1 = scores[name].f1().unwrap();
        assert!(f1 >= least, "{name}: {f1} is below {least}");
    }
}

#[test]
fn invoices_in_five_languages_give_their_total_date_and_number() {
    let Some(folder) = folder("invoices_i2d") else {
        return;
    };
    let mut answers = Vec::new();
    for record in records(&folder) {
        let text = record["input"].as_str().unwrap();
        let gold = &record["gold"];
        let month_first = gold["currency"].as_str() == Some("USD");
        let day_order = if month_first { DayOrder::MonthFirst } else { DayOrder::DayFirst };
        let settings = Settings { day_order, default_currency: gold["currency"].as_str().map(str::to_owned) };
        for (name, key, kind) in [
            ("total amount", "amount", Kind::Money),
            ("invoice date", "date", Kind::Date),
            ("invoice number", "invoice_number", Kind::Number),
        ] {
            let found = find(text, &Wanted { name, label: "", kind }, &settings).map(|found| found.value);
            let right = match (&found, gold[key].as_f64()) {
                (Some(Value::Money(amount)), Some(gold)) => amount.minor == (gold * 100.0).round() as i64,
                (Some(value), None) => Some(value.plain().as_str()) == gold[key].as_str(),
                _ => false,
            };
            if !right {
                eprintln!("{}: {name} is {found:?}, not {}", record["id"], gold[key]);
            }
            answers.push(right);
        }
    }
    let right = answers.iter().filter(|right| **right).count();
    eprintln!("invoices_i2d: {right} of {} right", answers.len());
    assert!(4 * right >= 3 * answers.len());
}
