//! Forms that name people, and tasks that score or judge: whoever fills them in sees what there is to choose from.

use countersign::{language::Attachments, runtime::publish::Published};
use countersign_core::{definition::Who, event::Acting};

use super::world::World;

const TEXT: &str = "\
# Idea

An employee can start this process.
The finance lead is accountable for this process.
The finance director is a role.
The idea form asks for the idea (text), the sponsor (person) and the risk (number, optional).

Stage Look:
- When an employee submits the idea form, score the idea from 1 to 5 by the idea into the risk, where 1 is \"harmless\" \
and 5 is \"stop it\". If the agent is not sure, the finance director decides.
- Check with the agent that \"the idea serves our customers\", using the guideline \"What serves customers\".
- If a check fails, close the case as refused.
- Close the case as taken.
";
const GUIDELINE: &str = "It serves customers when it saves them time.";

async fn world() -> World {
    let world = World::new().await;
    let guidelines = [("What serves customers".to_owned(), GUIDELINE.to_owned())].into();
    let attachments = Attachments { guidelines, ..Attachments::default() };
    match world.runtime.publish(&Acting::person("ada"), TEXT, &attachments).await.unwrap() {
        Published::Version { .. } => world,
        Published::Refused(compiled) => panic!("{:?}", compiled.diagnostics),
    }
}

#[tokio::test]
async fn a_person_is_chosen_by_name() {
    let world = world().await;
    let start = "/processes/idea/start";
    let page = world.get("rosa", start).await.must_be(200).says("<datalist").says("<option value=\"Fiona Berg\">");
    let key = page.hidden("key");
    let filled = |sponsor: &'static str| [("field.idea", "Shorter forms"), ("field.sponsor", sponsor)];
    let refused = world.post("rosa", start, &[&filled("Nobody Known")[..], &[("key", key.as_str())]].concat()).await;
    refused.must_be(422).says("Nobody called").says("value=\"Nobody Known\"");
    let all = [("field.idea", " "), ("field.sponsor", "Nobody Known"), ("key", key.as_str())];
    world.post("rosa", start, &all).await.must_be(422).says("Nobody called").says("The idea is missing");
    let opened = world.post("rosa", start, &[&filled("fiona berg")[..], &[("key", key.as_str())]].concat()).await;
    let case = opened.leads_to().to_owned();
    let missing = [("field.idea", ""), ("field.sponsor", "Fiona Berg")];
    world.post("rosa", start, &missing).await.must_be(422).says("The idea is missing");
    let next = world.post("rosa", start, &filled("Fiona Berg")).await.leads_to().to_owned();
    let number = |path: &str| path.rsplit('/').next().unwrap().parse::<u64>().unwrap();
    assert_eq!(number(&next), number(&case) + 1, "what was refused uses no number up");
    world.get("rosa", &case).await.must_be(200).says("Fiona Berg");
    world.get("rosa", &format!("{case}/edits")).await.must_be(200).says("value=\"Fiona Berg\"");
}

#[tokio::test]
async fn whoever_scores_sees_the_scale_and_whoever_judges_the_guideline() {
    let world = world().await;
    let key = world.get("rosa", "/processes/idea/start").await.hidden("key");
    let words = [("field.idea", "Shorter forms"), ("field.sponsor", "Fiona Berg"), ("key", key.as_str())];
    let case = world.post("rosa", "/processes/idea/start", &words).await.leads_to().to_owned();
    world.runtime.run_until_quiet().await.unwrap();
    let number = case.trim_start_matches("/cases/");
    let task = format!("/tasks/{number}-1");
    let page = world.get("emil", &task).await.must_be(200).says("The scale").says("harmless").says("stop it");
    let shown = page.says("Every whole number from 1 to 5 can be given.").hidden("shown");
    let mark = [("outcome", "completed"), ("shown", shown.as_str()), ("field.risk", "2")];
    world.post("emil", &format!("{task}/decisions"), &mark).await.must_be(303);
    world.runtime.run_until_quiet().await.unwrap();
    let loaded = world.runtime.load_number(number.parse().unwrap()).await.unwrap();
    let judge = loaded.case.open_tasks().next().unwrap();
    let director = Who::Role { role: "finance director".to_owned() };
    let person = if judge.who == director { "emil" } else { "fiona" };
    let page = world.get(person, &format!("/tasks/{number}-{}", judge.number)).await.must_be(200);
    page.says("The guideline \u{201c}What serves customers\u{201d}").says(GUIDELINE);
}

