//! The sample processes, and what their sentences became.

use countersign_core::definition::{Definition, HumanVerb, Path, Signer, Step, Who};

use super::{
    super::{Attachments, SentenceKind, compile, long_text, reference, render},
    right,
};

const EXPENSE: &str = include_str!("../../../../processes/expense-claim/process.md");
const VENDOR: &str = include_str!("../../../../processes/vendor-onboarding/process.md");
const SUPPORT: &str = include_str!("../../../../processes/support-request/process.md");
const EXPENSE_EXAMPLES: &str = include_str!("../../../../processes/expense-claim/examples.jsonl");
const SUPPORT_EXAMPLES: &str = include_str!("../../../../processes/support-request/examples.jsonl");
const DOCUMENTATION: &str = include_str!("../../../../docs/language.md");

/// Compiles a sample with its examples; rendering and compiling again must give the same.
fn check_sample(text: &str, examples: &str) -> Definition {
    let attachments = Attachments::read(examples).unwrap();
    let compiled = compile(text, &attachments);
    let drawn = super::listed(&compiled.diagnostics);
    assert!(compiled.diagnostics.is_empty(), "{drawn}");
    let definition = compiled.definition.unwrap();
    let rendered = render(&definition);
    let again = compile(&rendered, &attachments);
    let drawn = super::listed(&again.diagnostics);
    assert_eq!(again.definition.as_ref(), Some(&definition), "{rendered}\n{drawn}");
    assert_eq!(render(&again.definition.unwrap()), rendered);
    definition
}

#[test]
fn check_expense_claim() {
    let definition = check_sample(EXPENSE, EXPENSE_EXAMPLES);
    assert_eq!(definition.id, "expense-claim");
    let names: Vec<_> = definition.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "merchant",
            "amount",
            "day_of_purchase",
            "description",
            "category",
            "receipt",
            "receipt.merchant",
            "receipt.day_of_purchase",
            "receipt.total"
        ]
    );
    let mut approvals = Vec::new();
    definition.walk(&mut |path, step| {
        if let Step::Human(human) = step
            && human.verb == HumanVerb::Approve
        {
            approvals.push((path.to_string(), human.who.clone(), human.on_rejected.len(), human.escalations.len()));
        }
    });
    let lead = Who::Role { role: String::from("finance lead") };
    assert_eq!(
        approvals,
        [(String::from("1.1.0.0"), lead, 2, 1), (String::from("1.1.1.0"), Who::ManagerOfRequester, 2, 1)]
    );
    let Step::System(call) = &definition.stages[2].steps[0] else { panic!("no call") };
    assert_eq!((call.operation.as_str(), call.system.as_str()), ("create a payment", "bank system"));
    assert_eq!((&call.signer, call.payload.len()), (&Signer::Approver, 3));
}

#[test]
fn check_vendor_onboarding() {
    let definition = check_sample(VENDOR, "");
    let Step::Parallel { tracks, .. } = &definition.stages[1].steps[0] else { panic!("no tracks") };
    assert_eq!(
        tracks.iter().map(|track| (track.name.as_str(), track.steps.len())).collect::<Vec<_>>(),
        [("Finance", 4), ("Compliance", 3)]
    );
    assert_eq!(definition.parties.len(), 1);
}

#[test]
fn check_support_request() {
    let definition = check_sample(SUPPORT, SUPPORT_EXAMPLES);
    let Step::Choice { branches, otherwise } = &definition.stages[1].steps[0] else { panic!("no choice") };
    assert_eq!((branches.len(), otherwise.len()), (3, 1));
    assert!(definition.examples["topic"].len() >= 100);
}

#[test]
fn check_the_text_that_is_timed_is_right() {
    let compiled = right(&long_text(200));
    assert!((195..=215).contains(&compiled.sentences.len()), "{}", compiled.sentences.len());
}

#[test]
fn check_every_sentence_tells_what_it_became() {
    let compiled = right(EXPENSE);
    let told = |start: &str| {
        let sentence = compiled.sentences.iter().find(|sentence| sentence.text.starts_with(start)).unwrap();
        let path = sentence.path.as_ref().map(ToString::to_string);
        let defaults: Vec<_> = sentence.defaults.iter().map(|used| format!("{}: {}", used.what, used.value)).collect();
        (sentence.kind, path, defaults)
    };
    assert_eq!(told("# Exp"), (SentenceKind::Title, None, vec![]));
    assert_eq!(told("Note:"), (SentenceKind::Note, None, vec![]));
    assert_eq!(told("An agent must"), (SentenceKind::Rule, None, vec![]));
    assert_eq!(told("Remind"), (SentenceKind::Step, Some(String::from("1.1.0.0")), vec![]));
    let (kind, path, defaults) = told("If a check fails");
    let path = Path::try_from(path.unwrap()).unwrap();
    let step = compiled.definition.as_ref().unwrap().step(&path);
    assert_eq!((kind, matches!(step, Some(Step::Choice { .. }))), (SentenceKind::Step, true));
    assert_eq!(defaults, ["reminder: every working day", "escalation: to the finance lead after 10 working days"]);
    let covered: usize = compiled.sentences.iter().map(|sentence| sentence.end - sentence.start).sum();
    let visible = EXPENSE.lines().map(|line| line.trim_start_matches("- ").len()).sum::<usize>();
    // Between two sentences of one line stands one blank; nothing else of the text is left out.
    assert!(visible - covered < 20, "{covered} of {visible} bytes belong to a sentence");
}

#[test]
fn check_the_documentation_is_what_the_grammar_says() {
    let code = reference();
    let differs = DOCUMENTATION.lines().zip(code.lines()).find(|(file, code)| file != code);
    assert!(
        DOCUMENTATION == code,
        "write it anew with `countersign language > docs/language.md`; first difference: {differs:?}"
    );
}

#[test]
fn check_the_same_process_written_differently_is_the_same_definition() {
    let plain = right(
        "# T\n\nAn employee can start this process.\nThe lead is accountable for this process.\n\n\
                       The claim form asks for the amount (money).\n\nStage One:\n- If the amount is over 500 EUR, the \
                       lead approves the claim. Otherwise, go on.\n- Close the case as done.\n",
    );
    let other = right(
        "# T\n<!-- x -->\nAN EMPLOYEE CAN START THE PROCESS. lead is accountable for this process.\n\n\
                       Claim form asks for the amount (money)\n\nstage One:\n  * If amount is more than \u{20ac}500:\n\
                       \x20   * Lead approves\n      the claim within two working days.\n  * Then close the \
                       case as done",
    );
    assert_eq!(plain.definition.unwrap().stages[0].steps.len(), 2);
    let mut other = other.definition.unwrap();
    // Capitals of a name belong to the name.
    "employee".clone_into(&mut other.starter);
    assert_eq!(
        other.stages,
        right(
            "# T\n\nAn employee can start this process.\nThe lead is accountable for this \
                                    process.\n\nThe claim form asks for the amount (money).\n\nStage One:\n- If the \
                                    amount is over 500 EUR, the lead approves the claim.\n- Close the case as done.\n"
        )
        .definition
        .unwrap()
        .stages
    );
}
