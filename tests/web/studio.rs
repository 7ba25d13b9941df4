//! The studio: begin, write, mend, write together, publish.

use serde_json::Value as Json;

use super::{
    texts::WHOLE,
    world::{Answer, SCRIPT, World, ask, form},
};

/// What the script of a page sends and gets.
async fn by_script(world: &World, person: &str, path: &str, words: &[(&str, &str)]) -> Json {
    let token = world.token(person);
    let mut all = vec![("_csrf", token.as_str())];
    all.extend_from_slice(words);
    let request = ask("POST", Some(person), path).header("accept", "application/json");
    let answer = world.send(form(request, &all)).await.must_be(200);
    serde_json::from_str(&answer.text).unwrap()
}

/// Begins a draft and returns its address.
async fn begin(world: &World, words: &[(&str, &str)]) -> String {
    world.post("ada", "/studio", words).await.leads_to().to_owned()
}

async fn save(world: &World, person: &str, draft: &str, revision: u64, text: &str) -> Json {
    let revision = revision.to_string();
    by_script(world, person, &format!("{draft}/text"), &[("revision", &revision), ("text", text)]).await
}

/// The value of the first button of a name.
fn button(page: &Answer, name: &str) -> String {
    let pattern = regex::Regex::new(&format!("name=\"{name}\" value=\"([^\"]*)\"")).unwrap();
    pattern.captures(&page.text).unwrap_or_else(|| panic!("no button {name}"))[1].to_owned()
}

#[tokio::test]
async fn a_new_process_is_written_mended_and_published() {
    let world = World::new().await;
    world.get("ada", "/studio").await.says("Write on an empty page");
    let draft = begin(&world, &[("from", "empty")]).await;
    world.get("ada", &draft).await.must_be(200).says("Nothing is written yet.");
    let faulty = WHOLE.replace("within 2 working days", "soon");
    let typed = faulty.replace('\n', "\r\n");
    world.post("ada", &format!("{draft}/text"), &[("revision", "1"), ("text", &typed)]).await.must_be(303);
    let page = world.get("ada", &draft).await.says("1 question").says("It cannot be published yet");
    world.get("ada", &format!("{draft}/publish")).await.says("It cannot be published yet");
    let fix = button(&page, "fix");
    let (revision, words) = (page.hidden("revision"), typed.as_str());
    let mend = [("revision", revision.as_str()), ("text", words), ("fix", fix.as_str())];
    world.post("ada", &format!("{draft}/text"), &mend).await.must_be(303);
    let page = world.get("ada", &draft).await.says("It can be published.").says_nothing_of("1 question");
    let old = [("revision", "1")];
    world.post("ada", &format!("{draft}/publish"), &old).await.must_be(409).says("has changed since you looked");
    let revision = page.hidden("revision");
    let answer = world.post("ada", &format!("{draft}/publish"), &[("revision", &revision)]).await;
    assert_eq!(answer.leads_to(), "/processes/leave");
    world.get("rosa", "/processes/leave").await.must_be(200).says("The approver must never be the employee.");
    world.get("rosa", "/processes/leave/start").await.must_be(200).says("First day");
    world.get("ada", "/studio").await.says_nothing_of(&draft);
}

#[tokio::test]
async fn a_text_is_rehearsed_and_its_next_version_says_what_changes() {
    let world = World::new().await;
    let draft = begin(&world, &[("from", "empty")]).await;
    save(&world, "ada", &draft, 1, WHOLE).await;
    world.get("ada", &format!("{draft}/rehearsal")).await.says("every message comes to you instead");
    let begun = world.post("ada", &format!("{draft}/rehearsal"), &[("revision", "2")]).await;
    let rehearsal = begun.leads_to().to_owned();
    world.get("rosa", &rehearsal).await.must_be(200).says("Leave");
    let bad = [("revision", "2"), ("cycle_hours", "a few")];
    world.post("ada", &format!("{draft}/publish"), &bad).await.must_be(422).says("Give whole numbers");
    let measured = [("revision", "2"), ("cycle_hours", "48"), ("weekly_cases", "")];
    world.post("ada", &format!("{draft}/publish"), &measured).await.must_be(303);
    let next = begin(&world, &[("from", "process"), ("process", "leave")]).await;
    let changed = WHOLE.replace("within 2 working days", "within 3 working days");
    save(&world, "ada", &next, 1, &changed).await;
    let page = world.get("ada", &format!("{next}/publish")).await.must_be(200).says("next version of Leave");
    page.says("within 3 working days").says("value=\"48\"").says("Proven");
}

#[tokio::test]
async fn a_fix_for_words_that_are_gone_changes_nothing() {
    let world = World::new().await;
    let draft = begin(&world, &[("from", "empty")]).await;
    let faulty = WHOLE.replace("within 2 working days", "soon");
    save(&world, "ada", &draft, 1, &faulty).await;
    let fix = button(&world.get("ada", &draft).await, "fix");
    let words = [("revision", "2"), ("text", WHOLE), ("fix", fix.as_str())];
    let told = by_script(&world, "ada", &format!("{draft}/text"), &words).await;
    assert_eq!(told["text"], WHOLE, "what was typed is saved");
    assert!(told["alert"].as_str().unwrap().contains("this fix was not applied"), "{told}");
}

