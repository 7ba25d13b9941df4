//! Examples of what a criterion means, and the file that people keep them in.
//!
//! ```text
//! Criterion: the receipt shows a business purchase
//!
//! Pass: Taxi from the airport to the customer, 34.00 EUR
//! Because: a trip to a customer is work
//!
//! Fail: Two cinema tickets on a Saturday evening
//!
//! Cannot tell: Card payment of 80.00 EUR
//!   No items are printed.
//! ```
//!
//! A line that goes on with the one before it begins with two blanks. What begins with no word of the list is refused:
//! a slip such as `Fial:` must not become part of the example above it.

use std::collections::BTreeMap;

use countersign_core::definition::{AgentStep, AgentWork, CriterionExample, Definition, RightAnswer, Step};

use super::{
    BESIDE_BYTES_MAX,
    diagnostics::Diagnostic,
    names::{nearest, same},
};

/// The most criteria of a process that have examples.
pub const CRITERIA_MAX: usize = 20;
/// The most examples of one criterion.
pub const CRITERION_EXAMPLES_MAX: usize = 50;
/// The longest example, in characters.
pub const EXAMPLE_CHARACTERS_MAX: usize = 2_000;
/// The longest reason of an example, in characters.
pub const BECAUSE_CHARACTERS_MAX: usize = 300;

/// What stands in front of a line that goes on with the one before it.
const GOES_ON: &str = "  ";

/// The words that a line may begin with.
#[derive(Clone, Copy)]
enum Word {
    Criterion,
    Example(RightAnswer),
    Because,
}

const WORDS: [(&str, Word); 5] = [
    ("Criterion", Word::Criterion),
    ("Pass", Word::Example(RightAnswer::Pass)),
    ("Fail", Word::Example(RightAnswer::Fail)),
    ("Cannot tell", Word::Example(RightAnswer::CannotTell)),
    ("Because", Word::Because),
];

/// Reads a file of examples: the criterion, and its examples in order.
///
/// # Errors
/// The first line that is not of this form with what to do, or what is wrong with the examples, see [`example_fault`].
pub fn read_criterion(file: &str) -> Result<(String, Vec<CriterionExample>), String> {
    let mut reading = Reading::default();
    for (index, line) in file.trim_start_matches('\u{feff}').lines().enumerate() {
        reading.line(line).map_err(|why| format!("line {}: {why}", index + 1))?;
    }
    let criterion = reading.criterion.map(|lines| one_line(&lines.join(" "))).unwrap_or_default();
    if criterion.is_empty() {
        return Err(String::from(
            "no line says which criterion: write `Criterion:` and its words, as the text has them",
        ));
    }
    let examples: Vec<CriterionExample> = reading.examples.iter().map(Lines::example).collect();
    if examples.is_empty() {
        return Err(String::from("there is no example: write one after `Pass:`, `Fail:` or `Cannot tell:`"));
    }
    match examples_fault(&examples) {
        Some(why) => Err(why),
        None => Ok((criterion, examples)),
    }
}

/// Writes a file of examples, as [`read_criterion`] takes it.
#[must_use]
pub fn write_criterion(criterion: &str, examples: &[CriterionExample]) -> String {
    let mut file = format!("Criterion: {criterion}\n");
    for CriterionExample { text, answer, because } in examples {
        let word = WORDS.iter().find_map(|(name, word)| match word {
            Word::Example(found) if found == answer => Some(*name),
            _ => None,
        });
        file.push_str(&format!("\n{}: {}\n", word.unwrap_or_default(), indented(text)));
        if !because.is_empty() {
            file.push_str(&format!("Because: {}\n", indented(because)));
        }
    }
    file
}

/// An example as it is kept: no blanks at the ends of lines, and none around it.
#[must_use]
pub fn tidy_example(example: &CriterionExample) -> CriterionExample {
    let tidy = |text: &str| {
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim().to_owned()
    };
    CriterionExample { text: tidy(&example.text), answer: example.answer, because: one_line(&example.because) }
}

/// What is wrong with one example; `None` when it can be kept.
#[must_use]
pub fn example_fault(example: &CriterionExample) -> Option<String> {
    let (length, reason) = (example.text.chars().count(), example.because.chars().count());
    if example.text.trim().is_empty() {
        return Some(String::from("an example has no text"));
    }
    if length > EXAMPLE_CHARACTERS_MAX {
        return Some(format!("an example has {length} characters; at most {EXAMPLE_CHARACTERS_MAX} fit"));
    }
    (reason > BECAUSE_CHARACTERS_MAX)
        .then(|| format!("the reason of an example has {reason} characters; at most {BECAUSE_CHARACTERS_MAX} fit"))
}

/// What is wrong with the examples of a criterion; `None` when they can be kept.
#[must_use]
pub fn examples_fault(examples: &[CriterionExample]) -> Option<String> {
    if examples.len() > CRITERION_EXAMPLES_MAX {
        let count = examples.len();
        return Some(format!("a criterion has {count} examples; at most {CRITERION_EXAMPLES_MAX} are taken"));
    }
    // What is kept on a page must fit into a file, so that it can be carried to a folder and back.
    let size = write_criterion("", examples).len();
    if size > BESIDE_BYTES_MAX {
        return Some(format!("the examples of a criterion have {size} bytes together; at most {BESIDE_BYTES_MAX} fit"));
    }
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, example) in examples.iter().enumerate() {
        let number = place + 1;
        if let Some(why) = example_fault(example) {
            return Some(format!("example {number}: {why}"));
        }
        if let Some(earlier) = known.insert(example.text.trim(), number) {
            return Some(format!("the examples {earlier} and {number} have the same text; one text has one answer"));
        }
    }
    None
}

