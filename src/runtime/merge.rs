//! Two people changed one text: what each of them wrote is put together, sentence by sentence and line by line.

use std::ops::Range;

/// The most pieces of the changed middle of a text that are compared one with another; beyond that the middle counts
/// as changed as a whole.
const COMPARED_MAX: usize = 2_000;

/// A stretch of the text put together from two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// What stands, whoever wrote it.
    Agreed(String),
    /// Both changed the same words in different ways.
    Both {
        /// What stood there before.
        before: String,
        /// What the one made of it.
        mine: String,
        /// What the other made of it.
        theirs: String,
    },
}

/// Puts together what two people made of `base`. Nothing that either wrote is left out: where both changed the same
/// words, both stand in [`Part::Both`].
#[must_use]
pub fn merge(base: &str, mine: &str, theirs: &str) -> Vec<Part> {
    let (base, mine, theirs) = (pieces(base), pieces(mine), pieces(theirs));
    let (of_mine, of_theirs) = (edits(&base, &mine), edits(&base, &theirs));
    let (mut at, mut left, mut right) = (0, 0, 0);
    let mut parts = Vec::new();
    while left < of_mine.len() || right < of_theirs.len() {
        let group = group(&of_mine[left..], &of_theirs[right..]);
        agreed(&mut parts, &base[at..group.range.start]);
        let here = |edits: &[Edit], pieces: &[&str]| applied(&base, &group.range, edits, pieces);
        let (one, other) = (&of_mine[left..left + group.mine], &of_theirs[right..right + group.theirs]);
        let (one_text, other_text) = (here(one, &mine), here(other, &theirs));
        if other.is_empty() || one_text == other_text {
            agreed(&mut parts, &[&one_text]);
        } else if one.is_empty() {
            agreed(&mut parts, &[&other_text]);
        } else {
            let before = base[group.range.clone()].concat();
            parts.push(Part::Both { before, mine: one_text, theirs: other_text });
        }
        at = group.range.end;
        left += group.mine;
        right += group.theirs;
    }
    agreed(&mut parts, &base[at..]);
    parts
}

/// The whole text; `None` while a choice is open.
#[must_use]
pub fn whole(parts: &[Part]) -> Option<String> {
    parts.iter().map(|part| if let Part::Agreed(text) = part { Some(text.as_str()) } else { None }).collect()
}

/// Pieces of the base that became other pieces.
#[derive(Clone, Debug)]
struct Edit {
    base: Range<usize>,
    new: Range<usize>,
}

/// Edits that touch the same words.
struct Group {
    range: Range<usize>,
    mine: usize,
    theirs: usize,
}

/// The first edits of the one and of the other that belong together.
fn group(mine: &[Edit], theirs: &[Edit]) -> Group {
    let mut group = match (mine.first(), theirs.first()) {
        (Some(one), Some(other)) if before(other, one) => Group { range: other.base.clone(), mine: 0, theirs: 1 },
        (Some(one), _) => Group { range: one.base.clone(), mine: 1, theirs: 0 },
        (None, Some(other)) => Group { range: other.base.clone(), mine: 0, theirs: 1 },
        (None, None) => Group { range: 0..0, mine: 0, theirs: 0 },
    };
    loop {
        if let Some(next) = mine.get(group.mine).filter(|next| meets(&group.range, &next.base)) {
            group.range.end = group.range.end.max(next.base.end);
            group.mine += 1;
        } else if let Some(next) = theirs.get(group.theirs).filter(|next| meets(&group.range, &next.base)) {
            group.range.end = group.range.end.max(next.base.end);
            group.theirs += 1;
        } else {
            return group;
        }
    }
}

fn before(one: &Edit, other: &Edit) -> bool {
    (one.base.start, one.base.end) < (other.base.start, other.base.end)
}

/// Whether an edit that begins no earlier is about the same words, or inserts at the same place.
fn meets(range: &Range<usize>, next: &Range<usize>) -> bool {
    next.start < range.end || (range.is_empty() && next.is_empty() && range.start == next.start)
}

/// What the pieces of the base in `range` become by these edits.
fn applied(base: &[&str], range: &Range<usize>, edits: &[Edit], new: &[&str]) -> String {
    let mut text = String::new();
    let mut at = range.start;
    for edit in edits {
        text.extend(base[at..edit.base.start].iter().copied());
        text.extend(new[edit.new.clone()].iter().copied());
        at = edit.base.end;
    }
    text.extend(base[at..range.end].iter().copied());
    text
}

fn agreed<S: AsRef<str>>(parts: &mut Vec<Part>, pieces: &[S]) {
    if pieces.iter().all(|piece| piece.as_ref().is_empty()) {
        return;
    }
    if !matches!(parts.last(), Some(Part::Agreed(_))) {
        parts.push(Part::Agreed(String::new()));
    }
    if let Some(Part::Agreed(text)) = parts.last_mut() {
        text.extend(pieces.iter().map(AsRef::as_ref));
    }
}

