use proptest::prelude::*;

use super::recognise::{
    Amount, Date, DayOrder, Layout, Span, amounts, companies, dates, day, emails, ibans, lines, pairs,
};

fn iso(text: &str, order: DayOrder) -> Vec<String> {
    dates(text, order).iter().map(|hit| hit.value.iso()).collect()
}

#[test]
fn eight_digits_are_a_day_where_a_day_is_expected() {
    let read = |text: &str, order| day(text, order).map(|(day, other)| (day.iso(), other.map(Date::iso)));
    assert_eq!(read("25032018", DayOrder::DayFirst), Some(("2018-03-25".to_owned(), None)));
    assert_eq!(read("20180325", DayOrder::DayFirst), Some(("2018-03-25".to_owned(), None)));
    assert_eq!(read("03122018", DayOrder::MonthFirst), Some(("2018-03-12".to_owned(), None)));
    assert_eq!(read("03122018", DayOrder::Unknown), Some(("2018-12-03".to_owned(), Some("2018-03-12".to_owned()))));
    assert_eq!(read("99999999", DayOrder::DayFirst), None);
    assert_eq!(read("1234567é", DayOrder::DayFirst), None);
}

#[test]
fn dates_are_read_in_every_written_form() {
    for text in [
        "14/03/2018",
        "14-03-18",
        "14.3.18",
        "2018-03-14",
        "2018/03/14",
        "14 MAR 2018",
        "14-Mar-18",
        "14MAR2018",
        "14th of March, 2018",
        "Mar 14, 2018",
        "March 14 2018",
        "14. März 2018",
        "14 mars 2018",
        "14 maart 2018",
        "14 de marzo de 2018",
        "14 marca 2018",
        "20180314",
        "14/03/201820:15",
        "14/03/1808:15",
        "14032018 09:15",
        "(14/03/2018)",
        "14 / 03 / 2018",
    ] {
        assert_eq!(iso(text, DayOrder::DayFirst), ["2018-03-14"], "{text}");
    }
    assert_eq!(iso("03/14/2018", DayOrder::MonthFirst), ["2018-03-14"]);
    assert_eq!(iso("03/14/2018", DayOrder::DayFirst), ["2018-03-14"]);
}

#[test]
fn what_is_no_date_is_not_read_as_one() {
    for text in [
        "31/02/2018",
        "version 1.2.3.4",
        "192.168.10.12",
        "03-7880 5750",
        "14/13/2018",
        "12345678",
        "0/0/00",
        "12.50",
        "may 2018",
        "99999999",
    ] {
        assert!(iso(text, DayOrder::DayFirst).is_empty(), "{text}");
    }
}

#[test]
fn a_date_that_reads_both_ways_says_so_unless_the_order_is_known() {
    let other = |text: &str, order| dates(text, order)[0].alternative.map(Date::iso);
    assert_eq!(other("03/06/2024", DayOrder::Unknown).as_deref(), Some("2024-03-06"));
    assert_eq!(other("03/06/2024", DayOrder::DayFirst), None);
    assert_eq!(other("06/06/2024", DayOrder::Unknown), None);
    assert_eq!(other("13/06/2024", DayOrder::Unknown), None);
    assert_eq!(other("2024-03-06", DayOrder::Unknown), None);
}

fn money(text: &str, currency: Option<&str>) -> Vec<(i64, Option<String>)> {
    amounts(text, currency).into_iter().map(|hit| (hit.value.minor, hit.value.currency)).collect()
}

#[test]
fn amounts_are_read_with_either_separator_and_any_currency() {
    for (text, minor, currency) in [
        ("RM 1,234.50", 123_450, Some("MYR")),
        ("RM28.05", 2805, Some("MYR")),
        ("€ 4.904,94", 490_494, Some("EUR")),
        ("29.99 €", 2999, Some("EUR")),
        ("EUR 12,000", 1_200_000, Some("EUR")),
        ("$11.40", 1140, Some("USD")),
        ("£1,000,000.00", 100_000_000, Some("GBP")),
        ("1'234.50 CHF", 123_450, Some("CHF")),
        ("¥1200", 1200, Some("JPY")),
        ("1\u{a0}234,56 EUR", 123_456, Some("EUR")),
        ("-RM 0.02", -2, Some("MYR")),
        ("RM-50.00", -5000, Some("MYR")),
        ("11.60-", -1160, None),
        ("-5.59", -559, None),
        ("2.50SR", 250, None),
        ("Rs. 1939", 193_900, Some("INR")),
        ("9.00", 900, None),
    ] {
        assert_eq!(money(text, None), [(minor, currency.map(str::to_owned))], "{text}");
    }
    assert_eq!(money("$5.00", Some("SGD")), [(500, Some("SGD".to_owned()))]);
    assert_eq!(money("5.00", Some("MYR")), [(500, Some("MYR".to_owned()))]);
}

