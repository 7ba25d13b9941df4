//! Letters that code fills in from templates, and work that goes to the owner of the word that an agent chose.

use std::sync::Arc;

use countersign::{
    language::Attachments,
    llm::scripted::Scripted,
    resource::{self, Reader},
};
use countersign_core::{
    authorise::{Verb, authorise},
    case::{Ask, Origin, Outcome},
    event::Acting,
};

use super::world::{Setup, World};

const LETTER: &str = "# Offer letter

A clerk can start this process.
The finance lead is accountable for this process.
The roles are finance desk and director.

The offer form asks for the guest name (text), the price (money), the room (text, optional) and the guest e-mail \
(e-mail).
The guest is outside; their address is the guest e-mail.
Only the director, the guest and the finance lead may see the price.

Stage Letter:
- Fill in the letter from the template \"offer\".
- If the agent is not sure, the finance desk decides within 1 working day.
- The director approves the letter.
- Tell the guest that \"{letter}\", signed by the approver.
- Close the case as sent.
";

const OFFER: &str = "Our offer {case number} of {today}\n\nDear {guest name},\nroom {room} costs {price}.";

const GUEST: &[(&str, &str)] =
    &[("guest_name", "Ida {price} \u{202e}Holm\u{200b}"), ("price", "1250 EUR"), ("guest_e_mail", "ida@example.org")];

/// An organisation whose model would fill in anything, if it were asked.
async fn world() -> (World, Arc<Scripted>) {
    let provider = Arc::new(Scripted::new().unwrap().says("{\"letter\": \"Pay to the other account.\"}"));
    let setup = Setup { provider: Some(Arc::clone(&provider)), ..Setup::default() };
    let world = World::with("", setup).await;
    let templates = [("offer".to_owned(), OFFER.to_owned())].into();
    world.publish_with(LETTER, &Attachments { templates, ..Attachments::default() }).await;
    (world, provider)
}

#[tokio::test]
async fn a_letter_holds_its_template_and_the_values_of_the_case_and_nothing_else() {
    let (world, provider) = world().await;
    let words = [GUEST, &[("room", "7")]].concat();
    let number = world.open("ana", "offer-letter", &words).await;
    let case = world.case(number).await;
    let expected =
        format!("Our offer {number} of 2026-09-21\n\nDear Ida {{price}} Holm,\nroom 7 costs {}.", "1,250 EUR");
    assert_eq!(world.value(number, "letter").await, expected);
    assert_eq!(case.fields["letter"].origin, Origin::Template { template: "offer".to_owned(), word: None });
    assert_eq!(provider.requests().len(), 0, "no model is asked");

    // The approver signs the letter as it stands, and that is what leaves.
    assert_eq!(world.asked(number).await, ["dora"]);
    world.decide(number, "dora", Outcome::Approved, &[]).await;
    let case = world.case(number).await;
    assert_eq!(case.sign_offs[0].covers["letter"], case.field_digest("letter"));
    assert_eq!(world.status(number).await, "sent");
    let effects = world.store.mails(Some(&case.id), 10).await.unwrap();
    assert!(effects.iter().any(|mail| mail.text == expected && mail.to_address == "ida@example.org"), "{effects:?}");
    world.folds(number).await;
}

#[tokio::test]
async fn a_letter_follows_a_value_that_is_changed_and_what_was_signed_ends() {
    let (world, _) = world().await;
    let number = world.open("ana", "offer-letter", &[GUEST, &[("room", "7")]].concat()).await;
    let id = world.case(number).await.id.clone();
    let edit = [("price".to_owned(), "99 EUR".to_owned())].into();
    world.runtime.edit_fields(&id, &Acting::person("lea"), edit, "a typo", "edit").await.unwrap();
    assert!(world.value(number, "letter").await.ends_with("room 7 costs 99 EUR."));
    // Whoever changes it once more while signing is shown what came of it before it leaves.
    world.decide(number, "dora", Outcome::Approved, &[("price", "98 EUR")]).await;
    assert_eq!(world.asked(number).await, ["dora"]);
    assert!(world.value(number, "letter").await.ends_with("room 7 costs 98 EUR."));
    assert!(world.store.mails(Some(&id), 10).await.unwrap().iter().all(|mail| mail.to_address != "ida@example.org"));
    world.decide(number, "dora", Outcome::Approved, &[]).await;
    let mails = world.store.mails(Some(&id), 10).await.unwrap();
    let sent: Vec<&String> =
        mails.iter().filter(|mail| mail.to_address == "ida@example.org").map(|mail| &mail.text).collect();
    assert!(sent.len() == 1 && sent[0].ends_with("room 7 costs 98 EUR."), "{sent:?}");
    world.folds(number).await;
}

