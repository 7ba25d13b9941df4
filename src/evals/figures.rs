//! From answers to figures, each with what it was counted over.

use std::collections::BTreeMap;

use countersign_core::value::Value;
use serde::Serialize;

use super::{
    dataset::{Gold, Row},
    run::{Answer, FieldGiven, Given},
    score::{
        self, FieldAnswer, FieldScore, Handled, LabelAnswer, accuracy, all_fields, automatic_error, coverage,
        field_scores, in_scope_accuracy, macro_f1, oos_auroc, oos_precision, oos_recall,
    },
    suite::{Agent, FieldSettings, Kind, Scorer, Settings},
};
use crate::{
    offline::recognise::{self, DayOrder},
    runtime::intake,
};

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its value; `None` when there was nothing to count it over.
    pub value: Option<f64>,
    /// For a share, over how many it was counted.
    pub over: Option<usize>,
}

/// Figures by name, and counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// The figures.
    pub figures: BTreeMap<String, Figure>,
    /// The fields, where fields were read.
    pub fields: BTreeMap<String, FieldFigures>,
    /// Whole numbers: rows, and what the figures are counted over.
    pub counts: BTreeMap<&'static str, usize>,
    /// What a reader should know about how they came about.
    pub notes: Vec<String>,
}

/// What was counted for one field.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FieldFigures {
    /// F1 against the gold text as it is written.
    pub f1_exact: Option<f64>,
    /// F1 against the gold value.
    pub f1_normalised: Option<f64>,
    /// The share of what was read that is right, by value.
    pub precision: Option<f64>,
    /// The share of gold values that was read, by value.
    pub recall: Option<f64>,
    /// Documents that have the field.
    pub gold: usize,
    /// Documents in which it was read.
    pub answered: usize,
    /// Documents in which it was read rightly, by value.
    pub right: usize,
    /// Documents in which it was read as ambiguous.
    pub ambiguous: usize,
}

impl Figure {
    const fn plain(value: Option<f64>) -> Self {
        Self { value, over: None }
    }

    const fn share(value: Option<f64>, over: usize) -> Self {
        Self { value, over: Some(over) }
    }
}

/// Counts what a suite counts.
///
/// `rejects` says whether the examples hold texts that fit no label. Where they do not, turning texts away has
/// never been learned: the nearest label counts then, and only `coverage` and `automatic_error` heed the threshold.
#[must_use]
pub fn figures(settings: &Settings, rows: &[Row], answers: &[Answer], rejects: bool) -> Figures {
    let mut figures = match settings.agent {
        Agent::Extract => of_fields(settings, rows, answers),
        Agent::Classify => of_labels(rows, answers, rejects),
    };
    let wanted = settings.figures();
    figures.figures.retain(|name, _| wanted.contains(name));
    if !settings.counts(Scorer::Fields) {
        figures.fields.clear();
    }
    figures.counts.insert("rows", rows.len());
    figures.counts.insert("unanswered", answers.iter().filter(|answer| answer.failed.is_some()).count());
    if let Some(why) = answers.iter().find_map(|answer| answer.failed.as_ref()) {
        figures.notes.push(format!("some rows were not answered, the first because {why}"));
    }
    figures
}

