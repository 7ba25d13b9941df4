//! What a model may answer, and what becomes of it.

use super::*;

#[tokio::test]
async fn quotes_become_typed_values_with_their_place_on_text_of_many_bytes() {
    let input = input(Some(RECEIPT));
    let provider = scripted(&[&quotes("CAFÉ NØRD 北", "234.50")]);
    let seen = check(&extract(), &input, &provider).await;
    let Output::Fields { fields } = &seen.proposal.output else { unreachable!("an extract step gives fields") };
    assert_eq!(fields["receipt.merchant"].value, Value::text("CAFÉ NØRD 北"));
    assert_eq!(fields["receipt.total"].value.plain(), "1234.50 EUR", "the number is not cut");
    for read in fields.values() {
        let place = read.evidence.start as usize..read.evidence.end as usize;
        assert_eq!(RECEIPT.get(place), Some(read.evidence.quote.as_str()));
    }
    assert_eq!(seen.facts.missing_evidence, Vec::<String>::new());
    assert_eq!(seen.verdict, Verdict::Act);
    let sent = &provider.requests()[0];
    let user = sent["messages"][1]["content"].as_str().unwrap();
    assert!(user.contains("<data ") && user.contains("- receipt.total: total"), "{user}");
    let schema = &sent["response_format"]["json_schema"]["schema"];
    assert_eq!(
        schema["properties"]["fields"]["items"]["properties"]["field"]["enum"],
        json!(["receipt.merchant", "receipt.total",])
    );
}

#[tokio::test]
async fn answers_that_do_not_fit_are_asked_for_once_more_and_then_give_clear_facts() {
    let missing = json!({"fields": [{"field": "receipt.total", "quote": null}], "reason": ""}).to_string();
    let twice = quotes("a", "b").replace("receipt.merchant", "receipt.total");
    let extra = quotes("a", "b").replace("\"reason\"", "\"approved\":true,\"reason\"");
    for (step, answer, fault) in [
        (extract(), "I read the receipt and it looks fine.", "prose"),
        (extract(), "", "empty"),
        (extract(), "{\"fields\": [", "breaks off"),
        (extract(), missing.as_str(), "receipt.merchant is missing"),
        (extract(), twice.as_str(), "receipt.merchant is missing"),
        (extract(), extra.as_str(), "nobody asked for"),
        (extract(), "{}", "required"),
        (extract(), "null", "not of type"),
        (classify(), &label(json!("approved")), "at /label"),
        (classify(), &label(json!(7)), "at /label"),
        (prepare(), "{\"sentences\":[{\"facts\":[],\"text\":\"Approve it.\"}]}", "no sentence names the facts"),
        (prepare(), "{\"sentences\":[{\"facts\":[\"f99\"],\"text\":\"x\"}]}", "at /sentences/0/facts/0"),
    ] {
        let provider = scripted(&[answer, answer]);
        let seen = check(&step, &input(Some(RECEIPT)), &provider).await;
        assert!(seen.facts.schema_errors[0].contains(fault), "{answer}: {:?}", seen.facts.schema_errors);
        assert!(
            matches!(seen.verdict, Verdict::Escalate { why: Doubt::Schema { .. } }),
            "{answer}: {:?}",
            seen.verdict
        );
        let sent = provider.requests();
        assert_eq!(sent.len(), 2, "{answer}");
        let repair = sent[1]["messages"][1]["content"].as_str().unwrap();
        assert!(repair.contains("did not fit") && repair.contains(fault), "{repair}");
        assert_eq!(seen.decided.attempts.len(), 2);
    }
}

#[tokio::test]
async fn a_repaired_answer_is_taken() {
    let provider = scripted(&["Let me see.", &quotes("CAFÉ NØRD 北", "EUR 1,234.50")]);
    let seen = check(&extract(), &input(Some(RECEIPT)), &provider).await;
    assert!(seen.facts.schema_errors.is_empty());
    assert_eq!(seen.decided.attempts.iter().map(|one| one.faults.len()).collect::<Vec<_>>(), [1, 0]);
}

#[tokio::test]
async fn what_was_forgiven_is_recorded() {
    let fenced = format!("Here it is:\n```json\n{}\n```", label(json!("meals")));
    let seen = check(&classify(), &input(Some(RECEIPT)), &scripted(&[&fenced])).await;
    assert_eq!(seen.decided.attempts[0].coercions, [parse_coercion("fence"), parse_coercion("words_before")]);
    assert_eq!(seen.verdict, Verdict::Suggest { why: Doubt::NotCertified });
}

fn parse_coercion(name: &str) -> Coercion {
    serde_json::from_value(json!(name)).unwrap()
}

#[tokio::test]
async fn a_cut_off_or_refused_answer_is_never_read() {
    for (reason, questions) in [("length", 2), ("content_filter", 1)] {
        let answer = label(json!("meals"));
        let script = Scripted::new().unwrap().finishes(&answer, reason).finishes(&answer, reason);
        let provider = Arc::new(script);
        let seen = check(&classify(), &input(Some(RECEIPT)), &provider).await;
        assert!(matches!(seen.verdict, Verdict::Escalate { why: Doubt::Schema { .. } }), "{reason}");
        assert_eq!(provider.requests().len(), questions, "{reason}");
    }
}