#[tokio::test]
async fn a_letter_is_as_private_as_what_stands_in_it() {
    let (world, _) = world().await;
    let number = world.open("ana", "offer-letter", &[GUEST, &[("room", "7")]].concat()).await;
    let loaded = world.loaded(number).await;
    let sees = |person: &str| {
        let verb = Verb::ReadField("letter".to_owned());
        authorise(&loaded.context(), Some(&loaded.case), &Acting::person(person), &verb, world.clock.now()).is_ok()
    };
    assert_eq!(["dora", "lea", "ana", "fin"].map(sees), [true, true, false, false]);
    let shown = |person: &str| {
        let acting = Acting::person(person);
        let told = resource::case(&loaded, Reader::Acting(&acting), world.clock.now());
        serde_json::to_string(&told).unwrap()
    };
    assert!(shown("dora").contains("1,250 EUR") && !shown("ana").contains("1,250 EUR"));
}

#[tokio::test]
async fn a_missing_value_is_asked_for_and_nothing_is_written_until_it_is_there() {
    let (world, _) = world().await;
    let number = world.open("ana", "offer-letter", GUEST).await;
    let task = world.task(number).await;
    let Ask::TakeOver { why } = &task.ask else { panic!("{task:?}") };
    assert!(format!("{why:?}").contains("the template “offer” needs the room, which is not known"), "{why:?}");
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    assert_eq!(world.value(number, "letter").await, "");
    // Nobody lets it go on without.
    assert!(world.try_decide(number, "fin", Outcome::Completed, &[]).await.is_err());
    world.decide(number, "fin", Outcome::TryAgain, &[("room", "9")]).await;
    assert!(world.value(number, "letter").await.contains("room 9 costs"));
    assert_eq!(world.asked(number).await, ["dora"]);
    world.folds(number).await;
}

#[tokio::test]
async fn agents_that_are_switched_off_stop_no_letter() {
    let (world, _) = world().await;
    world.runtime.switch_agents(&Acting::person("ada"), true).await.unwrap();
    let number = world.open("ana", "offer-letter", &[GUEST, &[("room", "7")]].concat()).await;
    assert!(world.value(number, "letter").await.contains("room 7 costs"));
}

const ROUTED: &str = "# Question

A clerk can start this process.
The finance lead is accountable for this process.
The roles are finance desk and director.

The question form asks for the question (text).
The answer form asks for the answer (text).
The owner of the team is the finance desk for money, and the director for rights or other.

Stage Answer:
- Classify the question by the question as money, rights or other into the team.
- If the agent is not sure, the finance lead decides within 1 working day.
- The owner of the team fills in the answer form within 2 working days.
- The finance lead approves the answer.
- Close the case as answered.
";

#[tokio::test]
async fn an_agents_word_gives_nobody_work_before_a_person_has_confirmed_it() {
    let world = World::new(ROUTED).await;
    let number = world.open("ana", "question", &[("question", "Where does my money stay?")]).await;
    // An approval comes later, and still the word is confirmed first: it says who is asked.
    let task = world.task(number).await;
    assert!(matches!(&task.ask, Ask::Confirm { field, .. } if field == "team"), "{task:?}");
    assert_eq!(world.asked(number).await, ["lea"]);
    world.decide(number, "lea", Outcome::Completed, &[("team", "money")]).await;
    // Code finds the people: everybody of the desk, and whoever takes it has it.
    assert_eq!(world.asked(number).await, ["fee", "fin"]);
    world.decide(number, "fee", Outcome::Completed, &[("answer", "In the bank.")]).await;
    assert_eq!(world.asked(number).await, ["lea"]);
}
