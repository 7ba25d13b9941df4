//! Every edit that is offered removes what it is offered for, whatever the text.

use proptest::prelude::*;

use super::{
    super::{Attachments, Diagnostic, compile, render},
    generate,
};

/// How many suggestions of one text are tried.
const TRIED_MAX: usize = 12;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn check_every_edit_cures_what_it_is_offered_for(
        definition in generate::definition(),
        changes in prop::collection::vec((any::<u16>(), 0..12_usize), 1..4),
    ) {
        let mut text = render(&definition);
        for (at, change) in changes {
            text = mutated(&text, usize::from(at), change);
        }
        check_cures(&text, &Attachments::of(&definition))?;
    }
}

/// Applies each edit alone; afterwards its finding stands there no more.
pub(super) fn check_cures(text: &str, attachments: &Attachments) -> Result<(), TestCaseError> {
    let found = compile(text, attachments).diagnostics;
    let offered = found
        .iter()
        .flat_map(|one| one.suggestions.iter().map(move |way| (one, way)))
        .filter_map(|(one, way)| Some((one, way, way.replacement.as_ref()?)));
    for (one, way, (start, end, new)) in offered.take(TRIED_MAX) {
        let cured = format!("{}{new}{}", &text[..*start], &text[*end..]);
        let left = compile(&cured, attachments).diagnostics;
        let before = count(text, &found, &(one.code, &one.message, &text[one.start..one.end]));
        let after = count(&cured, &left, &(one.code, &one.message, &text[one.start..one.end]));
        // A sentence tells its first fault alone: cured here, it may show the same one at another place.
        let place = if one.start <= *start { one.start } else { one.start + new.len() - (end - start) };
        let here =
            left.iter().any(|other| (other.code, &other.message, other.start) == (one.code, &one.message, place));
        prop_assert!(
            after < before || !here,
            "`{}` does not cure {}: {}\n{}\n---\n{}",
            way.title,
            one.code,
            one.message,
            text,
            cured
        );
    }
    Ok(())
}

/// How often a finding stands in a text.
fn count(text: &str, all: &[Diagnostic], (code, message, words): &(&str, &String, &str)) -> usize {
    let same = |one: &&Diagnostic| {
        one.code == *code && one.message == **message && text.get(one.start..one.end) == Some(*words)
    };
    all.iter().filter(same).count()
}

/// A text with one slip: a word lost, doubled or misspelt, a sentence lost, doubled or made vague.
fn mutated(text: &str, at: usize, change: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let filled: Vec<usize> = (0..lines.len()).filter(|line| !lines[*line].trim().is_empty()).collect();
    let line = filled[at % filled.len()];
    // Near misses that people write, in the first sentence from there on that has what they are missed from.
    let near = [
        (8, " approves ", " must approve "),
        (9, " approves ", " confirms "),
        (10, " reviews ", " has to check "),
        (11, " the reason", " of the reason"),
    ];
    if let Some((_, from, to)) = near.into_iter().find(|(number, ..)| *number == change) {
        if let Some(line) = lines.iter_mut().skip(line).find(|line| line.contains(from)) {
            *line = line.replacen(from, to, 1);
        }
        return lines.join("\n");
    }
    let words: Vec<String> = lines[line].split(' ').map(String::from).collect();
    let word = (at / 7) % words.len();
    let mut changed = words.clone();
    match change {
        0 => {
            changed.remove(word);
        }
        1 => changed.insert(word, words[word].clone()),
        2 if words[word].len() > 3 && words[word].is_ascii() => {
            changed[word].remove(2);
        }
        3 => changed.insert(word, String::from("soon")),
        4 => changed.insert(word, String::from("and")),
        5 => changed.insert(word, String::from("\u{200b}")),
        6 => {
            let again = lines[line].clone();
            lines.insert(line, again);
            return lines.join("\n");
        }
        _ => {
            lines.remove(line);
            return lines.join("\n");
        }
    }
    lines[line] = changed.join(" ");
    lines.join("\n")
}
