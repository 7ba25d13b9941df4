//! Completion: at every place it offers what really comes next, and nothing that leads nowhere.

use std::{fmt::Write as _, time::Instant};

use super::super::{
    CompletionKind, SentenceKind,
    compile::kind,
    complete,
    complete::{complete_knowing, known::Known},
    lexer::{self, Token, TokenKind},
    sentence::{self, Raw, RawKind},
    shapes::{self, Naming, Slot},
    templates,
    words::Class,
};

/// Words between names that belong to the language.
const GRAMMAR: &[&str] = &[
    ",", "and", "or", "(", ")", "is", "not", "over", "under", "at", "least", "most", "the", "same", "as", "missing",
    "between", "days", "ago", "a", "check", "fails", "before", "after", "more", "less", "than",
];
const TYPES: &[&str] =
    &["text", "money", "date", "document", "number", "yes", "no", "e-mail", "IBAN", "optional", "(", ")", ",", "or"];

/// What was asked for and what was offered.
#[derive(Default)]
struct Recall {
    places: usize,
    offered: usize,
    missed: String,
}

#[test]
fn check_completion_offers_what_comes_next() {
    let mut recall = Recall::default();
    for text in templates().iter().map(|template| template.text) {
        let split = sentence::split(text, &lexer::tokens(text));
        for raw in split.sentences.iter().filter(|raw| raw.kind == RawKind::Plain) {
            check_sentence(text, raw, &mut recall);
        }
    }
    println!("completion offers {} of {} next words", recall.offered, recall.places);
    assert!(recall.places > 1_000, "{}", recall.places);
    assert_eq!(recall.offered, recall.places, "not offered:\n{}", recall.missed);
}

fn check_sentence(text: &str, raw: &Raw, recall: &mut Recall) {
    let known = Known::gather(&format!("{}\n\n{}", &text[..raw.start], &text[raw.end..]));
    let required = required(text, &raw.tokens, &known);
    for (index, token) in raw.tokens.iter().enumerate().filter(|(index, _)| required[*index]) {
        // At the start of the word, and in its middle.
        let middle = token.start + (token.end - token.start).div_ceil(2);
        let middle = text.floor_char_boundary(middle);
        for at in [token.start, middle] {
            // The middle of every third word is enough: each word is met many times.
            let skipped = at == middle && (token.kind != TokenKind::Word || index % 3 != 0);
            if at == token.end || skipped {
                continue;
            }
            recall.places += 1;
            if offers(text, at, &raw.tokens[..=index], (raw.start, &known)) {
                recall.offered += 1;
            } else {
                writeln!(recall.missed, "{}|{}", &text[raw.start..at], &text[at..token.end]).unwrap();
            }
        }
    }
}

/// Whether an item, put in its place, goes on as the sentence does, at least to its next token.
fn offers(text: &str, at: usize, wanted: &[Token], (start, known): (usize, &Known)) -> bool {
    let found = complete_knowing(text, at, known);
    found.items.iter().any(|item| {
        let done = format!("{}{}", &text[start..found.replace.0], item.insert);
        let tokens: Vec<Token> = lexer::tokens(&done).into_iter().filter(|token| token.matters()).collect();
        tokens.len() >= wanted.len()
            && wanted.iter().zip(&tokens).all(|(a, b)| a.text(text).eq_ignore_ascii_case(b.text(&done)))
    })
}

/// Which tokens completion must know: fixed words, and names that another sentence has introduced.
fn required(text: &str, tokens: &[Token], known: &Known) -> Vec<bool> {
    let readings = shapes::taken(text, tokens);
    let Some(reading) = readings.first() else { return vec![false; tokens.len()] };

    let word = |at: usize| tokens[at].text(text).to_lowercase();
    let mut required = vec![true; tokens.len()];
    for (slot, key, from, to) in reading {
        let named = named(text, tokens, &names_of(*slot, key, *from, text, tokens, known));
        for at in *from..*to {
            let article = ["the", "a", "an"].contains(&word(at).as_str());
            let grammar = !article && GRAMMAR.contains(&word(at).as_str());
            required[at] = match slot {
                Slot::Thing | Slot::Operation | Slot::Quote | Slot::Count | Slot::Times => false,
                Slot::Span => tokens[at].kind == TokenKind::Word && lexer_word(&word(at)),
                Slot::Asks => false,
                _ if article => named.get(at + 1).copied().unwrap_or(false),
                Slot::Guard => named[at] || grammar,
                _ => named[at] || [",", "and", "or"].contains(&word(at).as_str()),
            };
        }
        if *slot == Slot::Asks {
            asks(text, tokens, (*from, *to), &mut required);
        }
    }
    required
}

