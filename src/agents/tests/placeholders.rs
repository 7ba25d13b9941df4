//! What a model that may not see everything is asked instead, and what becomes of its answer.

use futures_util::future::BoxFuture;

use super::*;
use crate::{
    agents::masking::{Shows, shows},
    llm::{
        Answer, Provider, ProviderError, Request,
        route::{Choice, Member, Plan, Router, USUAL_TIER},
        spending::{Notebook, Price},
    },
};

/// A letter about somebody whom only some may know.
fn letter(text: &str) -> DecisionInput {
    let only = |name: &str| Visibility { field: name.to_owned(), readers: vec![Who::Approver] };
    let mut input = input(Some(text));
    let holder = [("holder", "Ada Lovelace"), ("mail", "ada@home.example"), ("account", "DE89370400440532013000")];
    for (name, value) in holder {
        input.values.insert(name.to_owned(), Value::text(value));
        input.visibility.push(only(name));
    }
    input.fields.push(field("holder", FieldKind::Text));
    input.fields.push(field("mail", FieldKind::Email));
    input.fields.push(field("account", FieldKind::Iban));
    input.visibility.push(only("amount"));
    input
}

/// Sorting by these fields.
fn by(names: &[&str]) -> AgentWork {
    let subject = names.iter().map(|name| (*name).to_owned()).collect();
    AgentWork::Classify { field: "category".to_owned(), subject }
}

/// The question without what only some may see; `nothing` and `content` where there is no such question.
fn check_shown(names: &[&str], question: &str, expected: &str) {
    let told = match shows(&letter(RECEIPT), &by(names), question) {
        Shows::Nothing => "nothing".to_owned(),
        Shows::Content => "content".to_owned(),
        Shows::Replaceable(masked) => masked.user,
    };
    assert_eq!(told, expected, "for {question:?}");
}

#[test]
fn whatever_marks_somebody_is_replaced_wherever_it_stands() {
    let by = ["receipt"];
    check_shown(&by, "lunch for two", "nothing");
    check_shown(&by, "from Ada Lovelace, ADA@HOME.EXAMPLE", "from [holder-1], [e-mail-1]");
    check_shown(&by, "Ada  Lovelace and ada\nlovelace", "[holder-1] and [holder-2]");
    check_shown(&by, "Dear Ms Lovelace, Ada", "Dear Ms [holder-1], [holder-2]");
    check_shown(&by, "Canada, adamant", "nothing");
    check_shown(&by, "to DE89 3704 0044 0532 0130 00 and DE89370400440532013000", "to [account-1] and [account-2]");
    // Whoever writes a placeholder into a document has nothing put into an answer.
    check_shown(&by, "[holder-1] is Ada Lovelace", "[holder-1] is [holder-2]");
    // What the patterns do not find does not leave either.
    check_shown(&by, "A.D.A.L.O.V.E.L.A.C.E", "content");
    check_shown(&by, "Ａda Ｌovelace", "content");
}

#[test]
fn what_a_question_is_about_is_not_replaced() {
    check_shown(&["holder", "receipt"], "holder: Ada Lovelace", "holder: [holder-1]");
    check_shown(&["holder"], "holder: Ada Lovelace", "content");
    check_shown(&["amount", "receipt"], "amount: 1234.50 EUR", "content");
    let mut closed = letter(RECEIPT);
    closed.visibility.push(Visibility { field: "receipt".to_owned(), readers: vec![Who::Approver] });
    assert_eq!(shows(&closed, &by(&["receipt", "purpose"]), "anything"), Shows::Content);
    let mut read = letter(RECEIPT);
    let of_receipt = Visibility { field: "receipt.merchant".to_owned(), readers: vec![Who::Approver] };
    assert_eq!(shows(&read, &extract().work, "anything"), Shows::Nothing);
    read.visibility.push(of_receipt);
    assert_eq!(shows(&read, &extract().work, "anything"), Shows::Content);
}

/// The scripted model, and what it was sent.
struct Outside(Arc<Scripted>);

impl Provider for Outside {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        self.0.complete(request)
    }

    fn name(&self) -> String {
        self.0.name()
    }
}

/// Reads a letter with a model that may not see everything.
#[tokio::test]
async fn an_answer_about_placeholders_is_checked_against_the_real_document() {
    let input = letter("Invoice of ADA LOVELACE\nCafé Nord\nTotal EUR 10.00\n");
    let answer = quotes("[holder-1]", "EUR 10.00").replace("plain", "[holder-1] sent it. It is an invoice");
    let script = scripted(&[&answer]);
    let member = Member {
        name: "outside".to_owned(),
        provider: Arc::new(Outside(Arc::clone(&script))),
        price: Price::default(),
        pace: None,
        personal: false,
        placeholders: true,
    };
    let choice = Choice { model: "outside".to_owned(), rank: 0, weight: 1 };
    let plan = Plan { tiers: BTreeMap::from([(USUAL_TIER.to_owned(), vec![choice])]), ..Plan::default() };
    let clock = crate::clock::Clock::fixed(Timestamp(0));
    let router = Router::new(vec![member], plan, Arc::new(Notebook::default()), clock).unwrap();
    let model = LlmDecider::new(Arc::new(router), Arc::default()).unwrap();
    let call = CallCtx { key: "case/0.0/1/ask".to_owned(), ..CallCtx::default() };
    let decided = model.decide(&extract(), &input, &call).await.unwrap();
    let seen = gated(&extract(), &input, decided);
    let sent = script.requests()[0].to_string();
    assert!(sent.contains("Invoice of [holder-1]") && !sent.to_lowercase().contains("lovelace"), "{sent}");
    let Output::Fields { fields } = &seen.proposal.output else { unreachable!("an extract step gives fields") };
    assert_eq!(fields["receipt.merchant"].value.plain(), "ADA LOVELACE", "{:?}", seen.facts);
    // The record tells what really left, and the reason repeats nothing that only some may see.
    let attempt = &seen.decided.attempts[0];
    assert_eq!(attempt.placeholders, 1);
    assert!(!attempt.request.as_ref().unwrap().contains("LOVELACE"), "{attempt:?}");
    let reason = &seen.proposal.reason;
    assert!(!reason.to_lowercase().contains("lovelace") && reason.contains("It is an invoice"), "{reason}");
    assert!(reason.contains("a placeholder kept one value from the model"), "{reason}");
}