#[test]
fn other_numbers_are_no_amounts() {
    for text in
        ["6.00%", "6.00 %", "1.50KG", "14.3.18", "12.05.2018", "2018", "A4", "10:20:00", "03-7880 5750", "3.14159"]
    {
        assert!(money(text, None).is_empty(), "{text}: {:?}", money(text, None));
    }
    assert_eq!(money("2 X 4.80  9.60", None).len(), 2);
}

#[test]
fn decimals_of_an_amount_follow_its_currency() {
    let plain = |minor, code: &str| Amount { minor, currency: Some(code.to_owned()) }.decimal();
    assert_eq!(plain(-5, "EUR"), "-0.05");
    assert_eq!(plain(123_450, "MYR"), "1234.50");
    assert_eq!(plain(1200, "JPY"), "1200");
}

#[test]
fn addresses_and_account_numbers_are_checked() {
    let found: Vec<String> = emails("Mail to Ann.Lee@Example.COM, or <x_1@mail.co.uk>. Not a@b or @home.")
        .into_iter()
        .map(|e| e.value)
        .collect();
    assert_eq!(found, ["Ann.Lee@example.com", "x_1@mail.co.uk"]);
    let found =
        ibans("IBAN: DE89 3704 0044 0532 0130 00, or GB82WEST12345698765432; wrong: DE88 3704 0044 0532 0130 00");
    let read: Vec<(&str, bool)> = found.iter().map(|iban| (iban.value.as_str(), iban.valid)).collect();
    assert_eq!(
        read,
        [("DE89370400440532013000", true), ("GB82WEST12345698765432", true), ("DE88370400440532013000", false)]
    );
}

#[test]
fn companies_end_at_their_legal_form() {
    let text = "Supplier: Nordwind Handels GmbH & Co. KG, Hamburg\n\
        BLUE RIVER TRADING SDN. BHD. (12345-X)\nhello world\nas we said";
    let found: Vec<String> = companies(text).into_iter().map(|company| company.name).collect();
    assert_eq!(found, ["Nordwind Handels GmbH & Co. KG", "BLUE RIVER TRADING SDN. BHD."]);
}

#[test]
fn labels_find_their_values_beside_and_below() {
    let text = "Company name: Acme Ltd\nDate  : 1 May 2024\nInvoice no  A-77\nBank:\nNorthern Bank\n";
    let read: Vec<(&str, &str, Layout)> =
        pairs(text).iter().map(|pair| (pair.label.quote(text), pair.value.quote(text), pair.layout)).collect();
    for wanted in [
        ("Company name", "Acme Ltd", Layout::Colon),
        ("Date", "1 May 2024", Layout::Colon),
        ("Invoice no", "A-77", Layout::Gap),
        ("Bank", "Northern Bank", Layout::Below),
    ] {
        assert!(read.contains(&wanted), "{wanted:?} is not in {read:?}");
    }
}

fn check_span(text: &str, span: Span) {
    assert!(span.start <= span.end, "{span:?}");
    assert!(text.get(span.start..span.end).is_some(), "{span:?} is off the characters of {text:?}");
}

fn check_all_spans(text: &str) {
    for order in [DayOrder::DayFirst, DayOrder::MonthFirst, DayOrder::Unknown] {
        for hit in dates(text, order) {
            check_span(text, hit.span);
            let again = dates(hit.span.quote(text), order);
            // A clock time stuck to a date, or behind a run of digits, is what told how to read it.
            assert!(again.is_empty() && hit.compact || again[0].value == hit.value, "{text:?} {hit:?} {again:?}");
        }
    }
    for hit in amounts(text, Some("EUR")) {
        check_span(text, hit.span);
        let again = amounts(hit.span.quote(text), Some("EUR"));
        assert_eq!(again.first().map(|again| &again.value), Some(&hit.value), "{text:?} {hit:?}");
    }
    for hit in emails(text) {
        check_span(text, hit.span);
        assert_eq!(emails(hit.span.quote(text))[0].value, hit.value);
    }
    for hit in ibans(text) {
        check_span(text, hit.span);
        assert_eq!(ibans(hit.span.quote(text))[0].value, hit.value);
    }
    for pair in pairs(text) {
        check_span(text, pair.label);
        check_span(text, pair.value);
    }
    companies(text).iter().for_each(|company| check_span(text, company.span));
    lines(text).iter().for_each(|line| assert_eq!(line.span.quote(text), line.text));
}

proptest! {
    #[test]
    fn spans_lie_on_characters_and_quotes_read_back(text in "\\PC{0,80}") {
        check_all_spans(&text);
    }

    #[test]
    fn the_same_holds_for_texts_like_documents(
        parts in prop::collection::vec(prop_oneof![
            "[0-9]{1,8}", "[-./:,'@%()$€£ \t\n]{1,2}", Just("RM".to_owned()), Just("EUR".to_owned()),
            Just("März".to_owned()), Just("MAY".to_owned()), Just("SDN BHD".to_owned()), Just("DE89".to_owned()),
            Just("Total:".to_owned()), "[a-zé]{1,6}", Just("\u{a0}".to_owned()), Just("\u{2212}".to_owned()),
        ], 0..24)
    ) {
        check_all_spans(&parts.concat());
    }
}
