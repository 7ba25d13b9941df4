//! Scores of predictions against gold answers. Shares lie between 0 and 1; a share of nothing is `None`.

use std::collections::{BTreeMap, BTreeSet};

/// One field of one document: what was answered and what is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldAnswer {
    /// The field.
    pub field: String,
    /// What was answered, if anything.
    pub answer: Option<String>,
    /// What is right, if the document has the field at all.
    pub gold: Option<String>,
}

/// Counts over fields, from which precision, recall and F1 follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldScore {
    /// Fields that have a right answer.
    pub gold: usize,
    /// Fields that were answered.
    pub answered: usize,
    /// Answers that are right.
    pub right: usize,
}

impl FieldScore {
    /// The share of answers that are right.
    pub fn precision(self) -> Option<f64> {
        share(self.right, self.answered)
    }

    /// The share of gold answers that were found.
    pub fn recall(self) -> Option<f64> {
        share(self.right, self.gold)
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(self) -> Option<f64> {
        share(2 * self.right, self.gold + self.answered)
    }
}

/// Scores per field, where an answer is right when it equals the gold answer after `normalise`.
///
/// Pass `str::to_owned` for the exact score.
pub fn field_scores(answers: &[FieldAnswer], normalise: impl Fn(&str) -> String) -> BTreeMap<String, FieldScore> {
    let mut scores: BTreeMap<String, FieldScore> = BTreeMap::new();
    for one in answers {
        let score = scores.entry(one.field.clone()).or_default();
        score.gold += usize::from(one.gold.is_some());
        score.answered += usize::from(one.answer.is_some());
        if let (Some(answer), Some(gold)) = (&one.answer, &one.gold)
            && normalise(answer) == normalise(gold)
        {
            score.right += 1;
        }
    }
    scores
}

/// The counts over all fields together (micro average).
pub fn all_fields(scores: &BTreeMap<String, FieldScore>) -> FieldScore {
    scores.values().fold(FieldScore::default(), |sum, one| FieldScore {
        gold: sum.gold + one.gold,
        answered: sum.answered + one.answered,
        right: sum.right + one.right,
    })
}

/// A text in upper case with every run of blanks and punctuation as one blank, for comparing names.
pub fn without_punctuation(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.to_uppercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One classified text.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelAnswer {
    /// The label that was given; none when a person was asked or the text was said to fit no label.
    pub answer: Option<String>,
    /// The right label; none for a text that fits no label.
    pub gold: Option<String>,
    /// How likely the answer was said to be right; higher is likelier. Any scale.
    pub score: f64,
}

/// The share of texts answered as they should be, where turning away a text that fits no label is right.
pub fn accuracy(answers: &[LabelAnswer]) -> Option<f64> {
    share(answers.iter().filter(|one| one.answer == one.gold).count(), answers.len())
}

/// The share right of the texts that fit a label; one that was turned away counts as wrong.
pub fn in_scope_accuracy(answers: &[LabelAnswer]) -> Option<f64> {
    let in_scope: Vec<&LabelAnswer> = answers.iter().filter(|one| one.gold.is_some()).collect();
    share(in_scope.iter().filter(|one| one.answer == one.gold).count(), in_scope.len())
}

/// The share turned away of the texts that fit no label.
pub fn oos_recall(answers: &[LabelAnswer]) -> Option<f64> {
    let outside: Vec<&LabelAnswer> = answers.iter().filter(|one| one.gold.is_none()).collect();
    share(outside.iter().filter(|one| one.answer.is_none()).count(), outside.len())
}

/// The share that really fits no label of the texts that were turned away.
pub fn oos_precision(answers: &[LabelAnswer]) -> Option<f64> {
    let turned_away: Vec<&LabelAnswer> = answers.iter().filter(|one| one.answer.is_none()).collect();
    share(turned_away.iter().filter(|one| one.gold.is_none()).count(), turned_away.len())
}

/// The chance that a text that fits a label has a higher score than one that fits none; ties count half (the area
/// under the ROC curve as Mann and Whitney's U).
pub fn oos_auroc(answers: &[LabelAnswer]) -> Option<f64> {
    let mut ranked: Vec<(f64, bool)> = answers.iter().map(|one| (one.score, one.gold.is_some())).collect();
    ranked.sort_by(|left, right| left.0.total_cmp(&right.0));
    let inside = ranked.iter().filter(|(_, is_inside)| *is_inside).count();
    let outside = ranked.len() - inside;
    if inside == 0 || outside == 0 {
        return None;
    }
    let (mut wins, mut outside_below) = (0.0, 0.0);
    for group in ranked.chunk_by(|left, right| left.0 == right.0) {
        let inside_here = group.iter().filter(|(_, is_inside)| *is_inside).count() as f64;
        let outside_here = group.len() as f64 - inside_here;
        wins += inside_here * (outside_below + outside_here / 2.0);
        outside_below += outside_here;
    }
    Some(wins / (inside as f64 * outside as f64))
}

/// The mean over labels of each label's F1; texts that fit no label are a label of their own.
pub fn macro_f1(answers: &[LabelAnswer]) -> Option<f64> {
    let labels: BTreeSet<&Option<String>> = answers.iter().flat_map(|one| [&one.answer, &one.gold]).collect();
    let scores: Vec<f64> = labels
        .iter()
        .map(|label| {
            let right = answers.iter().filter(|one| one.answer == one.gold && one.gold == **label).count();
            let given = answers.iter().filter(|one| one.answer == **label).count();
            let gold = answers.iter().filter(|one| one.gold == **label).count();
            share(2 * right, given + gold).unwrap_or(0.0)
        })
        .collect();
    if scores.is_empty() { None } else { Some(scores.iter().sum::<f64>() / scores.len() as f64) }
}

/// One decision that may have been handed to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handled {
    /// Whether a person was asked.
    pub escalated: bool,
    /// Whether the answer was right.
    pub right: bool,
}

/// The share of decisions that no person was asked about.
pub fn coverage(decisions: &[Handled]) -> Option<f64> {
    share(decisions.iter().filter(|one| !one.escalated).count(), decisions.len())
}

/// The share wrong of the decisions that no person was asked about.
pub fn automatic_error(decisions: &[Handled]) -> Option<f64> {
    let automatic: Vec<&Handled> = decisions.iter().filter(|one| !one.escalated).collect();
    share(automatic.iter().filter(|one| !one.right).count(), automatic.len())
}

fn share(part: usize, whole: usize) -> Option<f64> {
    if whole == 0 { None } else { Some(part as f64 / whole as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(answer: Option<&str>, gold: Option<&str>, score: f64) -> LabelAnswer {
        LabelAnswer { answer: answer.map(str::to_owned), gold: gold.map(str::to_owned), score }
    }

    fn close(got: Option<f64>, want: f64) {
        assert!(got.is_some_and(|got| (got - want).abs() < 1e-9), "got {got:?}, want {want}");
    }

    /// Three texts of label a, one of b, two that fit none.
    fn six() -> Vec<LabelAnswer> {
        vec![
            label(Some("a"), Some("a"), 0.9),
            label(Some("a"), Some("a"), 0.8),
            label(Some("b"), Some("a"), 0.5),
            label(None, Some("b"), 0.3),
            label(None, None, 0.2),
            label(Some("b"), None, 0.5),
        ]
    }

    #[test]
    fn labels_are_counted_as_by_hand() {
        let six = six();
        close(accuracy(&six), 3.0 / 6.0);
        close(in_scope_accuracy(&six), 2.0 / 4.0);
        close(oos_recall(&six), 1.0 / 2.0);
        close(oos_precision(&six), 1.0 / 2.0);
        // Pairs inside over outside: 0.9 and 0.8 win both, 0.5 wins one and ties one, 0.3 wins one: 6.5 of 8.
        close(oos_auroc(&six), 6.5 / 8.0);
        // F1: a = 2*2/(2+3), b = 0, none = 2*1/(2+2).
        close(macro_f1(&six), (0.8 + 0.0 + 0.5) / 3.0);
    }

    #[test]
    fn fields_are_scored_exactly_and_normalised() {
        let field = |name: &str, answer: Option<&str>, gold: Option<&str>| FieldAnswer {
            field: name.to_owned(),
            answer: answer.map(str::to_owned),
            gold: gold.map(str::to_owned),
        };
        let answers = [
            field("company", Some("Nordwind G.m.b.H."), Some("NORDWIND G M B H")),
            field("company", None, Some("Acme Ltd")),
            field("total", Some("10.00"), Some("10.00")),
            field("total", Some("3.00"), None),
        ];
        let exact = field_scores(&answers, str::to_owned);
        assert_eq!(exact["company"], FieldScore { gold: 2, answered: 1, right: 0 });
        assert_eq!(exact["total"], FieldScore { gold: 1, answered: 2, right: 1 });
        let loose = field_scores(&answers, without_punctuation);
        close(loose["company"].precision(), 1.0);
        close(loose["company"].recall(), 0.5);
        close(loose["company"].f1(), 2.0 / 3.0);
        close(all_fields(&loose).f1(), 4.0 / 6.0);
    }

    #[test]
    fn escalated_decisions_do_not_count_as_automatic_errors() {
        let one = |escalated, right| Handled { escalated, right };
        let decisions = [one(false, true), one(false, true), one(false, false), one(true, false)];
        close(coverage(&decisions), 0.75);
        close(automatic_error(&decisions), 1.0 / 3.0);
        assert_eq!(automatic_error(&[one(true, false)]), None);
        assert_eq!(coverage(&[]), None);
    }
}
