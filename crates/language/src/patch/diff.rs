//! Which sentences two texts do not share.

use std::collections::BTreeSet;

use serde::Serialize;

use super::layout::{Placed, one_line, sentences};

/// Of two sentences, one is taken for the other's change when so many of a hundred words are the same.
const SIMILAR_PERCENT: usize = 40;
/// With more sentences than this that differ, changes are told as removals and additions.
const MAX_PAIRED: usize = 200;

/// One sentence that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentenceDiff {
    /// How.
    pub change: Change,
    /// The sentence in the old text; none when it is new.
    pub old: Option<Side>,
    /// The sentence in the new text; none when it is gone.
    pub new: Option<Side>,
}

/// How a sentence differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Its words are others.
    Changed,
    /// It stands elsewhere, with the same words.
    Moved,
}

/// A sentence in one of the two texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its place among the sentences, from 0.
    pub index: usize,
    /// The sentence.
    #[serde(flatten)]
    pub sentence: Placed,
}

/// The sentences that differ, in the order of the new text; what is gone stands where it was.
///
/// Line breaks and blanks do not count.
#[must_use]
pub fn diff_sentences(old: &str, new: &str) -> Vec<SentenceDiff> {
    let (old, new) = (sides(old), sides(new));
    let kept = common(&old, &new);
    let mut gaps: Vec<(Vec<Side>, Vec<Side>)> = Vec::new();
    let (mut left, mut right) = (0, 0);
    for (a, b) in kept.into_iter().chain(std::iter::once((old.len(), new.len()))) {
        gaps.push((old[left..a].to_vec(), new[right..b].to_vec()));
        (left, right) = ((a + 1).min(old.len()), (b + 1).min(new.len()));
    }
    let mut gone: Vec<Side> = gaps.iter().flat_map(|(old, _)| old.clone()).collect();
    let mut found = Vec::new();
    for (mut from, to) in gaps {
        for side in to {
            let moved = gone.iter().position(|old| words(old) == words(&side)).map(|at| gone.remove(at));
            if let Some(moved) = moved {
                from.retain(|old| old.index != moved.index);
                // Its removal may have been told already, in the gap that it left.
                found.retain(|diff: &SentenceDiff| diff.new.is_some() || diff.old.as_ref() != Some(&moved));
                found.push(SentenceDiff { change: Change::Moved, old: Some(moved), new: Some(side) });
                continue;
            }
            let like = from.iter().take(MAX_PAIRED).position(|old| gone.contains(old) && similar(old, &side));
            match like.map(|at| from.remove(at)) {
                Some(changed) => {
                    gone.retain(|old| old.index != changed.index);
                    found.push(SentenceDiff { change: Change::Changed, old: Some(changed), new: Some(side) });
                }
                None => found.push(SentenceDiff { change: Change::Added, old: None, new: Some(side) }),
            }
        }
        let left = from.into_iter().filter(|old| gone.contains(old));
        found.extend(left.map(|old| SentenceDiff { change: Change::Removed, old: Some(old), new: None }));
    }
    found
}

fn sides(text: &str) -> Vec<Side> {
    sentences(text).into_iter().enumerate().map(|(index, sentence)| Side { index, sentence }).collect()
}

fn words(side: &Side) -> String {
    one_line(&side.sentence.text)
}

/// The longest row of sentences that both have, as pairs of places.
fn common(old: &[Side], new: &[Side]) -> Vec<(usize, usize)> {
    let (old, new): (Vec<String>, Vec<String>) = (old.iter().map(words).collect(), new.iter().map(words).collect());
    let columns = new.len() + 1;
    let mut best = vec![0_u16; (old.len() + 1) * columns];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            best[a * columns + b] = if old[a] == new[b] {
                best[(a + 1) * columns + b + 1] + 1
            } else {
                best[(a + 1) * columns + b].max(best[a * columns + b + 1])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if best[(a + 1) * columns + b] >= best[a * columns + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

fn similar(a: &Side, b: &Side) -> bool {
    let set = |side: &Side| -> BTreeSet<String> {
        words(side)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (a, b) = (set(a), set(b));
    let (shared, all) = (a.intersection(&b).count(), a.union(&b).count());
    shared * 100 >= all * SIMILAR_PERCENT && shared > 0
}