fn of_labels(rows: &[Row], answers: &[Answer], rejects: bool) -> Figures {
    let mut figures = Figures::default();
    let mut labels = Vec::with_capacity(rows.len());
    let mut handled = Vec::with_capacity(rows.len());
    for (row, answer) in rows.iter().zip(answers) {
        let (Gold::Label(gold), Given::Label { proposed, nearest }) = (&row.gold, &answer.given) else { continue };
        labels.push(LabelAnswer {
            answer: if rejects { proposed.clone() } else { nearest.clone() },
            gold: gold.clone(),
            score: answer.score.map_or(0.0, f64::from),
        });
        let escalated = answer.escalated || proposed.is_none();
        handled.push(Handled { escalated, right: proposed.is_some() && proposed == gold });
    }
    let outside = labels.iter().filter(|one| one.gold.is_none()).count();
    let turned_away = labels.iter().filter(|one| one.answer.is_none()).count();
    let inside = labels.len() - outside;
    figures.counts.extend([("in_scope", inside), ("out_of_scope", outside), ("turned_away", turned_away)]);
    let mut set = |name: &str, figure| {
        figures.figures.insert(name.to_owned(), figure);
    };
    set("accuracy", Figure::share(accuracy(&labels), labels.len()));
    set("macro_f1", Figure::plain(macro_f1(&labels)));
    set("in_scope_accuracy", Figure::share(in_scope_accuracy(&labels), inside));
    set("oos_recall", Figure::share(oos_recall(&labels), outside));
    set("oos_precision", Figure::share(oos_precision(&labels), turned_away));
    set("oos_auroc", Figure::plain(oos_auroc(&labels)));
    selective(&mut figures, &handled);
    if !rejects {
        figures.notes.push(
            "the examples hold no text that fits no label, so no row counts as turned away: the nearest label counts; \
             coverage and automatic_error heed the threshold"
                .to_owned(),
        );
    }
    figures
}

fn selective(figures: &mut Figures, handled: &[Handled]) {
    let automatic = handled.iter().filter(|one| !one.escalated).count();
    figures.counts.extend([("decisions", handled.len()), ("escalated", handled.len() - automatic)]);
    figures.figures.insert("coverage".to_owned(), Figure::share(coverage(handled), handled.len()));
    figures.figures.insert("automatic_error".to_owned(), Figure::share(automatic_error(handled), automatic));
}

fn of_fields(settings: &Settings, rows: &[Row], answers: &[Answer]) -> Figures {
    let mut figures = Figures::default();
    let (mut exact, mut normal, mut handled) = (Vec::new(), Vec::new(), Vec::new());
    let (mut all_right, mut unread_gold) = (0, 0);
    let mut ambiguous: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, answer) in rows.iter().zip(answers) {
        let (Gold::Fields(gold), Given::Fields(given)) = (&row.gold, &answer.given) else { continue };
        let mut whole = true;
        for (field, (gold, given)) in settings.fields.iter().zip(gold.iter().zip(given)) {
            let pair = Pair::new(settings, field, gold.as_deref(), given.as_ref());
            let right = pair.normal.answer == pair.normal.gold;
            let unsure = given.as_ref().is_some_and(|given| given.ambiguous);
            whole &= right;
            unread_gold += usize::from(pair.gold_unread);
            *ambiguous.entry(&field.name).or_default() += usize::from(unsure);
            handled.push(Handled { escalated: answer.escalated || unsure || given.is_none(), right });
            exact.push(pair.exact);
            normal.push(pair.normal);
        }
        all_right += usize::from(whole);
    }
    let (exact, normal) = (field_scores(&exact, str::to_owned), field_scores(&normal, str::to_owned));
    let mut set = |name: String, value| {
        figures.figures.insert(name, Figure::plain(value));
    };
    for field in &settings.fields {
        let of = |scores: &BTreeMap<String, FieldScore>| scores.get(&field.name).copied().unwrap_or_default();
        let (as_written, by_value) = (of(&exact), of(&normal));
        set(format!("fields.{}.f1_exact", field.name), as_written.f1());
        set(format!("fields.{}.f1_normalised", field.name), by_value.f1());
        let unsure = ambiguous.get(field.name.as_str()).copied().unwrap_or_default();
        figures.fields.insert(field.name.clone(), field_figures(as_written, by_value, unsure));
    }
    set("f1_exact".to_owned(), all_fields(&exact).f1());
    set("f1_normalised".to_owned(), all_fields(&normal).f1());
    let share = (!rows.is_empty()).then(|| all_right as f64 / rows.len() as f64);
    figures.figures.insert("all_right".to_owned(), Figure::share(share, rows.len()));
    selective(&mut figures, &handled);
    if unread_gold > 0 {
        figures.notes.push(format!("{unread_gold} gold values are not of their field's kind and count as missed"));
    }
    figures
}

