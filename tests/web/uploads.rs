//! Handing in files: good ones, and every kind of bad one.

use super::world::{World, ask, multipart};
use crate::runtime::documents::samples;

const START: &str = "/processes/expense-claim/start";
const WORDS: [(&str, &str); 4] =
    [("field.purpose", "Trade fair"), ("field.amount", "412.50"), ("currency.amount", "EUR"), ("key", "one-form")];

async fn hand_in(world: &World, name: &str, bytes: &[u8]) -> super::world::Answer {
    world.upload("rosa", START, &WORDS, &[("field.receipt", name, bytes)]).await
}

#[tokio::test]
async fn a_form_that_is_handed_in_twice_opens_one_case() {
    let world = World::new().await;
    let first = hand_in(&world, "adler.txt", b"TOTAL EUR 412.50").await.leads_to().to_owned();
    let second = hand_in(&world, "adler.txt", b"TOTAL EUR 412.50").await.leads_to().to_owned();
    assert_eq!(first, second);
    world.get("rosa", &first).await.must_be(200).says("adler.txt").says("is open");
}

#[tokio::test]
async fn an_empty_file_is_refused_and_what_was_typed_is_kept() {
    let world = World::new().await;
    let back = hand_in(&world, "empty.txt", b"").await.must_be(422);
    back.says("is an empty file").says("Trade fair").says("value=\"412.50\"").says("value=\"one-form\"");
}

#[tokio::test]
async fn a_missing_file_and_a_wrong_amount_are_told_beside_their_fields() {
    let world = World::new().await;
    let words = [("field.purpose", "Trade fair"), ("field.amount", "twelve"), ("key", "k")];
    let back = world.upload("rosa", START, &words, &[]).await.must_be(422);
    back.says("href=\"#field-amount\"").says("twelve");
    let words = [("field.purpose", "Trade fair"), ("field.amount", "12"), ("key", "k")];
    world.upload("rosa", START, &words, &[]).await.must_be(422).says("href=\"#field-receipt\"").says("is missing");
}

#[tokio::test]
async fn a_binary_file_is_kept_and_only_ever_downloaded() {
    let world = World::new().await;
    let bytes = b"\x89PNG\r\n\x1a\n\x00\x01<script>alert(1)</script>";
    let case = hand_in(&world, "picture.html", bytes).await.leads_to().to_owned();
    let page = world.get("rosa", &case).await.must_be(200).says("picture.html");
    let path = page.text.split(&format!("{case}/documents/")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let file = world.get("rosa", &format!("{case}/documents/{path}")).await.must_be(200);
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment;"));
    assert!(file.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
}

#[tokio::test]
async fn a_file_that_is_no_utf_8_is_kept_for_people_to_look_at() {
    let world = World::new().await;
    let case = hand_in(&world, "latin1.txt", b"TOTAL 412,50 \xa4 M\xfcnchen").await.leads_to().to_owned();
    let number: u64 = case.rsplit('/').next().unwrap().parse().unwrap();
    world.get("carla", &format!("/tasks/{number}-1")).await.must_be(200).says("no text that can be shown here");
}

#[tokio::test]
async fn a_scan_is_kept_and_every_page_says_why_it_was_not_read() {
    let world = World::new().await;
    let scan = samples::pdf_drawn(&["0 0 9 9 re f"], "");
    let case = hand_in(&world, "scan.pdf", &scan).await.leads_to().to_owned();
    let number: u64 = case.rsplit('/').next().unwrap().parse().unwrap();
    let page = world.get("rosa", &case).await.must_be(200);
    page.says("The PDF has 1 page but no text layer: it is a scan, so a person reads it.")
        .says("scan.pdf was not read: the PDF has 1 page but no text layer");
    world.get("carla", &format!("/tasks/{number}-1")).await.must_be(200).says("has 1 page but no text layer");
}

#[tokio::test]
async fn a_reason_that_says_that_nothing_was_read_is_not_said_twice() {
    let world = World::new().await;
    let case = hand_in(&world, "photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").await.leads_to().to_owned();
    let page = world.get("rosa", &case).await.must_be(200).says_nothing_of("photo.png was not read");
    page.says("photo.png: the document is a picture without text, so it was not read; a person looks at it.");
}

#[tokio::test]
async fn a_text_document_is_shown_as_text_and_handed_out_as_it_came() {
    let world = World::new().await;
    let offer = samples::docx("Hotel Adler &lt;total&gt; EUR 412.50");
    let case = hand_in(&world, "offer.docx", &offer).await.leads_to().to_owned();
    let number: u64 = case.rsplit('/').next().unwrap().parse().unwrap();
    let task = world.get("carla", &format!("/tasks/{number}-1")).await.must_be(200);
    let task = task.says("Hotel Adler &lt;total&gt; EUR 412.50</pre>");
    let path = task.text.split(&format!("{case}/documents/")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    let file = world.get("carla", &format!("{case}/documents/{path}")).await.must_be(200);
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert!(file.text.starts_with("PK"), "as it came, and not as text");
}

#[tokio::test]
async fn a_file_of_30_mb_is_refused_in_words() {
    let world = World::new().await;
    let before = world.store.count_cases(&countersign::store::CaseFilter::default()).await.unwrap();
    let large = vec![b'a'; 30 * 1024 * 1024];
    hand_in(&world, "large.txt", &large).await.must_be(413).says("The file is too large").says("at most 20 MB");
    let just_over = vec![b'a'; 20 * 1024 * 1024 + 1];
    hand_in(&world, "over.txt", &just_over).await.must_be(422).says("at most 20 MiB").says("Trade fair");
    assert_eq!(world.store.count_cases(&countersign::store::CaseFilter::default()).await.unwrap(), before);
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_cannot_send_much() {
    let world = World::new().await;
    let large = vec![b'a'; 100 * 1024];
    let files: [(&str, &str, &[u8]); 1] = [("field.receipt", "a.txt", &large)];
    world.send(multipart(ask("POST", None, START), &WORDS, &files)).await.must_be(413);
    world.send(multipart(ask("POST", None, "/session"), &WORDS, &files)).await.must_be(413);
    let cut = ask("POST", Some("rosa"), START).header("content-type", "multipart/form-data; boundary=edge");
    world.send(cut.body(axum::body::Body::from("--edge\r\nContent-Disp")).unwrap()).await.must_be(400);
}
