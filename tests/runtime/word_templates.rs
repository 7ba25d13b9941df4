//! Letters that are Word files: from a file beside a text to the letter that somebody downloads.

use std::{fs, process::Command};

use countersign::{
    config::Config,
    documents::{Reader as _, apart::Apart},
    language::Attachments,
    runtime::word_templates::from_word,
};
use countersign_core::{case::Origin, event::Acting, value::Value};

use super::{
    documents::{
        program,
        samples::{WORD_NAMES, letter, paragraph, part},
    },
    world::{Setup, World},
};

const LETTER: &str = "# Offer letter

A clerk can start this process.
The finance lead is accountable for this process.
The roles are finance desk and director.

The offer form asks for the guest name (text), the price (money) and the address (text).

Stage Letter:
- Fill in the letter from the template \"offer\".
- If the agent is not sure, the finance desk decides within 1 working day.
- The director approves the letter.
- Close the case as sent.
";

const OFFER: &[(&str, &str)] =
    &[("guest_name", "Ida <w:br/> {price} \u{202e}& Söhne"), ("price", "1250 EUR"), ("address", "North Road 1\nBonn")];

/// A letter with its places cut by Word, and the number of the case in its footer.
fn offer(greeting: &str) -> Vec<u8> {
    let body = paragraph(&["{add", "ress}"]) + &paragraph(&[greeting, " {guest name}, it is {price}."]);
    let footer = format!("<w:ftr {WORD_NAMES}>{}</w:ftr>", paragraph(&["No. {case number}"]));
    letter(&body, &[("word/footer1.xml", footer.as_bytes())])
}

/// An organisation that reads Word files.
async fn world() -> World {
    let config = Config { reader: Some(program()), ..Config::default() };
    World::with("", Setup { config, ..Setup::default() }).await
}

async fn publish(world: &World, file: &[u8]) -> String {
    let (text, word) = world.runtime.read_word_template("offer", file).await.unwrap();
    let (templates, word_templates) = ([("offer".to_owned(), text)].into(), [("offer".to_owned(), word)].into());
    world.publish_with(LETTER, &Attachments { templates, word_templates, ..Attachments::default() }).await
}

#[tokio::test]
async fn a_letter_is_the_word_file_with_the_words_that_were_signed() {
    let world = world().await;
    let version = publish(&world, &offer("Dear")).await;
    let number = world.open("ana", "offer-letter", OFFER).await;
    let text = format!("North Road 1\nBonn\nDear Ida <w:br/> {{price}} & Söhne, it is 1,250 EUR.\n\nNo. {number}");
    assert_eq!(world.value(number, "letter").await, text);
    let case = world.case(number).await;
    let file = world.runtime.letter(&case, "letter").await.unwrap();
    let body = part(&file, "word/document.xml");
    assert!(body.contains("North Road 1</w:t><w:br/><w:t xml:space=\"preserve\">Bonn</w:t>"), "{body}");
    assert!(body.contains("Ida &lt;w:br/&gt; {price} &amp; Söhne, it is 1,250 EUR.</w:t>"), "{body}");
    assert!(part(&file, "word/footer1.xml").contains(&format!("No. {number}<")));
    // Read like a letter that somebody hands in, it says what was signed.
    let read = Apart::new(program()).read("letter.docx", &file).await.text.unwrap().text;
    assert!(read.starts_with("North Road 1\nBonn\nDear Ida <w:br/> {price} & Söhne, it is 1,250 EUR."), "{read}");

    // A later version has another letter; this one is made from the file that it came from.
    assert_ne!(publish(&world, &offer("Hello")).await, version);
    assert_eq!(publish(&world, &offer("Dear")).await, version, "the same file is the same version");
    publish(&world, &offer("Hello")).await;
    let again = world.runtime.letter(&case, "letter").await.unwrap();
    assert_eq!(part(&again, "word/document.xml"), body);
    world.folds(number).await;
    assert_eq!(world.runtime.audit(None, &|_| {}).await.unwrap().differences, []);
}

#[tokio::test]
async fn what_is_not_the_filled_in_letter_any_more_is_no_word_file() {
    let world = world().await;
    publish(&world, &offer("Dear")).await;
    let number = world.open("ana", "offer-letter", OFFER).await;
    let case = world.case(number).await;
    // What is kept beside the letter repeats nothing of it, so that nothing is left when its value is erased.
    let Origin::Template { word: Some(word), .. } = &case.fields["letter"].origin else { panic!("{case:?}") };
    assert!(!serde_json::to_string(word).unwrap().contains("Ida"));
    assert_eq!(word.places.len(), 4);
    let mut erased = (*case).clone();
    erased.fields.get_mut("letter").unwrap().value = Value::Erased;
    assert_eq!(from_word(&erased, "letter"), None);
    assert!(world.runtime.letter(&erased, "letter").await.is_err());
    assert!(world.runtime.letter(&case, "guest_name").await.is_err());

    // Whoever writes over the letter makes it a text.
    let words = [("letter".to_owned(), "Dear Ida, no.".to_owned())].into();
    world.runtime.edit_fields(&case.id, &Acting::person("lea"), words, "softer", "k").await.unwrap();
    assert_eq!(from_word(&*world.case(number).await, "letter"), None);
}

/// What the program says about a process with these files beside it.
fn checked(command: &str, files: &[(&str, &[u8])], more: &[&str]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("templates")).unwrap();
    fs::write(folder.path().join("process.md"), LETTER).unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join("templates").join(name), bytes).unwrap();
    }
    let done = Command::new(program()).arg(command).arg("process.md").args(more).current_dir(&folder).output().unwrap();
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8(said).unwrap());
    (done.status.success(), said.join("\n"))
}

#[test]
fn a_folder_may_hold_a_word_file_for_each_template() {
    let check = |files: &[(&str, &[u8])], fine: bool, says: &str| {
        let (ended_well, said) = checked("check", files, &[]);
        assert_eq!(ended_well, fine, "{said}");
        assert!(said.contains(says), "{said}");
    };
    check(&[("offer.docx", &offer("Dear"))], true, "sentences are understood");
    check(&[("offer.docx", &offer("{nobody}"))], false, "line 2 of the template `offer`: nothing fills `{nobody}`");
    check(&[("offer.docx", &offer("Dear")), ("offer.txt", b"Dear")], false, "as a text and as a Word file; keep one");
    check(&[("offer.docx", b"Dear {guest name}")], false, "offer.docx: the file is not a Word file");
    check(&[("offer.docx", &offer(&"x".repeat(300_000)))], false, "characters; at most");
}