#[tokio::test]
async fn two_people_on_one_draft_are_told_and_both_texts_stand() {
    let world = World::new().await;
    let draft = format!("/studio/{}", world.draft);
    world.get("emil", &draft).await.must_be(200);
    world.get("ada", &draft).await.says("Emil Varga is here too.");
    save(&world, "ada", &draft, 1, WHOLE).await;
    let of_emil = WHOLE.replace("Note: sick", "Note: long sick");
    let of_ada = WHOLE.replace("the reason (text)", "the reason (text, optional)");
    let told = save(&world, "emil", &draft, 2, &of_emil).await;
    assert_eq!((told["revision"].as_u64(), told["alert"].as_str()), (Some(3), Some("")));
    let heard = by_script(&world, "ada", &format!("{draft}/presence"), &[]).await;
    assert_eq!((heard["revision"].as_u64(), heard["others"].as_str()), (Some(3), Some("Emil Varga is here too.")));
    let told = save(&world, "ada", &draft, 2, &of_ada).await;
    let together = of_ada.replace("Note: sick", "Note: long sick");
    assert_eq!(told["text"], together, "both changes are in it");
    assert!(told["alert"].as_str().unwrap().contains("Emil Varga has been writing too"), "{told}");
    assert!(told["own"].as_u64() < told["revision"].as_u64(), "what she sent is kept too");
    let told = save(&world, "emil", &draft, 3, &of_emil).await;
    assert_eq!(told["text"], together, "whoever changed nothing gets what is new");
}

#[tokio::test]
async fn where_both_changed_the_same_words_somebody_chooses() {
    let world = World::new().await;
    let draft = format!("/studio/{}", world.draft);
    save(&world, "ada", &draft, 1, WHOLE).await;
    let (three, five) = (WHOLE.replace("within 2 w", "within 3 w"), WHOLE.replace("within 2 w", "within 5 w"));
    save(&world, "emil", &draft, 2, &three).await;
    let told = save(&world, "ada", &draft, 2, &five).await;
    assert!(told["text"].is_null() && told["alert"].as_str().unwrap().contains("compare the two"), "{told}");
    let number = told["aside"].as_u64().unwrap().to_string();
    let more = five.replace("Note: sick", "Note: long sick");
    let words = [("revision", "2"), ("text", more.as_str()), ("aside", number.as_str())];
    let told = by_script(&world, "ada", &format!("{draft}/text"), &words).await;
    let number = told["aside"].as_u64().unwrap();
    let page = world.get("emil", &draft).await.must_be(200).says("within 3 working days").says("Compare and choose");
    assert_eq!(page.text.matches("Compare and choose").count(), 1, "going on with a text adds no second one");
    let aside = format!("{draft}/aside/{number}");
    let page = world.get("ada", &aside).await.says("within 3 working days").says("within 5 working days");
    let choice = page.text.split("name=\"choice-").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let choice = format!("choice-{choice}");
    world.post("ada", &aside, &[("revision", "1"), (&choice, "mine")]).await.must_be(409).says("saved again");
    let revision = page.hidden("revision");
    world.post("ada", &aside, &[("revision", &revision), (&choice, "mine")]).await.must_be(303);
    let page = world.get("emil", &draft).await.says("within 5 working days").says_nothing_of("Compare and choose");
    page.says("Note: long sick");
}

#[tokio::test]
async fn what_does_not_fit_or_is_more_than_text_is_harmless() {
    let world = World::new().await;
    let draft = format!("/studio/{}", world.draft);
    let long = "The employee waits. ".repeat(30_000);
    let path = format!("{draft}/text");
    let refused = world.post("ada", &path, &[("revision", "1"), ("text", &long)]).await.must_be(422);
    refused.says("describe one process at a time");
    save(&world, "ada", &draft, 1, &format!("# {SCRIPT}\n\nNote: {SCRIPT}\n")).await;
    for path in [draft.clone(), "/studio".to_owned(), format!("{draft}/publish")] {
        world.get("ada", &path).await.must_be(200).says_nothing_of("<script>alert").says_nothing_of("<img");
    }
    world.post("ada", "/studio", &[("from", "prose"), ("prose", "  ")]).await.must_be(422).says("Please paste");
    world.post("ada", "/studio", &[("from", "template"), ("template", "none")]).await.must_be(404);
    world.post("emil", "/studio", &[("from", "empty")]).await.must_be(403).says("the administrator");
    world.get("emil", "/studio").await.must_be(200).says("expense-claim").says_nothing_of("Write on an empty page");
    world.get("otto", "/studio").await.must_be(200).says_nothing_of("/studio/draft");
}

