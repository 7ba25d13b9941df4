//! Past decisions come in from a table, and a new version of an agent is asked what people decided before it.

use std::sync::Arc;

use countersign::{
    language::Attachments,
    runtime::{
        Problem,
        autonomy::Autonomy,
        past::{Imported, Scored},
    },
};
use countersign_core::{event::Acting, time::MINUTE_MS};

use super::{
    autonomy::{ENOUGH, TEXT, Traveller, confirm, doubt, earned, earning, opened},
    world::{Setup, World},
};

async fn world() -> World {
    World::with(TEXT, Setup { agents: Some(Arc::new(Traveller)), ..Setup::default() }).await
}

async fn import(world: &World, table: &str) -> Result<Imported, Problem> {
    world.runtime.import_decisions(&Acting::person("lea"), ("notes", "kind"), table).await
}

fn trips(from: u64, until: u64) -> String {
    let row = |number: u64| format!("\"trip {number}, by train\",travel\n");
    format!("words,answer\n{}", (from..until).map(row).collect::<String>())
}

/// What is certified, and by which look; or how many labels are to go.
async fn stands(world: &World) -> (u64, Result<(u64, u32), u64>) {
    let first = earned(world).await.remove(0);
    let stands = match first.autonomy {
        Autonomy::Certified(certificate) => Ok((certificate.labels, certificate.look)),
        Autonomy::NotYet { to_go, .. } => Err(to_go),
        Autonomy::OutOfReach => Err(u64::MAX),
    };
    (first.labels, stands)
}

const fn scored(labelled: u64, right: u64, known: u64, without: u64) -> Scored {
    Scored { labelled, right, known, without }
}

#[tokio::test]
async fn past_decisions_certify_an_agent_at_once() {
    let world = world().await;
    let table = format!("{}a walk,hiking\n,travel\n\"a, b\nc\",travel,more\n", trips(0, ENOUGH));
    let imported = import(&world, &table).await.unwrap();
    assert_eq!((imported.taken, imported.refused_in_all), (ENOUGH, 3));
    let told: Vec<String> = imported.refused.iter().map(|(line, why)| format!("{line}: {why}")).collect();
    assert_eq!(
        told,
        [
            "122: `hiking` is none of the listed words: travel, meals",
            "123: it holds nothing that the agent looks at",
            "124: it has 3 cells; there are 2 columns",
        ]
    );
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(ENOUGH, ENOUGH, 0, 0));
    assert_eq!(stands(&world).await, (ENOUGH, Ok((ENOUGH, 1))));
    let notice = world.store.owner_notices("lea", 9).await.unwrap().remove(0);
    assert!(notice.text.contains("may decide alone") && notice.case_number.is_none(), "{notice:?}");
    // The same table is the same decisions.
    import(&world, &trips(0, ENOUGH)).await.unwrap();
    assert_eq!(world.runtime.score_where_due().await.unwrap(), Scored::default(), "nothing is new");
    assert_eq!(world.runtime.score_again("notes").await.unwrap(), scored(0, 0, ENOUGH, 0));
    // What is imported while a certificate is in force is no check of it.
    let wrong: String = (0..40).map(|number| format!("trip {number},meals\n")).collect();
    import(&world, &format!("words;answer\n{}", wrong.replace(',', ";"))).await.unwrap();
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(40, 0, ENOUGH, 0));
    assert!(stands(&world).await.1.is_ok());
    assert_eq!(world.runtime.forget_decisions(&Acting::person("ada"), "notes", "Kind").await.unwrap(), ENOUGH + 40);
    let told: Vec<String> = world.store.records(100, 0).await.unwrap().into_iter().map(|one| one.detail).collect();
    assert!(told.contains(&"imported 120 past decisions on `kind` of `notes`".to_owned()), "{told:?}");
}

#[tokio::test]
async fn a_table_or_a_step_that_is_none_is_refused_in_words() {
    let world = world().await;
    for (table, words) in [
        ("", "the table is empty"),
        ("words,right\n", "no field of Notes is called `right`"),
        ("words\n", "one column must be named `answer`"),
        ("kind,answer\n", "one column must be named `answer`"),
        ("answer\n", "no column holds what the agent looks at: words"),
    ] {
        let refused = import(&world, table).await.unwrap_err().to_string();
        assert!(refused.contains(words), "{table:?}: {refused}");
    }
    let lea = Acting::person("lea");
    let refused = world.runtime.import_decisions(&lea, ("notes", "words"), "words,answer\n").await.unwrap_err();
    assert!(refused.to_string().contains("no agent decides `words`; Notes has agents that decide: kind"), "{refused}");
    let refused = world.runtime.import_decisions(&lea, ("nothing", "kind"), "words,answer\n").await.unwrap_err();
    assert!(matches!(refused, Problem::NotFound(_)), "{refused}");
    // Such rows let agents decide alone, so that they are for whoever answers for the process.
    let refused = world.runtime.import_decisions(&Acting::person("max"), ("notes", "kind"), &trips(0, 1)).await;
    assert!(matches!(refused, Err(Problem::Rejected(_))), "{refused:?}");
}

#[tokio::test]
async fn a_new_version_is_asked_again_what_people_decided() {
    let world = earning().await;
    assert_eq!(stands(&world).await, (ENOUGH, Ok((ENOUGH, 1))));
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(0, 0, ENOUGH, 0), "it is the same agent");
    world.clock.advance(MINUTE_MS);
    world.publish(&TEXT.replace("as travel or meals", "as travel, books or meals")).await;
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(ENOUGH, ENOUGH, 0, 0));
    // The first look at these labels was the other version's. The second asks for more than so few can show.
    assert_eq!(stands(&world).await, (ENOUGH, Err(180)));
    let rehearsed = opened(&world, "a train").await;
    assert!(doubt(&world, rehearsed).await.is_some(), "it does not decide alone");
    assert_eq!(world.runtime.score_where_due().await.unwrap(), Scored::default(), "once");
    import(&world, &trips(0, 80)).await.unwrap();
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(80, 80, ENOUGH, 0));
    assert_eq!(stands(&world).await, (200, Ok((200, 3))));
}

#[tokio::test]
async fn decisions_from_before_the_end_of_a_certificate_say_nothing_about_a_new_version() {
    let world = earning().await;
    let mut wrong = 0;
    while wrong < 2 {
        let number = opened(&world, "a train").await;
        if doubt(&world, number).await.is_some() {
            confirm(&world, number, "meals").await;
            wrong += 1;
        }
    }
    let after = opened(&world, "a train").await;
    confirm(&world, after, "meals").await;
    world.clock.advance(MINUTE_MS);
    world.publish(&TEXT.replace("as travel or meals", "as travel, books or meals")).await;
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(1, 0, 0, 0), "the one since then");
}

#[tokio::test]
async fn an_agent_is_not_measured_by_its_own_examples() {
    let world = world().await;
    let example =
        |number: u64| format!("{{\"field\":\"kind\",\"text\":\"trip {number}, by train\",\"label\":\"travel\"}}\n");
    let examples = (0..10).map(example).collect::<String>();
    world.publish_with(TEXT, &Attachments::read(&examples).unwrap()).await;
    import(&world, &trips(5, 20)).await.unwrap();
    assert_eq!(world.runtime.score_where_due().await.unwrap(), scored(10, 10, 0, 5));
}
