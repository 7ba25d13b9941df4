//! Documents that strangers send, through the real program: read by a process of its own, or left to a person.

use std::{path::PathBuf, time::Duration};

use countersign::{
    config::Config,
    documents::{NoText, Reader as _, apart::Apart},
    runtime::intake::{HandIn, Upload},
};
use countersign_core::{
    case::{Ask, CheckResult, Origin, Outcome},
    event::Acting,
};

use super::world::{Setup, World};

#[path = "../../src/documents/tests/samples.rs"]
pub mod samples;

/// The program, as it is installed.
pub fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_countersign"))
}

/// What becomes of a document.
async fn check(reader: &Apart, name: &str, bytes: &[u8], expected: Result<&str, NoText>) {
    let outcome = reader.read(name, bytes).await;
    assert_eq!(outcome.text.map(|text| text.text), expected.map(str::to_owned), "{name}");
}

#[tokio::test]
async fn every_kind_is_read_by_a_process_of_its_own() {
    let reader = Apart::new(program());
    let row = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>Total</t></is></c><c r=\"B1\"><v>12.5</v></c></row>";
    let mail = "From: rosa@example.org\nSubject: Lamp\n\nTotal: 12.50";
    check(&reader, "a.txt", b"Total: 12.50", Ok("Total: 12.50")).await;
    check(&reader, "a.csv", b"Total;12.50", Ok("Total: 12.50")).await;
    check(&reader, "a.html", b"<html><p>Total: 12.50", Ok("Total: 12.50")).await;
    check(&reader, "a.eml", mail.as_bytes(), Ok(mail)).await;
    check(&reader, "a.pdf", &samples::pdf(&["Total: 12.50"]), Ok("Total: 12.50")).await;
    check(&reader, "a.docx", &samples::docx("Total: 12.50"), Ok("Total: 12.50")).await;
    check(&reader, "a.xlsx", &samples::xlsx(row, "x"), Ok("Total: 12.5")).await;
    check(&reader, "scan.pdf", &samples::pdf_drawn(&["0 0 9 9 re f"], ""), Err(NoText::Scan { pages: 1 })).await;
    let outcome = reader.read("a.txt", &samples::pdf(&["Total"])).await;
    assert_eq!((outcome.media_type, outcome.reader), ("application/pdf", Some("pdf-1")));
}

/// A PDF whose page draws these forms, each with the next one under the name `X`; the last has itself.
fn forms(drawings: &[&str]) -> Vec<u8> {
    let form = |next: usize, drawn: &str| {
        format!(
            "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X {next} 0 R >> >> \
             /Length {} >>\nstream\n{drawn}\nendstream",
            drawn.len()
        )
    };
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> \
         /Contents 4 0 R >>"
            .to_owned(),
        "<< /Length 5 >>\nstream\n/X Do\nendstream".to_owned(),
    ];
    let last = drawings.len() + 4;
    objects.extend((6..).zip(drawings).map(|(next, drawn)| form(next.min(last), drawn)));
    samples::pdf_of(&objects, "")
}

#[tokio::test]
async fn a_document_that_breaks_its_reader_breaks_nothing_else() {
    let reader = Apart::new(program());
    // The library stops with a panic at a page without a size.
    let sizeless = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
        "<< /Length 5 >>\nstream\nBT ET\nendstream",
    ];
    let sizeless = samples::pdf_of(&sizeless.map(str::to_owned), "");
    check(&reader, "panics.pdf", &sizeless, Err(NoText::BrokeOff)).await;
    check(&reader, "recurses.pdf", &forms(&["/X Do"]), Err(NoText::BrokeOff)).await;
    check(&reader, "a.txt", b"and on", Ok("and on")).await;
}

#[tokio::test]
async fn time_and_memory_of_a_reader_end() {
    let hasty = Apart::new(program()).within(Duration::from_secs(2), 512);
    let each = "/X Do ".repeat(16);
    let mut drawings = vec![each.as_str(); 10];
    drawings.push("n");
    let endless = forms(&drawings);
    check(&hasty, "endless.pdf", &endless, Err(NoText::Time { seconds: 2 })).await;
    // How much the program itself needs depends on how it was built.
    for mebibytes in (16..=512).step_by(8) {
        let small = Apart::new(program()).within(Duration::from_secs(10), mebibytes);
        if small.read("a.csv", b"Total;12.50").await.text.is_ok() {
            let long = "a".repeat(12 * 1024 * 1024);
            check(&small, "long.csv", long.as_bytes(), Err(NoText::Memory { mebibytes })).await;
            return;
        }
    }
    panic!("the program reads nothing within 512 MiB");
}

