use proptest::prelude::*;

use super::extract::{Found, Kind, Settings, Wanted, find};
use super::recognise::DayOrder;

const RECEIPT: &str = "LIM AH KOW\nBLUE LANTERN TRADING SDN BHD\n(998877-X)\n12, JALAN MAWAR 3,\n50000 KUALA LUMPUR\n\
    TEL: 03-1111 2222\nTAX INVOICE\nDATE: 07/11/2019 18:22\nPAPER CLIPS\n2 X 1.50  3.00\nSTAPLER  11.98\n\
    TOTAL QTY: 3\nSUB TOTAL  14.13\nGST 6%  0.85\nTOTAL  14.98\nROUNDING ADJ  0.02\nRM 15.00\nCASH  20.00\n\
    CHANGE  5.00\nGST SUMMARY  AMOUNT  TAX\nSR 6%  14.13  0.85\nTOTAL  14.13  0.85\nVALID UNTIL 31/12/2020";

const INVOICE: &str = "Nordlicht Werkzeuge GmbH\nHafenstraße 5, 20457 Hamburg\nRechnung Nr. NL-2024-0815\n\
    Rechnungsdatum: 3. Mai 2024\nFällig am: 17.05.2024\nKunde: Acme Tools Ltd\nBohrer  2  49,50 €  99,00 €\n\
    Nettobetrag  99,00 €\nMwSt 19 %  18,81 €\nGesamtbetrag  117,81 €\nIBAN: DE89 3704 0044 0532 0130 00\n\
    Fragen an buchhaltung@nordlicht.example.com";

fn ask(text: &str, name: &str, kind: Kind) -> Option<Found> {
    let settings = Settings { day_order: DayOrder::DayFirst, default_currency: Some("MYR".to_owned()) };
    find(text, &Wanted { name, label: "", kind }, &settings)
}

fn check(text: &str, name: &str, kind: Kind, want: &str) {
    let found = ask(text, name, kind).unwrap();
    assert_eq!(found.value.plain(), want, "{name}: {found:?}");
    assert!(found.score_per_mille <= 1000);
    assert!(text.get(found.start..found.end).is_some());
}

#[test]
fn a_receipt_gives_its_shop_day_and_rounded_total() {
    check(RECEIPT, "company", Kind::Company, "BLUE LANTERN TRADING SDN BHD");
    check(RECEIPT, "date", Kind::Date, "2019-11-07");
    check(RECEIPT, "total", Kind::Money, "15.00");
    check(RECEIPT, "tax", Kind::Money, "0.85");
    check(RECEIPT, "subtotal", Kind::Money, "14.13");
}

#[test]
fn a_table_names_the_merchant_in_a_column_of_its_own() {
    let table = "Merchant: Cafe Central\nDate: 2026-03-02\nTotal: 24.90 EUR";
    check(table, "merchant", Kind::Company, "Cafe Central");
    check("Merchant name: Cafe Central\nTotal: 24.90 EUR", "merchant", Kind::Company, "Cafe Central");
}

#[test]
fn an_invoice_in_german_gives_what_its_labels_name() {
    check(INVOICE, "company", Kind::Company, "Nordlicht Werkzeuge GmbH");
    check(INVOICE, "invoice_date", Kind::Date, "2024-05-03");
    check(INVOICE, "due_date", Kind::Date, "2024-05-17");
    check(INVOICE, "total_amount", Kind::Money, "117.81");
    check(INVOICE, "iban", Kind::Iban, "DE89370400440532013000");
    check(INVOICE, "email", Kind::Email, "buchhaltung@nordlicht.example.com");
    check(INVOICE, "invoice_number", Kind::Number, "NL-2024-0815");
}

#[test]
fn totals_are_found_in_other_languages() {
    for (line, want) in [
        ("Total HT : 46,68 €\nTVA 20% : 9,34 €\nTotal TTC : 56,02 €", "56.02"),
        ("Subtotaal € 40,00\nBTW 21% € 8,40\nTotaal € 48,40", "48.40"),
        ("Zwischensumme 10,00\nSumme 11,90", "11.90"),
        ("Subtotal $ 262.90\nTax 15% on $ 112.90 $ 16.94\nTotal $ 279.84", "279.84"),
        ("AMOUNT\n12.00\nAMOUNT TO BE PAID : 12.50\nCASH 20.00\nCHANGE 7.50", "12.50"),
    ] {
        check(line, "total", Kind::Money, want);
    }
}

#[test]
fn a_name_broken_over_lines_is_joined_and_quoted_as_it_stands() {
    let text = "GREEN HILL HARDWARE\nENTERPRISE (NORTH\nSIDE) SDN BHD\n1, JALAN ROS\n";
    let found = ask(text, "merchant", Kind::Company).unwrap();
    assert_eq!(found.value.plain(), "GREEN HILL HARDWARE ENTERPRISE (NORTH SIDE) SDN BHD");
    assert_eq!(&text[found.start..found.end], "GREEN HILL HARDWARE\nENTERPRISE (NORTH\nSIDE) SDN BHD");
}

#[test]
fn the_kind_of_a_document_is_no_part_of_a_name() {
    for (heading, want) in [
        ("Blue Lantern Web Services Invoice", "Blue Lantern Web Services"),
        ("FACTUUR. Groene Fiets B.V.", "Groene Fiets B.V."),
        ("OFFICIAL RECEIPT\nGREEN HILL HARDWARE", "GREEN HILL HARDWARE"),
    ] {
        check(&format!("{heading}\n12 Long Road\n"), "issuer", Kind::Company, want);
    }
}

#[test]
fn a_label_in_a_form_names_the_company_and_other_texts() {
    let form = "Request for change\nRequested by: Ann Lee\nCompany name: River Stone Ltd\nPhone: 555 0100\n";
    check(form, "company_name", Kind::Company, "River Stone Ltd");
    check(form, "requested_by", Kind::Text, "Ann Lee");
    assert_eq!(ask(form, "tax_number", Kind::Text), None);
}

#[test]
fn a_date_that_reads_both_ways_is_reported_with_its_other_reading() {
    let wanted = Wanted { name: "date", label: "Date", kind: Kind::Date };
    let found = find("Date: 04/05/2024", &wanted, &Settings::default()).unwrap();
    assert_eq!(found.value.plain(), "2024-05-04");
    assert_eq!(found.ambiguous.unwrap().plain(), "2024-04-05");
}

#[test]
fn nothing_is_found_where_there_is_nothing() {
    for kind in [Kind::Date, Kind::Money, Kind::Email, Kind::Iban, Kind::Number, Kind::Text] {
        assert_eq!(ask("Dear all, see you soon.", "total", kind), None, "{kind:?}");
        assert_eq!(ask("", "total", kind), None);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "(\\PC|\n){0,200}") {
        for kind in [Kind::Date, Kind::Money, Kind::Company, Kind::Email, Kind::Iban, Kind::Number, Kind::Text] {
            for name in ["total", "company name", "invoice date", "", "§"] {
                if let Some(found) = ask(&text, name, kind) {
                    prop_assert!(text.get(found.start..found.end).is_some());
                }
            }
        }
    }
}
