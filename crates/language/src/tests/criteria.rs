//! Files of examples: read, written, refused.

use countersign_core::definition::{CriterionExample, RightAnswer};

use super::{
    super::{Attachments, read_criterion, write_criterion},
    compile,
};
use crate::criteria::{BECAUSE_CHARACTERS_MAX, CRITERION_EXAMPLES_MAX, EXAMPLE_CHARACTERS_MAX};

fn example(text: &str, answer: RightAnswer, because: &str) -> CriterionExample {
    CriterionExample { text: text.to_owned(), answer, because: because.to_owned() }
}

#[track_caller]
fn check(file: &str, expected: Result<&[CriterionExample], &str>) {
    match (read_criterion(file), expected) {
        (Ok((criterion, examples)), Ok(expected)) => {
            assert_eq!((criterion.as_str(), examples.as_slice()), ("it is business", expected));
            let written = write_criterion(&criterion, &examples);
            assert_eq!(read_criterion(&written), Ok((criterion, examples)), "written and read again:\n{written}");
        }
        (Err(why), Err(words)) => assert!(why.contains(words), "`{why}` does not say `{words}`"),
        (found, expected) => panic!("{file:?}\nis {found:?}\nand not {expected:?}"),
    }
}

#[test]
fn a_file_of_examples_is_read_and_written_by_hand() {
    let head = "Criterion: it is business\n";
    check(&format!("{head}\nPass: A taxi."), Ok(&[example("A taxi.", RightAnswer::Pass, "")]));
    check(
        "\u{feff}criterion:  it is\r\n  business\r\nFAIL: Two tickets\r\n  for the cinema\r\n\r\n  on Sunday \r\n\r\nBecause: it is\r\n  private\r\n",
        Ok(&[example("Two tickets\nfor the cinema\n\non Sunday", RightAnswer::Fail, "it is private")]),
    );
    check(
        &format!(
            "{head}Cannot tell: Paid: 80 EUR\n\t  cash\n\n\nPass: b\nBecause: c: d\nPass: e\n  Fail: not an answer\n"
        ),
        Ok(&[
            example("Paid: 80 EUR\n  cash", RightAnswer::CannotTell, ""),
            example("b", RightAnswer::Pass, "c: d"),
            example("e\nFail: not an answer", RightAnswer::Pass, ""),
        ]),
    );
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let head = "Criterion: it is business\n";
    for (rest, words) in [
        ("Fial: a", "line 2: it begins with none of `Criterion:`, `Pass:`, `Fail:`, `Cannot tell:`, `Because:`"),
        ("Pass: a\ngoes on", "line 3: it begins with none"),
        ("Because: b", "line 2: a reason stands before the first example"),
        ("Pass: a\nBecause: b\nBecause: c", "line 4: a second reason"),
        ("Pass: a\nCriterion: other", "line 3: a second criterion"),
        ("Pass:  \nFail: b", "example 1: an example has no text"),
        ("Pass: a\nFail: b\nCannot tell: a", "the examples 1 and 3 have the same text"),
        ("", "there is no example"),
    ] {
        check(&format!("{head}{rest}"), Err(words));
    }
    check("Pass: a\nCriterion: b", Err("line 1: an example stands before"));
    check("  a", Err("line 1: it goes on with nothing"));
    check("", Err("no line says which criterion"));
    let long = |count: usize| "x".repeat(count);
    let fits = long(EXAMPLE_CHARACTERS_MAX);
    check(&format!("{head}Pass: {fits}"), Ok(&[example(&fits, RightAnswer::Pass, "")]));
    check(&format!("{head}Pass: {fits}x"), Err("2001 characters; at most 2000 fit"));
    let reason = long(BECAUSE_CHARACTERS_MAX + 1);
    check(&format!("{head}Pass: a\nBecause: {reason}"), Err("301 characters; at most 300 fit"));
    let many: String = (0..=CRITERION_EXAMPLES_MAX).map(|number| format!("Pass: {number}\n")).collect();
    check(&format!("{head}{many}"), Err("51 examples; at most 50 are taken"));
    let heavy: String = (10..55).map(|number| format!("Pass: {number}{}\n", &fits[2..])).collect();
    check(&format!("{head}{heavy}"), Err("bytes together; at most 81920 fit"));
}

const TEXT: &str = "# Claim

A clerk can start this process.
The finance lead is accountable for this process.

The claim form asks for the reason (text).

Stage Check:
- Check with the agent that \"the reason is about work\" by the reason.
- The finance lead approves the claim.
- Close the case as paid.
";

#[test]
fn examples_stand_under_the_words_of_the_text_and_belong_to_a_sentence() {
    let with = |criterion: &str, examples: Vec<CriterionExample>| {
        let criteria = [(criterion.to_owned(), examples)].into();
        compile(TEXT, &Attachments { criteria, ..Attachments::default() })
    };
    let one = vec![example("a", RightAnswer::Pass, "")];
    let definition = with("The reason  is about work", one.clone()).definition.unwrap();
    assert_eq!(definition.criterion_examples("the reason is about work"), one);
    for (criterion, examples, words) in [
        ("the reason is about wrok", one, "write the criterion of the examples as `the reason is about work`"),
        ("the reason is about work", vec![example(" ", RightAnswer::Fail, "")], "an example has no text"),
    ] {
        let compiled = with(criterion, examples);
        let told = format!("{:?}", compiled.diagnostics);
        assert!(compiled.definition.is_none() && told.contains("E214") && told.contains(words), "{told}");
    }
}