fn lexer_word(word: &str) -> bool {
    crate::words::count(word).is_none() && !["a", "an"].contains(&word)
}

/// In "asks for", types and marks are fixed where they are no list of the writer's own words.
fn asks(text: &str, tokens: &[Token], (from, to): (usize, usize), required: &mut [bool]) {
    let mut inside = false;
    for at in from..to {
        let word = tokens[at].text(text);
        inside |= word == "(";
        required[at] = (inside && TYPES.contains(&word)) || (!inside && [",", "and"].contains(&word));
        inside &= word != ")";
    }
}

/// The names that a slot takes.
fn names_of(slot: Slot, key: &str, from: usize, text: &str, tokens: &[Token], known: &Known) -> Vec<String> {
    let behind_as = from > 0 && tokens[from - 1].is(text, "as");
    let of: &[Naming] = match (slot, key) {
        (Slot::Who | Slot::Whos, _) | (_, "who") => &[Naming::Who],
        (Slot::Field, _) => &[Naming::Field],
        (Slot::Fields, _) => &[Naming::Field, Naming::Form],
        (Slot::System, _) => &[Naming::System],
        (Slot::Guard, _) => &[Naming::Field, Naming::Label],
        (_, "form") => &[Naming::Form],
        (_, "stage") => &[Naming::Stage],
        (_, "document") => &[Naming::Document],
        (_, "labels") => &[Naming::Label],
        _ if behind_as => &[Naming::Closing],
        _ => &[],
    };
    of.iter().flat_map(|of| known.named(*of)).map(|name| name.text).collect()
}

/// Whether the word could belong to the name before it.
fn follows(word: &str) -> bool {
    !shapes::all().iter().any(|shape| shape.pattern.split([' ', '(', ')', '|', '[', ']']).any(|part| part == word))
}

/// Which tokens belong to one of the names.
fn named(text: &str, tokens: &[Token], names: &[String]) -> Vec<bool> {
    let mut found = vec![false; tokens.len()];
    for name in names.iter().map(String::as_str) {
        let words: Vec<Token> = lexer::tokens(name).into_iter().filter(|token| token.matters()).collect();
        for from in 0..tokens.len().saturating_sub(words.len() - 1) {
            let here = words.iter().zip(&tokens[from..]);
            let same = here.clone().all(|(a, b)| a.text(name).eq_ignore_ascii_case(b.text(text)));
            // Not a part of a longer name.
            let whole = tokens.get(from + words.len()).is_none_or(|next| {
                let word = next.text(text);
                next.kind != TokenKind::Word
                    || crate::words::class(word).has(Class::STOP.and(Class::JOINT))
                    || !follows(word)
            });
            let begins = from == 0 || !tokens[from - 1].is(text, "of");
            if same && whole && begins {
                found[from..from + words.len()].fill(true);
            }
        }
    }
    found
}

#[test]
fn check_what_is_offered_leads_somewhere() {
    let mut items = 0;
    for text in templates().iter().map(|template| template.text) {
        let split = sentence::split(text, &lexer::tokens(text));
        for raw in split.sentences.iter().filter(|raw| raw.kind == RawKind::Plain) {
            let known = Known::gather(&format!("{}\n\n{}", &text[..raw.start], &text[raw.end..]));
            // Behind its last mark a sentence is over, and another one begins.
            let whole = raw.tokens.last().filter(|last| last.is(text, ":")).map_or(raw.end + 1, |last| last.end);
            let places = raw.tokens.iter().flat_map(|token| [token.start, token.end]);
            // Every place of eleven texts takes long; every ninth is another one of each sentence.
            for at in places.filter(|at| *at < whole && *at % 9 == 0) {
                // A quoted text before it may have ended its sentence or not; then both are offered.
                if at == raw.start && text[..at].trim_end().ends_with('"') {
                    continue;
                }
                let found = complete_knowing(text, at, &known);
                for item in &found.items {
                    items += 1;
                    let done = format!("{}{}", &text[raw.start..found.replace.0], item.insert);
                    check_readable(&done);
                }
            }
        }
    }
    println!("{items} items keep their sentence readable");
    assert!(items > 5_000, "{items}");
}

fn check_readable(text: &str) {
    // A quoted text may have ended a sentence by its own full stop; the last sentence counts.
    let split = sentence::split(text, &lexer::tokens(text));
    let tokens = &split.sentences.last().unwrap().tokens;
    if text.ends_with('.') {
        assert!(!shapes::readings(text, tokens).is_empty(), "`{text}` is no sentence");
    } else {
        let single = ["then", "next", "finally"].iter().any(|word| text.eq_ignore_ascii_case(word));
        assert!(single || shapes::viable(text, tokens), "`{text}` leads nowhere");
    }
}

