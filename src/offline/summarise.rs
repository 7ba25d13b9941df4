//! A few plain sentences for an approver, made from recorded facts alone.

/// So many facts are told; the rest is counted.
const MOST_FACTS: usize = 12;

/// How a check of the case came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckWord {
    /// The check passed.
    Passed,
    /// The check failed.
    Failed,
    /// The check could not be done, for example because a document is missing.
    Open,
}

/// Sentences in the given order: the facts, then what failed, what is open, and what passed.
pub fn facts_summary(facts: &[(String, String)], checks: &[(String, CheckWord)]) -> Vec<String> {
    let (known, missing): (Vec<_>, Vec<_>) = facts.iter().partition(|(_, value)| !value.trim().is_empty());
    let mut sentences: Vec<String> = known
        .iter()
        .take(MOST_FACTS)
        .map(|(label, value)| format!("{}: {}.", capital(label), value.trim().trim_end_matches('.')))
        .collect();
    if known.len() > MOST_FACTS {
        sentences.push(format!("{} more facts are in the case file.", known.len() - MOST_FACTS));
    }
    if !missing.is_empty() {
        let labels: Vec<&str> = missing.iter().map(|(label, _)| label.as_str()).collect();
        sentences.push(format!("Not known: {}.", labels.join(", ")));
    }
    for (word, start) in
        [(CheckWord::Failed, "Failed"), (CheckWord::Open, "Not checked"), (CheckWord::Passed, "Passed")]
    {
        let named: Vec<&str> =
            checks.iter().filter(|(_, other)| *other == word).map(|(name, _)| name.as_str()).collect();
        if !named.is_empty() {
            sentences.push(format!("{start}: {}.", named.join(", ")));
        }
    }
    sentences
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair<T>(name: &str, value: T) -> (String, T) {
        (name.to_owned(), value)
    }

    #[test]
    fn failures_come_before_what_passed_and_gaps_are_named() {
        let facts = [
            pair("Amount", "12,400.00 EUR".to_owned()),
            pair("Vendor", "Nordwind GmbH".to_owned()),
            pair("IBAN", " ".to_owned()),
        ];
        let checks = [pair("bank letter matches", CheckWord::Passed), pair("W-9 is signed", CheckWord::Failed)];
        assert_eq!(
            facts_summary(&facts, &checks),
            [
                "Amount: 12,400.00 EUR.",
                "Vendor: Nordwind GmbH.",
                "Not known: IBAN.",
                "Failed: W-9 is signed.",
                "Passed: bank letter matches."
            ]
        );
        assert!(facts_summary(&[], &[]).is_empty());
    }

    #[test]
    fn a_long_list_of_facts_is_cut_and_counted() {
        let facts: Vec<_> = (0..15).map(|n| pair(&format!("Fact {n}"), "yes".to_owned())).collect();
        let sentences = facts_summary(&facts, &[]);
        assert_eq!(sentences.len(), 13);
        assert_eq!(sentences.last().map(String::as_str), Some("3 more facts are in the case file."));
    }
}