#[tokio::test]
async fn a_guideline_that_the_text_names_is_attached_in_the_studio() {
    let world = World::new().await;
    let draft = world.post("ada", "/studio", &[("from", "empty")]).await.leads_to().to_owned();
    world.post("ada", &format!("{draft}/text"), &[("revision", "1"), ("text", TEXT)]).await.must_be(303);
    let guidelines = format!("{draft}/guidelines");
    world.get("ada", &draft).await.says(&guidelines).says("No guideline");
    world.get("ada", &guidelines).await.must_be(200).says("one is missing").says("What serves customers");
    world.post("ada", &guidelines, &[("name", " "), ("words", GUIDELINE)]).await.must_be(422).says(GUIDELINE);
    let attached = [("name", "What serves customers"), ("words", GUIDELINE)];
    world.post("ada", &guidelines, &attached).await.must_be(303);
    world.get("ada", &guidelines).await.says("1 guideline attached.").says_nothing_of("No sentence goes by it");
    world.get("ada", &draft).await.says("It can be published.");
    // Nobody overwrites what they have not seen.
    let seen = world.get("ada", &guidelines).await.hidden("was");
    let save = async |was: &str, words: &str| {
        let sent = [("name", "What serves customers"), ("was", was), ("words", words)];
        world.post("ada", &guidelines, &sent).await
    };
    save("", "Mine").await.must_be(422).says("There is a guideline “What serves customers” already").says("Mine");
    save(&seen, "Theirs").await.must_be(303);
    let late = save(&seen, "Mine").await.must_be(422);
    late.says("Somebody has changed the guideline “What serves customers” meanwhile").says("Theirs").says("Mine");
    world.post("ada", &guidelines, &[("name", "What serves customers"), ("words", " ")]).await.must_be(303);
    save(&seen, "Mine").await.must_be(422).says("Somebody has taken the guideline").says("Mine");
    world.get("ada", &draft).await.says("It cannot be published yet");
}

/// A criterion of the sentence above, whose examples are kept in the studio.
const CRITERION: &str = "the idea serves our customers";

#[tokio::test]
async fn the_examples_of_a_criterion_are_kept_in_the_studio() {
    let world = World::new().await;
    let draft = world.post("ada", "/studio", &[("from", "empty")]).await.leads_to().to_owned();
    world.post("ada", &format!("{draft}/text"), &[("revision", "1"), ("text", TEXT)]).await.must_be(303);
    let guideline = [("name", "What serves customers"), ("words", GUIDELINE)];
    world.post("ada", &format!("{draft}/guidelines"), &guideline).await.must_be(303);
    let page = format!("{draft}/criteria");
    world.get("ada", &draft).await.says(&page).says("It can be published.");
    world.get("ada", &page).await.must_be(200).says("0 examples of one criterion.").says(CRITERION);
    let put = async |answer: &str, text: &str, because: &str, was: &str| {
        let form = [("criterion", CRITERION), ("answer", answer), ("text", text), ("because", because), ("was", was)];
        world.post("ada", &page, &form).await
    };
    put("pass", "Shorter queues\r\n\r\n  at the till  ", "it saves time", "").await.must_be(303);
    put("fail", "A new logo", "", "").await.must_be(303);
    let shown =
        world.get("ada", &page).await.says("2 examples of one criterion.").says("Shorter queues\n\n  at the till<");
    assert!(shown.text.contains("Pass: Shorter queues\n\n    at the till\nBecause: it saves time"), "{}", shown.text);

    // What cannot be kept is said, and what was typed still stands there.
    put("", "Free coffee", "", "").await.must_be(422).says("Please say what is right").says("Free coffee");
    put("pass", " ", "empty", "").await.must_be(422).says("An example has no text").says("empty");
    put("cannot tell", "A new logo", "who knows", "").await.must_be(422).says("have the same text").says("who knows");
    let long = "x".repeat(2_001);
    put("pass", &long, "", "").await.must_be(422).says("2001 characters; at most 2000 fit");
    put("pass", "b", "", "gone").await.must_be(422).says("omebody has changed or taken away");
    world.post("ada", &page, &[("answer", "pass"), ("text", "a")]).await.must_be(422);

    // One is changed in its place, and one is taken away.
    let key = |page: &str, of: &str| {
        let before = &page[..page.find(&format!(">\n{of}</textarea>")).unwrap()];
        let at = before.rfind("name=\"was\" value=\"").unwrap() + 18;
        before[at..].split('"').next().unwrap().to_owned()
    };
    put("fail", "A new slogan", "it is for us", &key(&shown.text, "A new logo")).await.must_be(303);
    let changed = world.get("ada", &page).await.says("A new slogan").says_nothing_of("A new logo");
    let gone = key(&changed.text, "A new slogan");
    let away = [("criterion", CRITERION), ("was", gone.as_str()), ("do", "remove")];
    world.post("ada", &page, &away).await.must_be(303);
    world.get("ada", &page).await.says("1 example of one criterion.").says_nothing_of("A new slogan");

    // Examples follow the words of their sentence; a version keeps them, and the next draft begins with them.
    let said = |words: &str| TEXT.replace(CRITERION, words);
    let save = async |revision: &str, text: &str| {
        world.post("ada", &format!("{draft}/text"), &[("revision", revision), ("text", text)]).await.must_be(303);
    };
    save("2", &said("the idea helps")).await;
    world.get("ada", &draft).await.says("sentence asks whether the idea serves our customers");
    world.get("ada", &page).await.says("No sentence asks this").says("the idea helps");
    save("3", TEXT).await;
    let confirm = world.get("ada", &format!("{draft}/publish")).await.must_be(200).hidden("revision");
    world.post("ada", &format!("{draft}/publish"), &[("revision", &confirm)]).await.must_be(303);
    let process = world.store.list_processes().await.unwrap().into_iter().find(|one| one.title == "Idea").unwrap();
    let version = world.store.current_version(&process.id).await.unwrap().unwrap();
    assert_eq!(version.definition.criterion_examples(CRITERION).len(), 1);
    let next = world.post("ada", "/studio", &[("from", "process"), ("process", &process.id)]).await;
    world.get("ada", &format!("{}/criteria", next.leads_to())).await.says("Shorter queues");
}
