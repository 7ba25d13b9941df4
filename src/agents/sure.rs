//! How sure one may be of a model's answer: one way for a word, a mark and a judgement.
//!
//! What a model says of its own certainty is worth little. So it goes by what its server tells of the probability of
//! the answer; where it tells none, by how many of several answers to the same question are the same (Wang et al. 2022,
//! "Self-consistency improves chain of thought reasoning"). Repairs and what had to be forgiven lower it. The result is
//! an order of answers and no probability: what it is worth is for a certificate to measure.

use countersign_core::{definition::AgentWork, proposal::Measure};

use crate::llm::parse::{Coercion, lowered};

/// A question is asked so often before votes are counted.
pub const VOTES_FIRST: usize = 3;
/// When those differ, it is asked so often in all.
pub const VOTES_MAX: usize = 5;
/// The randomness of answers after the first, in thousandths, for models that let it be set.
pub const SPREAD: u32 = 700;
/// What a repair leaves of a score, in parts per thousand.
const LEFT_BY_REPAIR: u32 = 800;

/// How sure one may be of an answer, and how that was found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sure {
    /// In parts per thousand; `None` when nothing can be said.
    pub score: Option<u32>,
    /// How it was found out.
    pub measured: Option<Measure>,
    /// Whether it is worth finding out: the answer decides something and rests on what stands there.
    pub open: bool,
}

impl Sure {
    /// Not to be measured.
    pub(super) const NOT: Self = Self { score: None, measured: None, open: false };

    /// To be measured, unless the answer is of no use.
    pub(super) const fn open(useful: bool) -> Self {
        Self { score: None, measured: None, open: useful }
    }

    /// Measured by the built-in classifier.
    pub(super) const fn by_examples(score: u32) -> Self {
        Self { score: Some(score), measured: Some(Measure::Examples), open: true }
    }

    /// With what the model's server tells. Where the examples were asked as well, each counts for half.
    pub(super) fn with_probability(self, probable: Option<u32>) -> Self {
        let Some(probable) = probable.filter(|_| self.open) else { return self };
        let score = self.score.map_or(probable, |known| u32::midpoint(known, probable));
        Self { score: Some(score), measured: Some(Measure::Probability), ..self }
    }

    /// Whether only asking again tells.
    pub(super) const fn wants_votes(self) -> bool {
        self.open && self.score.is_none()
    }

    /// With votes, when enough were cast.
    pub(super) fn with_votes(self, votes: &[Option<String>], said: usize) -> Self {
        if !enough(votes) {
            return self;
        }
        let share = (said * 1_000 / votes.len()).try_into().unwrap_or(u32::MAX);
        Self { score: Some(share), measured: Some(Measure::Votes), ..self }
    }

    /// Lowered by what it took to get the answer: repairs, and what was forgiven in it.
    pub(super) fn lowered(self, repairs: usize, forgiven: &[Coercion]) -> Self {
        let repaired = |score| (0..repairs).fold(score, |score: u32, _| score * LEFT_BY_REPAIR / 1_000);
        Self { score: self.score.map(|score| lowered(repaired(score.min(1_000)), forgiven)), ..self }
    }
}

/// The property of an answer that decides; `None` for work whose answers are not measured.
pub(super) const fn property(work: &AgentWork) -> Option<&'static str> {
    match work {
        AgentWork::Classify { .. } => Some("label"),
        AgentWork::Score { .. } => Some("mark"),
        AgentWork::Judge { .. } => Some("holds"),
        AgentWork::Extract { .. } | AgentWork::Prepare { .. } | AgentWork::Draft { .. } => None,
    }
}

/// Whether so many votes are enough: a few when they are all the same.
pub(super) fn enough(votes: &[Option<String>]) -> bool {
    let same = || votes.windows(2).all(|pair| pair[0] == pair[1]);
    votes.len() >= VOTES_MAX || (votes.len() >= VOTES_FIRST && same())
}

/// What most votes say, and how many that are; the earlier one among equals. Votes that decide nothing lead nowhere.
pub(super) fn leading(votes: &[Option<String>]) -> (&str, usize) {
    let mut best = ("", 0);
    for vote in votes.iter().flatten() {
        let said = votes.iter().flatten().filter(|other| *other == vote).count();
        if said > best.1 {
            best = (vote, said);
        }
    }
    best
}

/// What is said of votes that were not all the same.
pub(super) fn remark(votes: &[Option<String>], said: usize) -> String {
    let differ = votes.len() >= VOTES_FIRST && said < votes.len();
    match said {
        _ if !differ => String::new(),
        1 => format!("asked {} times, it said so once", votes.len()),
        said => format!("asked {} times, it said so {said} times", votes.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Votes as letters, `-` for one that decides nothing: whether they are enough, and what leads with which score.
    fn check(votes: &str, expected: (bool, &str, Option<u32>)) {
        let cast: Vec<Option<String>> =
            votes.chars().map(|one| Some(one.to_string()).filter(|one| one != "-")).collect();
        let (word, said) = leading(&cast);
        let score = Sure::open(true).with_votes(&cast, said).score;
        assert_eq!((enough(&cast), word, score), expected, "{votes}");
    }

    #[test]
    fn three_votes_do_when_they_are_the_same_and_five_otherwise() {
        check("a", (false, "a", None));
        check("aa", (false, "a", None));
        check("aaa", (true, "a", Some(1_000)));
        check("aab", (false, "a", None));
        check("abbb", (false, "b", None));
        check("aabaa", (true, "a", Some(800)));
        check("ab-ba", (true, "a", Some(400)));
        check("a--b-", (true, "a", Some(200)));
    }

    #[test]
    fn what_it_took_lowers_the_score() {
        let of = |sure: Sure| sure.score;
        let votes = Sure { score: Some(1_000), measured: Some(Measure::Votes), open: true };
        assert_eq!(of(votes.lowered(0, &[])), Some(1_000));
        assert_eq!(of(votes.lowered(1, &[])), Some(800));
        assert_eq!(of(votes.lowered(1, &[Coercion::Fence, Coercion::Fence])), Some(648));
        assert_eq!(of(Sure::NOT.lowered(1, &[Coercion::Fence])), None);
        assert_eq!(of(Sure::open(true).with_probability(Some(940))), Some(940));
        assert_eq!(of(Sure::open(false).with_probability(Some(940))), None, "it rests on nothing");
        assert_eq!(of(Sure::by_examples(600).with_probability(Some(900))), Some(750));
    }
}
