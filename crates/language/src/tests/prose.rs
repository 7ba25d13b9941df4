//! Prose: what it seems to tell of, with its own words, and no pretence.

use super::super::{GatewayKind, nearest_shapes, outline};

fn told(prose: &str) -> Vec<String> {
    let show = |part: &Option<String>| part.clone().unwrap_or_else(|| String::from("-"));
    outline(prose).steps.iter().map(|s| format!("{} | {} | {}", show(&s.actor), s.verb, show(&s.object))).collect()
}

#[test]
fn check_who_does_what_is_told() {
    assert_eq!(
        told("The clerk checks the form and sends it to the manager. It is then approved by the board."),
        ["The clerk | check | the form", "The clerk | send | it", "the board | approve | It"]
    );
    assert_eq!(told("The team has to write a report."), ["The team | write | a report"]);
    assert_eq!(told("Checks of the form are done by the order desk."), Vec::<String>::new());
    assert_eq!(told("If the clerk rejects the form, the case is closed."), ["- | close | the case"]);
}

#[test]
fn check_ways_that_part_are_noticed() {
    let found = outline("If it rains, we stay. Otherwise, we go. In parallel, the cook prepares dinner.");
    let kinds: Vec<GatewayKind> = found.gateways.iter().map(|gateway| gateway.kind).collect();
    assert_eq!(kinds, [GatewayKind::Choice, GatewayKind::Together]);
}

#[test]
fn check_prose_is_not_understood_but_answered() {
    let found = nearest_shapes("Somehow the clerk checks the form. The finance desk reviews the form.");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].taken_for, None);
    let near: Vec<&str> = found[0].nearest.iter().map(|near| near.title.as_str()).collect();
    assert!(near[0].contains("clerk reviews the form within"), "{near:?}");
    assert!(found[0].nearest[0].replacement.is_none(), "a slot is open");
    assert_eq!(found[1].taken_for.as_ref().map(|taken| taken.like.contains("reviews")), Some(true));
    assert!(found[1].nearest.is_empty());
}