#[tokio::test]
async fn a_draft_begins_with_a_template_or_with_a_process() {
    let world = World::new().await;
    let templates = world.get("ada", "/studio/templates").await.must_be(200).says("Vendor onboarding");
    assert!(templates.text.contains("A supplier hands in their details"), "{}", templates.text);
    let draft = begin(&world, &[("from", "template"), ("template", "vendor-onboarding")]).await;
    world.get("ada", &draft).await.says("It can be published.").says("The approver must never be the buyer.");
    let draft = world.post("emil", "/studio", &[("from", "process"), ("process", "expense-claim")]).await;
    world.get("emil", draft.leads_to()).await.must_be(200).says("Next version of expense-claim");
    world.post("ada", &format!("{}/removal", draft.leads_to()), &[]).await.must_be(303);
    world.get("emil", draft.leads_to()).await.must_be(404);
}

/// Answers one question of an interview and returns where it leads.
async fn answer(world: &World, draft: &str, question: &str, said: &str) -> Answer {
    let words = [("question", question), ("answer", said)];
    world.post("ada", &format!("{draft}/interview"), &words).await
}

#[tokio::test]
async fn an_interview_writes_the_sentences_and_any_answer_can_be_changed() {
    let world = World::new().await;
    let interview = begin(&world, &[("from", "interview")]).await;
    let draft = interview.trim_end_matches("/interview").to_owned();
    world.get("ada", &interview).await.must_be(200).says("What is the process called?");
    answer(&world, &draft, "name", "Vendor check").await.must_be(303);
    answer(&world, &draft, "starter", "buyer").await.must_be(303);
    let page = world.get("ada", &format!("{interview}?said=starter")).await.says("can start this process.");
    assert!(page.text.contains("<ins>"), "the sentence of the last answer is shown as new");
    let refused = answer(&world, &draft, "hands_in", "all the usual paperwork").await.must_be(422);
    refused.says("all the usual paperwork").says("aria-invalid=\"true\"");
    answer(&world, &draft, "hands_in", "the company (text) and the spend (money)").await.must_be(303);
    let page = world.get("ada", &draft).await.says("# Vendor check").says("the company (text)");
    let typed = page.text.split("name=\"text\"").nth(1).unwrap().to_owned();
    assert!(typed.contains("buyer can start this process."), "{typed}");
    world.get("ada", &format!("{interview}?question=starter")).await.says(">\nbuyer</textarea>");
    answer(&world, &draft, "starter", "purchaser").await.must_be(303);
    world.get("ada", &draft).await.says("purchaser can start this process.").says_nothing_of("buyer can start");
}

#[tokio::test]
async fn what_was_written_by_hand_survives_the_next_answer() {
    let world = World::new().await;
    let interview = begin(&world, &[("from", "interview")]).await;
    let draft = interview.trim_end_matches("/interview").to_owned();
    answer(&world, &draft, "name", "Vendor check").await.must_be(303);
    answer(&world, &draft, "starter", "buyer").await.must_be(303);
    let page = world.get("ada", &draft).await;
    let revision: u64 = page.hidden("revision").parse().unwrap();
    let stored = world.store.draft(draft.trim_start_matches("/studio/")).await.unwrap().unwrap();
    let by_hand = stored.text.replace("# Vendor check\n", "# Vendor check\n\nNote: asked for by the auditors.\n");
    save(&world, "ada", &draft, revision, &by_hand).await;
    answer(&world, &draft, "hands_in", "the company (text) and the spend (money)").await.must_be(303);
    world.get("ada", &draft).await.says("Note: asked for by the auditors.").says("the spend (money)");
}

#[tokio::test]
async fn a_prose_stays_beside_the_text_and_is_never_taken_for_more_than_it_is() {
    let world = World::new().await;
    let prose = "An employee can start this process. The boss has a look whenever there is time.";
    let at = begin(&world, &[("from", "prose"), ("prose", prose)]).await;
    assert!(at.ends_with("/prose"), "{at}");
    let page = world.get("ada", &at).await.must_be(200).says("2 sentences, one of them understood as it stands.");
    let words = page.text.split("name=\"sentence\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(words, "An employee can start this process.");
    let use_it = [("revision", "1"), ("sentence", words.as_str())];
    world.post("ada", &at, &use_it).await.must_be(303);
    world.get("ada", &at).await.says("Stands in the text.");
    world.get("ada", &at).await.says_nothing_of("Write it for me");
    let draft = at.trim_end_matches("/prose");
    let nobody = world.post("ada", &format!("{draft}/writing"), &[]).await;
    assert_eq!(nobody.leads_to(), at, "without a model the draft stays as it is");
    world.get("ada", &at).await.says("No model is set up here.");
    world.get("ada", draft).await.says("An employee can start this process.").says("The prose beside it");
}

#[tokio::test]
async fn what_can_follow_is_offered_at_places_as_scripts_count_them() {
    let world = World::new().await;
    let path = format!("/studio/{}/completions", world.draft);
    let text = "# Caf\u{e9} \u{1f600}\n\nAn employee can st";
    let at = text.encode_utf16().count().to_string();
    let offered = by_script(&world, "ada", &path, &[("text", text), ("at", &at)]).await;
    let first = offered["items"][0]["insert"].as_str().unwrap();
    assert!(first.starts_with("start"), "{offered}");
    let start = text.find("st").map(|byte| text[..byte].encode_utf16().count());
    assert_eq!(offered["replace"][0].as_u64(), start.map(|start| start as u64), "{offered}");
}
