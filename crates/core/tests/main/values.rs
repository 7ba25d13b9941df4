//! Values, canonical JSON, guards and forms.

use std::collections::BTreeMap;

use countersign_core::{
    amounts::{is_currency, plain_decimal},
    canonical::{NotCanonical, canonical, digest},
    case::{Case, Entry, Origin},
    definition::{Field, FieldKind, FieldSource},
    form::{fits, is_iban},
    guard::{Answer, Guard, Relation, Term, same_name, words},
    time::{DAY_MS, Timestamp},
    value::{Date, Money, Value},
};
use proptest::prelude::*;
use serde::Serialize;
use serde_json::json;

#[test]
fn canonical_json_sorts_keys_and_refuses_floats() {
    let value =
        json!({"b": 1, "a": {"z": [true, null], "é": "\u{1}\"", "aa": -7}, "B": 18_446_744_073_709_551_615_u64});
    let expected = r#"{"B":18446744073709551615,"a":{"aa":-7,"z":[true,null],"é":"\u0001\""},"b":1}"#;
    assert_eq!(canonical(&value).unwrap(), expected);
    assert_eq!(canonical(&json!({"a": [1, {"b": 1.0}]})), Err(NotCanonical::Float(String::from("1.0"))));
    assert_ne!(digest(&json!(1.5)), digest(&json!(2.5)));
    assert_eq!(digest(&json!({})), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    let keys = BTreeMap::from([(2, "two"), (10, "ten")]);
    assert_eq!(canonical(&keys).unwrap(), r#"{"10":"ten","2":"two"}"#, "by bytes, not by number");
}

/// A value is written as its tree of JSON is, whatever its type makes of its fields.
#[test]
fn a_value_and_its_json_have_one_canonical_form() {
    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(i64, char),
        Struct { zebra: Option<u8>, ant: Vec<Shape> },
    }
    #[derive(Serialize)]
    struct Within {
        last: u128,
        middle: (),
    }
    #[derive(Serialize)]
    struct Outer {
        b: f32,
        #[serde(flatten)]
        within: Within,
        #[serde(flatten)]
        more: BTreeMap<String, Shape>,
        a: &'static str,
    }
    let shapes = vec![Shape::Unit, Shape::New(0), Shape::Tuple(i64::MIN, '\u{7f}')];
    let more = BTreeMap::from([
        ("zoo".to_owned(), Shape::Struct { zebra: Some(255), ant: shapes }),
        ("Mid".to_owned(), Shape::Struct { zebra: None, ant: Vec::new() }),
        ("a\"b".to_owned(), Shape::Unit),
        // Of two members of one name the later one stands, as in a tree.
        ("a".to_owned(), Shape::New(7)),
    ]);
    let within = Within { last: u128::from(u64::MAX), middle: () };
    let value = Outer { b: f32::NAN, within, more, a: "\u{0}\u{1f}\\/\t\r\n\u{8}\u{c} é" };
    let tree = serde_json::to_value(&value).unwrap();
    assert_eq!(canonical(&value), canonical(&tree));
    assert!(canonical(&tree).unwrap().contains(r#""a":"\u0000\u001f\\/\t\r\n\b\f é""#));
    assert_eq!(canonical(&u128::MAX), Err(NotCanonical::NotJson));
    assert_eq!(canonical(&BTreeMap::from([((1, 2), 3)])), Err(NotCanonical::NotJson));
}

#[test]
fn every_kind_of_value_has_its_own_digest_and_survives_json() {
    let values = [
        Value::text("2026-03-31"),
        Value::choice("2026-03-31"),
        Value::Date(Date::parse("2026-03-31").unwrap()),
        Value::Date(Date::parse("2026-04-01").unwrap()),
        Value::Money(Money::parse("1", "EUR").unwrap()),
        Value::Money(Money::parse("1", "USD").unwrap()),
        Value::Number { number: i64::MIN },
        Value::YesNo { yes: true },
        Value::YesNo { yes: false },
        Value::Document { document: String::from("2026-03-31") },
        Value::Erased,
    ];
    let mut seen = BTreeMap::new();
    for value in &values {
        let text = canonical(value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), *value);
        assert_eq!(seen.insert(digest(value), value), None, "{text} has the digest of another value");
    }
    assert_eq!(canonical(&values[2]).unwrap(), r#"{"date":"2026-03-31","type":"date"}"#);
    assert_eq!(canonical(&values[4]).unwrap(), r#"{"currency":"EUR","minor":"100","type":"money"}"#);
}

#[test]
fn money_is_read_and_written_exactly() {
    for (text, currency, minor) in [
        ("412.50", "EUR", 41_250),
        ("412.5", "EUR", 41_250),
        ("412.5000", "EUR", 41_250),
        ("-0.05", "EUR", -5),
        ("7", "JPY", 7),
        ("1.234", "KWD", 1_234),
        ("0", "EUR", 0),
        ("92233720368547758.07", "EUR", i64::MAX),
        ("-92233720368547758.08", "EUR", i64::MIN),
        ("1.", "EUR", 100),
    ] {
        assert_eq!(Money::parse(text, currency).map(|money| money.minor), Some(minor), "{text} {currency}");
    }
    for (text, currency) in [
        ("1.5", "JPY"),
        ("1.2345", "KWD"),
        ("1.005", "EUR"),
        ("412.500", "EUR"),
        ("412.500", "JPY"),
        ("", "EUR"),
        ("-", "EUR"),
        (".5", "EUR"),
        ("+1", "EUR"),
        ("1,50", "EUR"),
        ("1 000", "EUR"),
        ("--1", "EUR"),
        ("1e3", "EUR"),
        ("٣", "EUR"),
        ("92233720368547758.08", "EUR"),
    ] {
        assert_eq!(Money::parse(text, currency), None, "{text} {currency}");
    }
}

#[test]
fn numbers_are_read_as_people_group_them() {
    for (words, plain) in [
        ("1000", "1000"),
        ("1,000", "1000"),
        ("1.000,00", "1000.00"),
        ("1 000.5", "1000.5"),
        ("1'000'000", "1000000"),
        ("12,5", "12.5"),
        ("- 7.", "-7"),
    ] {
        assert_eq!(plain_decimal(words).as_deref(), Some(plain), "{words}");
    }
    for words in ["1,000,00", "1,00,000", "1000,000", "10.00.00", "1,000'000", ".5", "", "-", "1e3", "٣"] {
        assert_eq!(plain_decimal(words), None, "{words}");
    }
    let known = ["EUR", "JPY", "KWD", "XYZ", "eur", "", "EUR USD"].map(is_currency);
    assert_eq!(known, [true, true, true, false, false, false, false]);
}

proptest! {
    #[test]
    fn money_goes_round(minor in any::<i64>(), currency in prop::sample::select(vec!["EUR", "JPY", "KWD"])) {
        let money = Money { minor, currency: currency.to_owned() };
        prop_assert_eq!(Money::parse(&money.decimal(), currency), Some(money));
    }

    #[test]
    fn days_go_round(days in -700_000_i64..2_900_000) {
        // The civil day of a count, by walking back from a leap day: an independent calendar.
        let (mut year, mut left) = (1970, days);
        let length = |year: i64| 365 + i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
        while left < 0 { year -= 1; left += length(year); }
        while left >= length(year) { left -= length(year); year += 1; }
        let first = Date::new(i32::try_from(year).unwrap(), 1, 1).unwrap();
        prop_assert_eq!(first.days() + left, days);
        prop_assert_eq!(Date::parse(&first.to_string()), Some(first));
    }
}

#[test]
fn only_days_that_exist() {
    for text in ["2024-02-29", "2000-02-29", "1999-12-31", "9999-12-31", "0001-01-01"] {
        assert_eq!(Date::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "2023-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-04-31",
        "2026-4-1",
        "26-04-01",
        "+026-01-01",
        "2026-+1-01",
        "2026-01--1",
        "2026-01-01-01",
        "0000-01-01",
        "",
        "2026/01/01",
        "２026-01-01",
    ] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
    assert_eq!(Date::parse("1970-01-01").unwrap().days(), 0);
    assert_eq!(Date::parse("2000-03-01").unwrap().days(), 11_017);
    assert_eq!(Date::parse("1969-12-31").unwrap().days(), -1);
    assert!(serde_json::from_str::<Date>(r#""2026-02-30""#).is_err());
}

fn case(fields: &[(&str, Value)]) -> Case {
    let mut case = Case::unopened("c");
    for (name, value) in fields {
        let origin = Origin::Person { by: String::from("ana") };
        let entry = Entry { value: value.clone(), origin, at: Timestamp(0) };
        case.fields.insert((*name).to_owned(), entry);
    }
    case
}

fn name(answer: &Answer) -> char {
    match answer {
        Answer::Yes => 'y',
        Answer::No => 'n',
        Answer::CannotTell { .. } => '?',
    }
}

#[test]
fn doubt_stays_doubt_unless_one_part_decides() {
    let day = |year| Value::Date(Date::new(year, 1, 1).unwrap());
    let case = case(&[("known", day(1970)), ("erased", Value::Erased)]);
    let compare = |field: &str| Guard::Compare {
        left: Term::Field { field: field.to_owned() },
        relation: Relation::Same,
        right: Term::Literal { value: day(1970) },
    };
    let guards =
        [('y', compare("known")), ('n', Guard::Not { of: Box::new(compare("known")) }), ('?', compare("unknown"))];
    let evaluate = |guard: &Guard| name(&guard.evaluate(&case, Timestamp(0), false));
    // Kleene's strong tables, row by row in the order y, n, ?.
    let (all, any) = (["yn?", "nnn", "?n?"], ["yyy", "yn?", "y??"]);
    for (row, (left, one)) in guards.iter().enumerate() {
        assert_eq!(evaluate(one), *left);
        for (column, (_, other)) in guards.iter().enumerate() {
            let of = vec![one.clone(), other.clone()];
            let expected = |table: [&str; 3]| table[row].chars().nth(column).unwrap();
            assert_eq!(evaluate(&Guard::All { of: of.clone() }), expected(all), "all of {row} {column}");
            assert_eq!(evaluate(&Guard::Any { of }), expected(any), "any of {row} {column}");
        }
    }
    assert_eq!(evaluate(&Guard::Not { of: Box::new(compare("unknown")) }), '?');
    assert_eq!(evaluate(&compare("erased")), '?');
    assert_eq!(evaluate(&Guard::All { of: vec![] }), 'y');
    assert_eq!(evaluate(&Guard::Any { of: vec![] }), 'n');
    assert_eq!(evaluate(&Guard::Missing { field: String::from("unknown") }), 'y');
    assert_eq!(name(&Guard::CheckFailed.evaluate(&case, Timestamp(0), true)), 'y');
}

#[test]
fn values_compare_only_with_their_kind() {
    let money = |text: &str, currency: &str| Value::Money(Money::parse(text, currency).unwrap());
    let relations = [Relation::Same, Relation::Over, Relation::Under, Relation::AtLeast, Relation::AtMost];
    for (left, right, expected) in [
        (money("5", "EUR"), money("5", "EUR"), "ynnyy"),
        (money("6", "EUR"), money("5", "EUR"), "nynyn"),
        (money("6", "EUR"), money("5", "USD"), "?????"),
        (Value::Number { number: 1 }, Value::Number { number: 2 }, "nnyny"),
        (Value::text("Café  Zürich, AG."), Value::text("CAFÉ ZÜRICH AG"), "y????"),
        (Value::text("travel"), Value::choice("Travel"), "y????"),
        (Value::text("5"), Value::Number { number: 5 }, "?????"),
        (Value::YesNo { yes: true }, Value::YesNo { yes: false }, "n????"),
    ] {
        let case = case(&[("a", left), ("b", right)]);
        let term = |field: &str| Term::Field { field: field.to_owned() };
        let found: String = relations
            .iter()
            .map(|relation| Guard::Compare { left: term("a"), relation: *relation, right: term("b") })
            .map(|guard| name(&guard.evaluate(&case, Timestamp(0), false)))
            .collect();
        assert_eq!(found, expected, "{:?}", case.fields);
    }
}

#[test]
fn days_ago_are_counted_from_the_event() {
    let case = case(&[("day", Value::Date(Date::parse("2026-01-01").unwrap())), ("text", Value::text("x"))]);
    let first = Date::parse("2026-01-01").unwrap().days();
    let after = |days: i64, field: &str| {
        let guard = Guard::AtMostDaysAgo { field: field.to_owned(), days: 90 };
        name(&guard.evaluate(&case, Timestamp((first + days) * DAY_MS + 1), false))
    };
    // A day before: it may already be that day where the person is.
    let found: String = [-2, -1, 0, 90, 91].into_iter().map(|days| after(days, "day")).collect();
    assert_eq!(found, "nyyyn");
    assert_eq!(after(0, "text"), '?');
    assert_eq!(after(0, "nothing"), '?');
}

#[test]
fn names_as_people_read_them() {
    assert!(same_name("ACME, Inc.", "acme inc"));
    assert!(!same_name("Acme", "Acne"));
    assert!(!same_name("!!!", "???"), "signs alone are not the same name");
    assert!(same_name(" - ", "-"));
    assert_eq!(words("receipt.day_of_purchase"), "day of purchase on the receipt");
    assert_eq!(words("day_of_purchase"), "day of purchase");
}

#[test]
fn iban_check_digits() {
    for iban in
        ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "NO9386011117947", "fr1420041010050500013M02606"]
    {
        assert!(is_iban(iban), "{iban}");
    }
    for iban in [
        "DE89370400440532013001",
        "DE98370400440532013000",
        "",
        "DE89",
        "1289370400440532013000",
        "DEX9370400440532013000",
        "DE89370400440532013000DE89370400440532",
        "DE8937040044053201300é",
    ] {
        assert!(!is_iban(iban), "{iban}");
    }
}

#[test]
fn fields_take_their_kind() {
    let field = |kind: FieldKind| Field {
        name: String::from("f"),
        label: String::from("f"),
        kind,
        required: true,
        source: FieldSource::Agent,
    };
    let email = field(FieldKind::Email);
    assert!(fits(&email, &Value::text("a.b@example.org")));
    for text in
        ["a@b", "@example.org", "a b@example.org", "a@.org", "a@example.", "<a@example.org>", "a@x.org, b@x.org"]
    {
        assert!(!fits(&email, &Value::text(text)), "{text}");
    }
    assert!(!fits(&field(FieldKind::Text), &Value::text(" \n")));
    assert!(!fits(&field(FieldKind::Text), &Value::text("x".repeat(20_001))));
    assert!(fits(&field(FieldKind::Text), &Value::text("é".repeat(20_000))));
    assert!(!fits(&field(FieldKind::Text), &Value::Erased));
    assert!(!fits(&field(FieldKind::Money), &Value::Money(Money { minor: 1, currency: String::from("eur") })));
    assert!(!fits(&field(FieldKind::Number), &Value::text("1")));
}
