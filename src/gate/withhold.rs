//! Sentences that repeat what only some may see are taken out of an agent's words.
//!
//! Pages hide such fields from whoever may not read them; an agent that was shown one may say it on in a reason, which
//! stands with the case. What is found is the value as it is written, whatever its case and blanks, an amount also by
//! its figures, and of a document five words in a row. A value that was disguised is not found.

use countersign_core::{
    proposal::{Output, Proposal},
    value::Value,
};

use super::{GateInput, evidence::is_invisible, mentions::digits};

/// What stands where sentences were taken out.
const WITHHELD: &str = "some of what it said only some may see, so it is withheld";
/// A value with fewer letters and digits stands everywhere; it is known by the field's name beside it.
const TELLING: usize = 4;
/// So many words in a row are taken from a document.
const RUN_WORDS: usize = 5;
/// Figures with fewer digits are everywhere.
const SHORTEST_FIGURE: usize = 3;

/// What only some may see, in the forms in which it is looked for.
struct Secrets {
    values: Vec<Secret>,
    /// The words of documents, each with a blank around it.
    documents: Vec<String>,
}

struct Secret {
    /// Letters and digits alone.
    letters: String,
    /// Words with a blank around each.
    words: String,
    /// The words of the field's name, where the value says nothing without it.
    beside: Option<String>,
    /// The digits of an amount or a number, with and without its decimals.
    figures: Vec<String>,
}

/// Takes out of a proposal's words whatever repeats a value that only some may see.
pub(super) fn restricted(proposal: &mut Proposal, input: &GateInput<'_>) {
    if input.visibility.is_empty() {
        return;
    }
    let secrets = Secrets::of(input);
    if let Some(rest) = secrets.without(&proposal.reason) {
        proposal.reason = if rest.is_empty() { WITHHELD.to_owned() } else { format!("{rest} ({WITHHELD})") };
    }
    if let Output::Summary { sentences } = &mut proposal.output {
        sentences.retain(|sentence| !secrets.stand_in(sentence));
    }
}

impl Secrets {
    fn of(input: &GateInput<'_>) -> Self {
        let mut secrets = Self { values: Vec::new(), documents: Vec::new() };
        for (name, value) in
            input.values.iter().filter(|(name, _)| input.visibility.iter().any(|rule| rule.covers(name)))
        {
            match value {
                Value::Erased => {}
                Value::Document { document } => {
                    let text = input.documents.iter().find(|source| source.key == *document);
                    secrets.documents.extend(text.and_then(|source| source.text).map(padded));
                }
                value => {
                    let label = input.fields.iter().find(|field| field.name == *name).map(|field| &field.label);
                    secrets.values.extend(Secret::of(value, label.map_or(name.as_str(), String::as_str)));
                }
            }
        }
        secrets
    }

    /// A text without the sentences that repeat a secret; `None` when none does.
    fn without(&self, text: &str) -> Option<String> {
        if !self.stand_in(text) {
            return None;
        }
        let kept: Vec<&str> = sentences(text).into_iter().filter(|sentence| !self.stand_in(sentence)).collect();
        let rest = kept.concat().trim().to_owned();
        // What is spread over two sentences is no less of a secret.
        Some(if self.stand_in(&rest) { String::new() } else { rest })
    }

    fn stand_in(&self, text: &str) -> bool {
        let (words, letters) = (padded(text), letters(text));
        let figures = figures(text);
        let value = |secret: &Secret| {
            let named = secret.beside.as_ref().is_none_or(|label| words.contains(label.as_str()));
            let written = words.contains(&secret.words)
                || (secret.letters.chars().count() >= TELLING * 2 && letters.contains(&secret.letters));
            named && written || figures.iter().any(|figure| secret.figures.contains(figure))
        };
        let all: Vec<&str> = words.split_whitespace().collect();
        let run =
            |document: &String| all.windows(RUN_WORDS).any(|run| document.contains(&format!(" {} ", run.join(" "))));
        self.values.iter().any(value) || self.documents.iter().any(run)
    }
}

impl Secret {
    fn of(value: &Value, label: &str) -> Option<Self> {
        let plain = value.plain();
        let letters = letters(&plain);
        if letters.is_empty() {
            return None;
        }
        let common = matches!(value, Value::YesNo { .. } | Value::Choice { .. } | Value::Number { .. });
        let beside = (common || letters.chars().count() < TELLING).then(|| padded(label));
        let figures = match value {
            Value::Money(money) => {
                let written = plain.split_whitespace().next().unwrap_or_default();
                let (whole, part) = written.split_once('.').unwrap_or((written, ""));
                let round = !part.is_empty() && part.bytes().all(|digit| digit == b'0');
                let mut all = vec![money.minor.unsigned_abs().to_string()];
                all.extend(round.then(|| digits(whole)));
                all
            }
            Value::Number { .. } => vec![digits(&plain)],
            _ => Vec::new(),
        };
        let figures = figures.into_iter().filter(|one| one.len() >= SHORTEST_FIGURE).collect();
        Some(Self { words: padded(&plain), letters, beside, figures })
    }
}

