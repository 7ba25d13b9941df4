use super::linear::{Classifier, MAX_EXAMPLES, TrainError};

/// Made-up requests to a purchasing desk.
const REQUESTS: &[(&str, &[&str])] = &[
    (
        "new_vendor",
        &[
            "please onboard a new supplier for office chairs",
            "we want to add a vendor to the system",
            "a new vendor should be registered",
            "set up this supplier for us",
            "register our new cleaning company",
            "can you create a vendor record for this firm",
        ],
    ),
    (
        "bank_change",
        &[
            "our bank account has changed",
            "please update our iban",
            "new bank details for future payments",
            "we moved to another bank, use this account",
            "change the account number you pay to",
            "the bank information on file is outdated",
        ],
    ),
    (
        "invoice_status",
        &[
            "when will invoice 4711 be paid",
            "has our invoice been received",
            "what is the status of my payment",
            "we are still waiting for the payment of our bill",
            "is the invoice approved yet",
            "please tell me when you pay the bill",
        ],
    ),
    (
        "other",
        &[
            "happy new year to the whole team",
            "is the canteen open on friday",
            "who won the match yesterday",
            "the lift on the second floor is broken",
            "here is a photo of my cat",
            "lunch at noon?",
        ],
    ),
];

fn examples() -> Vec<(String, String)> {
    let pairs =
        REQUESTS.iter().flat_map(|(label, texts)| texts.iter().map(|text| ((*text).to_owned(), (*label).to_owned())));
    pairs.collect()
}

#[test]
fn unseen_requests_get_the_label_of_their_like() {
    let classifier = Classifier::train_with_outside(&examples(), &["other"]).unwrap();
    assert_eq!(classifier.labels(), ["bank_change", "invoice_status", "new_vendor"]);
    for (text, label) in [
        ("we have a new iban, please change our bank account", "bank_change"),
        ("was invoice 99 paid", "invoice_status"),
        ("add a supplier of paper as a new vendor", "new_vendor"),
    ] {
        let prediction = classifier.predict(text);
        assert_eq!(prediction.label, label, "{text}");
        assert!(prediction.in_scope, "{text}: {prediction:?}");
        assert!(prediction.score <= 1000);
        assert_eq!(prediction.alternatives.len(), 2);
    }
}

#[test]
fn a_text_with_nothing_known_in_it_is_out_of_scope_and_scores_lower() {
    let classifier = Classifier::train_with_outside(&examples(), &["other"]).unwrap();
    let known = classifier.predict("please update our iban");
    for text in ["", "??", "zzz qqq xxyy", "日本語"] {
        let strange = classifier.predict(text);
        assert!(!strange.in_scope, "{text:?}: {strange:?}");
        assert!(strange.score < known.score);
    }
}

#[test]
fn training_is_repeatable() {
    let one = Classifier::train(&examples()).unwrap();
    let two = Classifier::train(&examples()).unwrap();
    for (text, _) in examples() {
        assert_eq!(one.predict(&text), two.predict(&text));
    }
}

#[test]
fn what_cannot_be_learned_is_refused_with_a_reason() {
    let one = |label: &str| vec![("some text".to_owned(), label.to_owned())];
    assert_eq!(Classifier::train(&[]).unwrap_err(), TrainError::NoExamples);
    assert_eq!(Classifier::train(&one("a")).unwrap_err(), TrainError::OneLabel("a".to_owned()));
    assert_eq!(Classifier::train_with_outside(&one("other"), &["other"]).unwrap_err(), TrainError::NoExamples);
    let many = vec![("text".to_owned(), "a".to_owned()); MAX_EXAMPLES + 1];
    assert!(Classifier::train(&many).unwrap_err().to_string().contains("20001 examples"));
}

#[test]
fn two_labels_with_one_example_each_are_enough_to_start() {
    let pairs =
        [("pay the bill", "pay"), ("send the parcel", "send")].map(|(text, label)| (text.to_owned(), label.to_owned()));
    let classifier = Classifier::train(&pairs).unwrap();
    assert_eq!(classifier.predict("bill").label, "pay");
    assert_eq!(classifier.predict("parcels").label, "send");
}