fn field_figures(exact: FieldScore, normal: FieldScore, ambiguous: usize) -> FieldFigures {
    FieldFigures {
        f1_exact: exact.f1(),
        f1_normalised: normal.f1(),
        precision: normal.precision(),
        recall: normal.recall(),
        gold: normal.gold,
        answered: normal.answered,
        right: normal.right,
        ambiguous,
    }
}

/// One answer beside its gold, as written and by value.
struct Pair {
    exact: FieldAnswer,
    normal: FieldAnswer,
    gold_unread: bool,
}

impl Pair {
    fn new(settings: &Settings, field: &FieldSettings, gold: Option<&str>, given: Option<&FieldGiven>) -> Self {
        let name = || field.name.clone();
        let as_written = given.map(|given| written(given, gold));
        let value = gold.map(|gold| gold_value(settings, field.kind, gold));
        let exact = FieldAnswer { field: name(), answer: as_written, gold: gold.map(|gold| gold.trim().to_owned()) };
        let answer = given.map(|given| given_value(field.kind, &given.value, value.as_ref()));
        let gold_unread = value.as_ref().is_some_and(Option::is_none);
        // Gold that cannot be read stays what it is, so that nothing equals it.
        let gold = value.map(|value| value.unwrap_or_else(|| format!("unread: {}", gold.unwrap_or_default())));
        Self { exact, normal: FieldAnswer { field: name(), answer, gold }, gold_unread }
    }
}

/// The answer as it is written: the words of the document when they are the gold's, else the value's own writing.
fn written(given: &FieldGiven, gold: Option<&str>) -> String {
    let quote = given.quote.trim();
    if gold.is_some_and(|gold| gold.trim() == quote) {
        return quote.to_owned();
    }
    match &given.value {
        Value::Money(money) => money.decimal(),
        value => value.plain(),
    }
}

/// The gold text as a value of its kind, written in one way; `None` when it is not of that kind.
fn gold_value(settings: &Settings, kind: Kind, gold: &str) -> Option<String> {
    let order = match settings.reading.day_order {
        Some(countersign_core::definition::DayOrder::DayFirst) => DayOrder::DayFirst,
        Some(countersign_core::definition::DayOrder::MonthFirst) => DayOrder::MonthFirst,
        None => DayOrder::Unknown,
    };
    match kind {
        Kind::Date => recognise::day(gold, order).map(|(day, _)| day.iso()),
        Kind::Money => {
            let currency = settings.reading.currency.as_deref();
            let plain = intake::money(gold, currency).map(|money| money.to_string());
            plain.or_else(|| recognise::amounts(gold, currency).first().map(amount))
        }
        Kind::Number => gold.trim().parse::<i64>().ok().map(|number| number.to_string()),
        Kind::Text | Kind::Email | Kind::Iban => Some(words(kind, gold)),
    }
}

/// The value that was read, written in the way of the gold; an amount without its currency where the gold has none.
fn given_value(kind: Kind, value: &Value, gold: Option<&Option<String>>) -> String {
    match value {
        Value::Money(money) => match gold {
            Some(Some(gold)) if !gold.contains(' ') => money.decimal(),
            _ => money.to_string(),
        },
        value => words(kind, &value.plain()),
    }
}

fn amount(hit: &recognise::AmountHit) -> String {
    match &hit.value.currency {
        Some(currency) => format!("{} {currency}", hit.value.decimal()),
        None => hit.value.decimal(),
    }
}

fn words(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Text => score::without_punctuation(text),
        Kind::Email => text.trim().to_lowercase(),
        Kind::Iban => text.split_whitespace().collect::<String>().to_uppercase(),
        Kind::Money | Kind::Date | Kind::Number => text.to_owned(),
    }
}
