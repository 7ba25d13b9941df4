//! Agents from the request that would leave to the facts that the gate records, over a scripted provider.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use countersign_core::{
    canonical::digest_bytes,
    case::{CheckResult, Finding},
    definition::{AgentWork, Example, Field, FieldKind, FieldSource, Reading, ScaleMark, Visibility, Who},
    proposal::{Doubt, GateFacts, Measure, Output, Verdict, verdict},
    time::{Span, Timestamp},
    value::{Money, Value},
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::{gate::policies::Policies, llm::scripted::Scripted};

const RECEIPT: &str = "CAFÉ NØRD 北\nDate 03.02.2026\nSubtotal  EUR 10.00\nTotal  EUR 1,234.50\nThank you\n";

fn field(name: &str, kind: FieldKind) -> Field {
    let label = name.rsplit('.').next().unwrap_or(name).replace('_', " ");
    Field { name: name.to_owned(), label, kind, required: true, source: FieldSource::Agent }
}

fn input(text: Option<&str>) -> DecisionInput {
    let options = ["travel", "meals", "equipment"].map(str::to_owned).to_vec();
    let values = [
        ("receipt", Value::Document { document: "d1".to_owned() }),
        ("purpose", Value::text("lunch with a guest, see https://known.example/menu")),
        ("amount", Value::Money(Money { minor: 123_450, currency: "EUR".to_owned() })),
        ("salary", Value::text("secret 777777")),
    ];
    DecisionInput {
        title: "Expense claim".to_owned(),
        fields: vec![
            field("receipt", FieldKind::Document),
            field("receipt.merchant", FieldKind::Text),
            field("receipt.total", FieldKind::Money),
            field("purpose", FieldKind::Text),
            field("amount", FieldKind::Money),
            field("salary", FieldKind::Text),
            field("category", FieldKind::Choice { options }),
        ],
        reading: Reading { day_order: None, currency: Some("EUR".to_owned()) },
        visibility: vec![Visibility { field: "salary".to_owned(), readers: vec![Who::Approver] }],
        examples: BTreeMap::new(),
        guidelines: BTreeMap::new(),
        criteria: BTreeMap::new(),
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        documents: vec![DocumentText {
            key: "d1".to_owned(),
            field: "receipt".to_owned(),
            name: "receipt.txt".to_owned(),
            bytes: digest_bytes(text.unwrap_or_default().as_bytes()),
            text: text.map(str::to_owned),
            digest: text.map(|text| digest_bytes(text.as_bytes())),
            no_text: text.is_none().then(|| "the document is not plain text".to_owned()),
        }],
        findings: vec![Finding {
            words: "the amount is the same as the total on the receipt".to_owned(),
            result: CheckResult::Passed,
            fields: vec!["amount".to_owned()],
            examples: Vec::new(),
            at: Timestamp(0),
        }],
    }
}

fn step(work: AgentWork) -> AgentStep {
    AgentStep { work, on_unsure: Who::Approver, due: Span::Hours(4) }
}

fn extract() -> AgentStep {
    let fields = ["merchant", "receipt.total"].map(str::to_owned).to_vec();
    step(AgentWork::Extract { document: "receipt".to_owned(), fields })
}

fn classify() -> AgentStep {
    let subject = vec!["purpose".to_owned(), "receipt".to_owned()];
    step(AgentWork::Classify { field: "category".to_owned(), subject })
}

fn prepare() -> AgentStep {
    step(AgentWork::Prepare { reader: Who::Approver })
}

fn scripted(answers: &[&str]) -> Arc<Scripted> {
    Arc::new(answers.iter().fold(Scripted::new().unwrap(), |script, answer| script.says(*answer)))
}

/// Everything that follows from a step and a script: the record, the gated proposal, the facts, the verdict.
struct Seen {
    decided: Decided,
    proposal: countersign_core::proposal::Proposal,
    facts: GateFacts,
    verdict: Verdict,
}

fn gated(step: &AgentStep, input: &DecisionInput, decided: Decided) -> Seen {
    static POLICIES: LazyLock<Policies> = LazyLock::new(|| Policies::load_embedded().unwrap());
    let (proposal, facts) = decided.gated(step, input, &POLICIES);
    let verdict = verdict(step, &proposal, &facts);
    Seen { decided, proposal, facts, verdict }
}

/// Asks a model alone.
async fn check(step: &AgentStep, input: &DecisionInput, provider: &Arc<Scripted>) -> Seen {
    let model = LlmDecider::new(Arc::clone(provider) as _, Arc::default()).unwrap();
    let call = CallCtx { key: "case/0.0/1/ask".to_owned(), ..CallCtx::default() };
    let decided = model.decide(step, input, &call).await.unwrap();
    gated(step, input, decided)
}

/// Asks the chain.
async fn chained(step: &AgentStep, input: &DecisionInput, provider: Option<Arc<Scripted>>) -> Seen {
    let chain = Chain::new(provider.map(|provider| provider as _)).unwrap();
    let call = CallCtx { key: "case/0.0/1/ask".to_owned(), ..CallCtx::default() };
    let decided = chain.decide(step, input, &call).await.unwrap();
    gated(step, input, decided)
}

/// What a classifier can learn from, about a lunch.
fn taught() -> DecisionInput {
    let mut input = input(None);
    let words = [
        (
            "travel",
            ["train to the coast", "hotel for two nights", "flight to the fair", "taxi to the station", "rail ticket"],
        ),
        (
            "meals",
            ["lunch with a guest", "dinner with partners", "breakfast meeting", "coffee and cake", "lunch at the fair"],
        ),
        ("equipment", ["a new keyboard", "laptop stand", "two monitors", "desk lamp and chair", "a headset for calls"]),
    ];
    let examples = words.iter().flat_map(|(label, texts)| {
        texts.iter().map(|text| Example { text: (*text).to_owned(), label: (*label).to_owned() })
    });
    input.examples.insert("category".to_owned(), examples.collect());
    input
}

fn quotes(merchant: &str, total: &str) -> String {
    json!({"fields": [
        {"field": "receipt.merchant", "quote": merchant}, {"field": "receipt.total", "quote": total},
    ], "reason": "plain"})
    .to_string()
}

fn label(label: Json) -> String {
    let quotes = ["lunch with a guest"];
    json!({"quotes": quotes, "reason": "a meal", "label": label, "alternatives": ["travel"]}).to_string()
}

mod answers;
mod cascade;
mod engines;
mod injection;
mod placeholders;