#[tokio::test]
async fn a_program_that_cannot_read_is_told() {
    let reader = |program: &str| Apart::new(PathBuf::from(program));
    check(&reader("/nowhere/countersign"), "a.csv", b"a,b", Err(NoText::NoReader)).await;
    check(&reader("/bin/false"), "a.csv", b"a,b", Err(NoText::BrokeOff)).await;
    check(&reader("/bin/true"), "a.csv", b"a,b", Err(NoText::BrokeOff)).await;
}

#[tokio::test]
async fn many_documents_wait_for_their_turn() {
    let reader = Apart::new(program());
    let bytes = samples::docx("Total");
    let all = futures_util::future::join_all((0..6).map(|_| reader.read("a.docx", &bytes))).await;
    assert!(all.iter().all(|outcome| outcome.text.as_ref().is_ok_and(|text| text.text == "Total")), "{all:?}");
}

const TEXT: &str = "# Invoice

A clerk can start this process.
The finance lead is accountable for this process.
Closing as booked is a success.
Amounts without a currency are in EUR.

The invoice form asks for the purpose (text), the mail (document) and the offer (document).

Stage Check:
- When a clerk submits the invoice form, read the total (money) from the mail.
- Read the price (money) from the offer.
- Check that the total on the mail is the same as the price on the offer.

Stage Approval:
- The finance lead approves the invoice within 2 working days.
- Close the case as booked.
";

async fn handed_in(mail: (&str, Vec<u8>), offer: (&str, Vec<u8>)) -> (World, u64) {
    let config = Config { reader: Some(program()), ..Config::default() };
    let world = World::with(TEXT, Setup { config, ..Setup::default() }).await;
    let uploads = [("mail", mail), ("offer", offer)].map(|(field, (name, bytes))| Upload {
        field: field.to_owned(),
        name: name.to_owned(),
        bytes,
    });
    let words = [("purpose".to_owned(), "A lamp".to_owned())].into();
    let hand_in = HandIn { words, uploads: uploads.to_vec() };
    let opened = world.runtime.open_case(&Acting::person("ana"), "invoice", hand_in, None).await.unwrap();
    world.quiet().await;
    (world, opened.loaded.case.number)
}

#[tokio::test]
async fn an_e_mail_and_a_text_document_are_read_with_evidence_without_a_model() {
    let table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Price</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>EUR 99.00</w:t>\
                 </w:r></w:p></w:tc></w:tr></w:tbl>";
    let mail = samples::mail(&[("invoice.pdf", &samples::pdf(&["Total: 99.00 EUR"]))]);
    let (world, number) = handed_in(("mail.eml", mail), ("offer.docx", samples::docx_with(table, &[]))).await;
    let case = world.case(number).await;
    for (name, quote) in [("mail.total", "99"), ("offer.price", "99.00")] {
        let entry = case.fields.get(name).unwrap_or_else(|| panic!("{name} in {:?}", case.fields));
        assert_eq!(entry.value.plain(), "99.00 EUR", "{name}");
        let Origin::Document { evidence, .. } = &entry.origin else { panic!("{:?}", entry.origin) };
        let text = world.store.text(&evidence.text).await.unwrap().unwrap();
        let place = usize::try_from(evidence.start).unwrap()..usize::try_from(evidence.end).unwrap();
        assert_eq!(text.get(place).unwrap(), evidence.quote);
        assert!(evidence.quote.contains(quote), "{}", evidence.quote);
    }
    let finding = case.findings.values().next().unwrap();
    assert_eq!(finding.result, CheckResult::Passed, "{finding:?}");
    let readers: Vec<&str> = case.documents.values().filter_map(|document| document.reader.as_deref()).collect();
    assert_eq!(readers.len(), 2);
    assert!(readers.contains(&"mail-1") && readers.contains(&"docx-1"), "{readers:?}");
    world.decide(number, "lea", Outcome::Approved, &[]).await;
    assert_eq!(world.status(number).await, "booked");
    world.folds(number).await;
}

#[tokio::test]
async fn a_scan_goes_to_a_person_who_is_told_why() {
    let scan = samples::pdf_drawn(&["0 0 9 9 re f", "0 0 9 9 re f"], "");
    let (world, number) = handed_in(("mail.txt", b"Total: EUR 99.00".to_vec()), ("offer.pdf", scan)).await;
    let case = world.case(number).await;
    let why = "the PDF has 2 pages but no text layer: it is a scan, so a person reads it";
    let offer = case.documents.values().find(|document| document.field == "offer").unwrap();
    assert_eq!((offer.text.as_deref(), offer.no_text.as_deref()), (None, Some(why)));
    assert_eq!(case.fields.get("offer.price").map(|entry| entry.value.plain()), None);
    let log = format!("{:?}", world.log(number).await);
    assert!(log.matches(why).count() >= 2, "the document and the agent say it: {log}");
    assert!(matches!(world.task(number).await.ask, Ask::Approve { .. }));
}