/// The criteria of a definition, each once, in the order of the text.
#[must_use]
pub fn criteria(definition: &Definition) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    definition.walk(&mut |_, step| {
        if let Step::Agent(AgentStep { work: AgentWork::Judge { criterion, .. }, .. }) = step
            && !all.contains(&criterion.as_str())
        {
            all.push(criterion);
        }
    });
    all
}

/// The criterion of a definition that a name of examples means, in the words of the text.
#[must_use]
pub fn criterion_named<'a>(definition: &'a Definition, name: &str) -> Option<&'a str> {
    criteria(definition).into_iter().find(|known| same(&one_line(known), &one_line(name)))
}

/// Puts the examples under the words that the text has for their criterion.
pub(crate) fn settle(definition: &mut Definition) {
    let mut settled: BTreeMap<String, Vec<CriterionExample>> = BTreeMap::new();
    for (name, examples) in &definition.criteria {
        let known = criterion_named(definition, name).unwrap_or(name);
        settled.entry(known.to_owned()).or_default().extend(examples.iter().cloned());
    }
    definition.criteria = settled;
}

/// Examples that no sentence goes by, or that cannot be taken.
pub(crate) fn check(definition: &Definition, diagnostics: &mut Vec<Diagnostic>) {
    let why = "an agent learns from the examples what the criterion means";
    let mut refuse = |message: String, advice: String| {
        diagnostics.push(Diagnostic::error("E214", (0, 0), message, why).advise(advice));
    };
    let asked = criteria(definition);
    for (name, examples) in &definition.criteria {
        if !asked.contains(&name.as_str()) {
            let known: Vec<String> = asked.iter().map(|known| (*known).to_owned()).collect();
            let known: Vec<&String> = known.iter().collect();
            let close = nearest(name, &known).map(|close| format!("write the criterion of the examples as `{close}`"));
            let other = || String::from("name a criterion of the text, or take the examples away");
            refuse(
                format!("no sentence asks whether {name}, and there are examples of it"),
                close.unwrap_or_else(other),
            );
        }
        if let Some(fault) = examples_fault(examples) {
            refuse(format!("the examples of “{name}”: {fault}"), String::from("change the examples"));
        }
    }
    if definition.criteria.len() > CRITERIA_MAX {
        let count = definition.criteria.len();
        refuse(
            format!("{count} criteria have examples; at most {CRITERIA_MAX} may"),
            String::from("take the examples of some away"),
        );
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    criterion: Option<Vec<String>>,
    examples: Vec<Lines>,
    /// Blank lines that belong to an example only when it goes on after them.
    blank: usize,
}

/// An example as its lines.
struct Lines {
    answer: RightAnswer,
    text: Vec<String>,
    because: Option<Vec<String>>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() {
            self.blank += 1;
            return Ok(());
        }
        let blank = std::mem::take(&mut self.blank);
        if let Some(rest) = line.strip_prefix(GOES_ON).or_else(|| line.strip_prefix('\t')) {
            let part = self.last().ok_or("it goes on with nothing: begin with `Criterion:`")?;
            part.extend((0..blank).map(|_| String::new()));
            part.push(rest.trim_end().to_owned());
            return Ok(());
        }
        let (word, rest) = begins(line).ok_or_else(|| {
            let words = WORDS.map(|(name, _)| format!("`{name}:`")).join(", ");
            format!("it begins with none of {words}; put two blanks before a line that goes on with the one above")
        })?;
        let rest = vec![rest.trim().to_owned()];
        match word {
            Word::Criterion if self.criterion.is_some() => {
                return Err(String::from("a second criterion; keep each in a file of its own"));
            }
            Word::Criterion => self.criterion = Some(rest),
            Word::Example(_) if self.criterion.is_none() => {
                return Err(String::from("an example stands before the line `Criterion:`"));
            }
            Word::Example(answer) => self.examples.push(Lines { answer, text: rest, because: None }),
            Word::Because => {
                let example = self.examples.last_mut().ok_or("a reason stands before the first example")?;
                if example.because.replace(rest).is_some() {
                    return Err(String::from("a second reason for the same example"));
                }
            }
        }
        Ok(())
    }

    /// The lines that were begun last.
    fn last(&mut self) -> Option<&mut Vec<String>> {
        match self.examples.last_mut() {
            Some(example) => Some(example.because.as_mut().unwrap_or(&mut example.text)),
            None => self.criterion.as_mut(),
        }
    }
}

impl Lines {
    fn example(&self) -> CriterionExample {
        let because = self.because.as_deref().unwrap_or_default().join("\n");
        tidy_example(&CriterionExample { text: self.text.join("\n"), answer: self.answer, because })
    }
}

/// The word that a line begins with, and what stands behind its colon.
fn begins(line: &str) -> Option<(Word, &str)> {
    let (name, rest) = line.split_once(':')?;
    let found = WORDS.iter().find(|(known, _)| same(known, name.trim()))?;
    Some((found.1, rest))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text whose later lines go on with the first. A blank line stays one.
fn indented(text: &str) -> String {
    let mut lines = text.lines();
    let mut all = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        all.push('\n');
        if !line.is_empty() {
            all.push_str(GOES_ON);
            all.push_str(line);
        }
    }
    all
}