/// Lines, and the sentences in them; together they are the text again.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(stop) = rest.find(". ") {
            let (sentence, tail) = rest.split_at(stop + 2);
            if tail.trim().is_empty() {
                break;
            }
            pieces.push(sentence);
            rest = tail;
        }
        pieces.push(rest);
    }
    pieces
}

/// What turns the pieces of `base` into those of `new`, by a longest common subsequence of what lies between their
/// common beginning and end.
fn edits(base: &[&str], new: &[&str]) -> Vec<Edit> {
    let head = base.iter().zip(new).take_while(|(one, other)| one == other).count();
    let tail = base[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(one, other)| one == other).count();
    let (old, fresh) = (&base[head..base.len() - tail], &new[head..new.len() - tail]);
    let mut edits: Vec<Edit> = Vec::new();
    let mut change = |base: Range<usize>, new: Range<usize>| match edits.last_mut() {
        Some(last) if last.base.end == base.start && last.new.end == new.start => {
            last.base.end = base.end;
            last.new.end = new.end;
        }
        _ => edits.push(Edit { base, new }),
    };
    if old.len() > COMPARED_MAX || fresh.len() > COMPARED_MAX {
        change(head..head + old.len(), head..head + fresh.len());
        return edits;
    }
    let lengths = common(old, fresh);
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < fresh.len() {
        if i < old.len() && j < fresh.len() && old[i] == fresh[j] {
            i += 1;
            j += 1;
        } else if j == fresh.len() || (i < old.len() && lengths[i + 1][j] >= lengths[i][j + 1]) {
            change(head + i..head + i + 1, head + j..head + j);
            i += 1;
        } else {
            change(head + i..head + i, head + j..head + j + 1);
            j += 1;
        }
    }
    edits
}

/// The length of the longest common subsequence from each pair of places on.
fn common(old: &[&str], new: &[&str]) -> Vec<Vec<u16>> {
    let mut lengths = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i][j] =
                if old[i] == new[j] { lengths[i + 1][j + 1] + 1 } else { lengths[i + 1][j].max(lengths[i][j + 1]) };
        }
    }
    lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base: &str, mine: &str, theirs: &str, expected: &str) {
        assert_eq!(whole(&merge(base, mine, theirs)).as_deref(), Some(expected));
        assert_eq!(whole(&merge(base, theirs, mine)).as_deref(), Some(expected), "whoever is first");
    }

    #[test]
    fn what_two_people_wrote_at_different_places_is_put_together() {
        check("", "", "", "");
        check("a\nb\nc\n", "a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n");
        check("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n");
        check("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n", "A\nB\nc\n");
        check("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n");
        check("One. Two. Three.\n", "One. Zwei. Three.\n", "One. Two. Three. Four.\n", "One. Zwei. Three. Four.\n");
        check("a\nb\n", "a\nx\nb\n", "a\nB\n", "a\nx\nB\n");
        check("a\n", "a\nsame\n", "a\nsame\n", "a\nsame\n");
    }

    #[test]
    fn where_both_changed_the_same_words_both_are_kept() {
        let parts = merge("a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nc\n");
        let both = Part::Both { before: "b\n".to_owned(), mine: "mine\n".to_owned(), theirs: "theirs\n".to_owned() };
        assert_eq!(parts, [Part::Agreed("a\n".to_owned()), both, Part::Agreed("c\n".to_owned())]);
        assert_eq!(whole(&parts), None);
        let added = merge("a\n", "a\nmine\n", "a\ntheirs\n");
        assert!(matches!(&added[1], Part::Both { before, .. } if before.is_empty()), "{added:?}");
        let removed = merge("a\nb\n", "a\n", "a\nB\n");
        assert!(matches!(&removed[1], Part::Both { mine, theirs, .. } if mine.is_empty() && theirs == "B\n"));
    }

    /// Pieces drawn by a small generator with a seed of its own.
    fn drawn(seed: &mut u64, from: &[&str]) -> String {
        let mut text = String::new();
        for piece in from {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            match *seed >> 61 {
                0 => {}
                1 => text.push_str(&format!("new {}\n", (*seed >> 40) & 3)),
                2 => text.push_str(&format!("{piece}more {}\n", (*seed >> 40) & 3)),
                _ => text.push_str(piece),
            }
        }
        text
    }

    #[test]
    fn choosing_one_side_everywhere_loses_none_of_its_words() {
        let base = ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n"];
        let mut seed = 7;
        for _ in 0..2_000 {
            let (mine, theirs) = (drawn(&mut seed, &base), drawn(&mut seed, &base));
            let parts = merge(&base.concat(), &mine, &theirs);
            let mut all = String::new();
            for part in &parts {
                match part {
                    Part::Agreed(text) => all.push_str(text),
                    Part::Both { mine, theirs, .. } => {
                        all.push_str(mine);
                        all.push_str(theirs);
                    }
                }
            }
            for line in mine.lines().chain(theirs.lines()).filter(|line| line.contains(' ')) {
                assert!(all.contains(line), "`{line}` of {mine:?} and {theirs:?} is not in {all:?}");
            }
            assert_eq!(whole(&merge(&base.concat(), &mine, &base.concat())).as_deref(), Some(mine.as_str()));
        }
    }
}