/// The sentences and half sentences of a text, with the marks and blanks that end them.
fn sentences(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut begin, mut ended) = (0, false);
    for (at, character) in text.char_indices() {
        if ended && character.is_whitespace() {
            all.push(&text[begin..at]);
            begin = at;
        }
        ended = matches!(character, '.' | ';' | '!' | '?' | '\n');
    }
    all.push(&text[begin..]);
    all
}

/// A text in lower case with one blank between and around its words.
fn padded(text: &str) -> String {
    let seen: String = text.chars().filter(|one| !is_invisible(*one)).flat_map(char::to_lowercase).collect();
    let words = seen.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |line, word| line + word + " ")
}

fn letters(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).filter(|one| one.is_alphanumeric()).collect()
}

/// The digits of each figure of a text, without grouping marks.
fn figures(text: &str) -> Vec<String> {
    let inside = |one: char| one.is_ascii_digit() || matches!(one, '.' | ',' | '\'' | '’');
    text.split(|one: char| !inside(one)).map(digits).filter(|one| one.len() >= SHORTEST_FIGURE).collect()
}

#[cfg(test)]
mod tests {
    use countersign_core::{
        definition::{AgentStep, AgentWork, Field, FieldKind, FieldSource, Visibility, Who},
        time::Span,
        value::{Money, Values},
    };

    use super::*;
    use crate::gate::evidence::Source;

    const LETTER: &str = "We write to you about the illness of your colleague, who will not come back.";

    /// What is left of a reason where these fields are for some alone.
    fn check(reason: &str, expected: &str) {
        let field = |name: &str, kind: FieldKind| Field {
            name: name.to_owned(),
            label: name.replace('_', " "),
            kind,
            required: true,
            source: FieldSource::Agent,
        };
        let fields = [field("holder", FieldKind::Text), field("ceiling", FieldKind::Money)];
        let only = |name: &str| Visibility { field: name.to_owned(), readers: vec![Who::Approver] };
        let values = Values::from([
            ("holder".to_owned(), Value::text("Ada Lovelace")),
            ("ceiling".to_owned(), Value::Money(Money { minor: 480_000, currency: "EUR".to_owned() })),
            ("risk".to_owned(), Value::choice("high")),
            ("letter".to_owned(), Value::Document { document: "d1".to_owned() }),
            ("purpose".to_owned(), Value::text("window cleaning")),
        ]);
        let source = Source { key: "d1", field: "letter", text: Some(LETTER), digest: None };
        let step = AgentStep {
            work: AgentWork::Prepare { reader: Who::Approver },
            on_unsure: Who::Approver,
            due: Span::Hours(1),
        };
        let proposal = Proposal {
            output: Output::Summary { sentences: vec![reason.to_owned()] },
            reason: reason.to_owned(),
            score: None,
            engine: "test".to_owned(),
            input: String::new(),
            measured: None,
            prompt: None,
            cascade: None,
        };
        let mut left = proposal.clone();
        restricted(
            &mut left,
            &GateInput {
                step: &step,
                proposal: &proposal,
                schema_errors: &[],
                fields: &fields,
                visibility: &["holder", "ceiling", "risk", "letter"].map(only),
                values: &values,
                documents: &[source],
                shown: &[],
                policies: &[],
            },
        );
        assert_eq!(left.reason.replace(WITHHELD, "..."), expected, "of {reason:?}");
        let Output::Summary { sentences } = left.output else { unreachable!("it stays a summary") };
        assert_eq!(sentences.is_empty(), left.reason != reason, "of {reason:?}");
    }

    #[test]
    fn sentences_that_repeat_what_only_some_may_see_are_withheld() {
        check("It is about window cleaning. It costs 12 EUR.", "It is about window cleaning. It costs 12 EUR.");
        check("It is cleaning. The holder is ADA  lovelace.", "It is cleaning. (...)");
        check("AdaLovelace signs it", "...");
        check("It leaves room; up to 4,800.00 EUR are free", "It leaves room; (...)");
        check("at most 4800 euros", "...");
        check("the amount of 14,800 fits", "the amount of 14,800 fits");
        check("the risk is high", "...");
        check("high time to pay", "high time to pay");
        check("They say that the illness of your colleague, who cannot work, lasts", "...");
        check("It is about an illness", "It is about an illness");
        check("the account of Ada. Lovelace is empty", "...");
        check("A\u{200b}da Love\u{200b}lace", "...");
    }
}