#[test]
fn check_messages_offer_fields() {
    let text = "# T\n\nA buyer can start this process.\nThe form asks for the amount (money).\n\nStage A:\n- Tell the \
                buyer that \"It costs {am";
    let found = complete(text, text.len());
    let inserts: Vec<&str> = found.items.iter().map(|item| item.insert.as_str()).collect();
    assert_eq!((inserts, &text[found.replace.0..]), (vec!["amount}"], "am"));
    for (text, offers) in [("# Ti", false), ("Note: th", false), ("<!-- th", false), ("The ", true), ("", true)] {
        assert_eq!(!complete(text, text.len()).items.is_empty(), offers, "{text}");
    }
}

#[test]
fn check_whole_sentences_are_offered_where_they_fit() {
    let places = [
        "",
        "Stage A:\n- ",
        "Stage A:\n- The lead approves the claim. ",
        "Stage A:\n- Read the total (money) from the receipt. ",
        "Stage A:\n- Create a payment in the bank system. ",
        "Stage A:\n- Tell the lead that \"Hello\". ",
        "Stage A:\n- At the same time:\n  - ",
    ];
    let offered: Vec<Vec<String>> = places
        .iter()
        .map(|text| {
            let items = complete(text, text.len()).items.into_iter();
            items.filter(|item| item.kind == CompletionKind::Sentence).map(|item| item.insert).collect()
        })
        .collect();
    for shape in shapes::all() {
        let tokens: Vec<Token> = lexer::tokens(shape.example).into_iter().filter(|token| token.matters()).collect();
        let whole =
            tokens.split_last().filter(|(last, _)| last.is(shape.example, ".")).map_or(&tokens[..], |(_, rest)| rest);
        let meaning = shapes::readings(shape.example, whole).pop().unwrap();
        let at = |place: usize| offered[place].iter().any(|sentence| sentence == shape.example);
        let (top, step) = (at(0), (1..places.len()).any(at));
        match kind(&meaning) {
            SentenceKind::Declaration | SentenceKind::Rule => assert!(top && !step, "{}", shape.example),
            SentenceKind::Step => assert!(!top && step, "{}", shape.example),
            _ => assert!(!top && !step, "{}", shape.example),
        }
    }
    assert!(
        offered[2][0].starts_with("If the approver rejects") && offered[4][0].starts_with("If the bank system fails"),
        "{offered:?}"
    );
    assert_eq!(offered[6].len(), 1, "{:?}", offered[6]);
}

#[test]
fn check_the_start_of_a_word_is_not_offered() {
    let head = "# T\n\nA buyer can start this process.\nThe finance lead is accountable for this process.\nThe form asks \
                for the amount (money).\n\nStage A:\n- The finance lead approves the order.\n";
    for (typed, fragment) in [
        ("- The fin", "fin"),
        ("- The finance le", "le"),
        ("- If the amou", "amou"),
        ("- The finance lead approves the ord", "ord"),
        ("- Close the ca", "ca"),
    ] {
        let text = format!("{head}{typed}");
        let found = complete(&text, text.len());
        let bare = |label: &str| label.trim_end_matches([',', '.', ';', ':', ')']).eq_ignore_ascii_case(fragment);
        assert!(!found.items.is_empty(), "{typed}");
        for item in &found.items {
            assert!(!bare(&item.insert) && !bare(&item.label), "{typed} offers `{}`", item.insert);
        }
    }
    let text = format!("{head}- The finance lead approves the order");
    let labels: Vec<String> = complete(&text, text.len()).items.into_iter().map(|item| item.label).collect();
    assert!(labels.iter().any(|label| label == "."), "{labels:?}");
}

#[test]
fn check_a_long_text_is_completed_in_time() {
    let mut text = String::from(templates()[0].text);
    let steps =
        templates()[0].text.lines().filter(|line| line.starts_with("- Check that")).collect::<Vec<_>>().join("\n");
    while lexer_sentences(&text) < 200 {
        write!(text, "\nStage S{}:\n{steps}\n", text.len()).unwrap();
    }
    text.push_str("\nStage Last:\n- If the amount is ");
    let mut times: Vec<u128> = (0..5)
        .map(|_| {
            let began = Instant::now();
            assert!(!complete(&text, text.len()).items.is_empty());
            began.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    println!("completing a text of {} sentences takes {} microseconds", lexer_sentences(&text), times[2]);
    // Twenty milliseconds are promised for a release build; a debug build is many times slower, on a busy machine more so.
    let most = if cfg!(debug_assertions) { 2_000_000 } else { 20_000 };
    assert!(times[0] < most, "{times:?}");
}

fn lexer_sentences(text: &str) -> usize {
    sentence::split(text, &lexer::tokens(text)).sentences.len()
}
