//! The page of somebody outside: a link that shows one matter and takes one answer.

use axum::{body::Body, http::header};

use super::world::{Answer, World, ask, form, multipart};

async fn look(world: &World, path: &str) -> Answer {
    world.send(ask("GET", None, path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn looking_decides_nothing_and_does_not_use_the_link_up() {
    let world = World::new().await;
    let path = format!("/outside/{}", world.supplier_link().await);
    for _ in 0..3 {
        let page = look(&world, &path).await.must_be(200).says("Two things are missing for your onboarding");
        assert!(!page.headers.contains_key(header::SET_COOKIE));
        page.says_nothing_of("Rosa Lind").says_nothing_of("Druckerei Sommer").says_nothing_of("/inbox");
    }
    assert_eq!(world.seq(1003).await, 1);
    look(&world, "/outside/0000").await.must_be(410).says("no longer works");
}

#[tokio::test]
async fn what_is_asked_is_handed_in_and_then_said_to_have_arrived() {
    let world = World::new().await;
    let path = format!("/outside/{}", world.supplier_link().await);
    let page = look(&world, &path).await;
    let (csrf, shown) = (page.hidden("_csrf"), page.hidden("shown"));
    let words = |name: &'static str| {
        [
            ("_csrf", csrf.clone()),
            ("task", "1".to_owned()),
            ("shown", shown.clone()),
            ("field.legal_name", name.to_owned()),
        ]
    };
    let send = async |name: &'static str, files: &[(&str, &str, &[u8])]| {
        let words = words(name);
        let words: Vec<(&str, &str)> = words.iter().map(|(name, words)| (*name, words.as_str())).collect();
        world.send(multipart(ask("POST", None, &path), &words, files)).await
    };
    let letter: [(&str, &str, &[u8]); 1] = [("field.bank_letter", "letter.txt", b"IBAN DE89 3704 0044 0532 0130 00")];
    send("Sommer GmbH", &[]).await.must_be(422).says("is missing").says("Sommer GmbH");
    let done = send("Sommer GmbH", &letter).await;
    assert_eq!(done.leads_to(), format!("{path}?thanks=true"));
    look(&world, done.leads_to()).await.must_be(200).says("Thank you, it has arrived").says("You handed something in");
    assert_eq!(send("Sommer GmbH", &letter).await.leads_to(), done.leads_to(), "the same form is the same answer");
    send("Another GmbH", &letter).await.must_be(409).says("already handed in");
    world.get("rosa", "/cases/1003").await.says("Closed as active").says("Sommer GmbH");
}

#[tokio::test]
async fn on_hold_nothing_is_asked_and_why_is_not_told() {
    let world = World::new().await;
    let path = format!("/outside/{}", world.supplier_link().await);
    let page = look(&world, &path).await;
    let (csrf, shown) = (page.hidden("_csrf"), page.hidden("shown"));
    world.post("emil", "/cases/1003/holds", &[("reason", "we distrust them")]).await.must_be(303);
    let held = look(&world, &path).await.must_be(200).says("is on hold at the moment");
    held.says_nothing_of("distrust").says_nothing_of("<form");
    let words = [("_csrf", csrf.as_str()), ("task", "1"), ("shown", &shown), ("field.legal_name", "Sommer GmbH")];
    let letter: [(&str, &str, &[u8]); 1] = [("field.bank_letter", "letter.txt", b"IBAN DE89 3704 0044 0532 0130 00")];
    let late = world.send(multipart(ask("POST", None, &path), &words, &letter)).await.must_be(409);
    late.says("is on hold at the moment").says_nothing_of("distrust");
}

/// Several people of the supplier open the same link and hand in different things at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_who_use_one_link_at_once_one_is_taken_and_the_others_are_told() {
    let world = std::sync::Arc::new(World::new().await);
    let path = format!("/outside/{}", world.supplier_link().await);
    let page = look(&world, &path).await;
    let (csrf, shown) = (page.hidden("_csrf"), page.hidden("shown"));
    let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(8));
    let mut clients = Vec::new();
    for client in 0..8 {
        let (world, barrier) = (std::sync::Arc::clone(&world), std::sync::Arc::clone(&barrier));
        let (path, csrf, shown) = (path.clone(), csrf.clone(), shown.clone());
        clients.push(tokio::spawn(async move {
            let name = format!("Sommer {client} GmbH");
            let words = [("_csrf", &csrf[..]), ("task", "1"), ("shown", &shown[..]), ("field.legal_name", &name[..])];
            let letter: [(&str, &str, &[u8]); 1] = [("field.bank_letter", "letter.txt", b"IBAN DE89")];
            let request = multipart(ask("POST", None, &path), &words, &letter);
            barrier.wait().await;
            (name, world.send(request).await)
        }));
    }
    let mut taken = Vec::new();
    for client in clients {
        match client.await.unwrap() {
            (name, answer) if answer.status == 303 => taken.push(name),
            (_, answer) => drop(answer.must_be(409).says("already handed in")),
        }
    }
    assert_eq!(taken.len(), 1, "{taken:?}");
    world.get("rosa", "/cases/1003").await.says("Closed as active").says(&taken[0]);
}

#[tokio::test]
async fn a_link_reaches_its_own_matter_alone() {
    let world = World::new().await;
    let token = world.supplier_link().await;
    let path = format!("/outside/{token}");
    let csrf = countersign::web::security::csrf_token(&token);
    let words = [("_csrf", csrf.as_str()), ("task", "2"), ("shown", "x"), ("outcome", "approved")];
    world.send(form(ask("POST", None, &path), &words)).await.must_be(403);
    let cookie = format!("countersign={token}");
    let inside = ask("GET", None, "/cases/1003").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    world.send(inside).await.must_be(303);
    world.clock.advance(2 * 24 * 60 * 60 * 1000);
    look(&world, &path).await.must_be(410);
}

#[tokio::test]
async fn staff_make_a_link_that_is_shown_once() {
    let world = World::new().await;
    let page = world.get("rosa", "/cases/1003").await.says("action=\"/cases/1003/links\"");
    page.says("The supplier cannot answer yet: nobody has made a link");
    world.post("rosa", "/cases/1003/links", &[("party", "carrier")]).await.must_be(409);
    world.post("rosa", "/cases/1003/links", &[("party", "supplier")]).await.must_be(303);
    let page = world.get("rosa", "/cases/1003").await.must_be(200).says("Link for");
    let link = page.text.split("http://127.0.0.1:8080").nth(1).unwrap().split('<').next().unwrap().to_owned();
    look(&world, &link).await.must_be(200).says("missing for your onboarding");
    world.get("rosa", "/cases/1003").await.says_nothing_of("/outside/").says_nothing_of("cannot answer yet");
    world.post("carla", "/cases/1003/links", &[("party", "supplier")]).await.must_be(403);
}
