//! Whether the words of a person stand behind what a model wrote: figures and people that nobody named are asked about.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use countersign_core::definition::Definition;

/// Number words and what they stand for.
const NUMBERS: [(&str, &str); 28] = [
    ("one", "1"),
    ("once", "1"),
    ("a", "1"),
    ("an", "1"),
    ("single", "1"),
    ("each", "1"),
    ("every", "1"),
    ("two", "2"),
    ("twice", "2"),
    ("both", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
    ("twenty", "20"),
];

/// The figures of a sentence that the words of a person do not give.
pub fn unsaid_figures(sentence: &str, said: &str) -> Vec<String> {
    let known = figures(said, true);
    figures(sentence, false).into_iter().filter(|figure| !known.contains(figure)).collect()
}

/// The roles of a definition that a description does not name, in the order of their names.
pub fn unsaid_people(definition: &Definition, said: &str) -> Vec<String> {
    let known: BTreeSet<String> = words(said).map(|word| stem(&word)).collect();
    let mut roles = BTreeSet::new();
    if let Ok(json) = serde_json::to_value(definition) {
        collect_roles(&json, &mut roles);
    }
    roles.extend([definition.starter.clone(), definition.accountable.clone()]);
    let unsaid = roles.into_iter().filter(|role| words(role).any(|word| !known.contains(&stem(&word))));
    unsaid.filter(|role| !role.is_empty()).collect()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Singular and plural count as one word.
fn stem(word: &str) -> String {
    let bare = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
    bare.unwrap_or_else(|| word.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(word).to_owned())
}

fn collect_roles(value: &Json, roles: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => {
            roles.extend(map.get("role").and_then(Json::as_str).map(str::to_owned));
            map.values().for_each(|value| collect_roles(value, roles));
        }
        Json::Array(all) => all.iter().for_each(|value| collect_roles(value, roles)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The figures in a text: `10,000.00 EUR` and `10k` are 10000; words count only where they are asked for.
fn figures(text: &str, with_words: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let split = |c: char| !(c.is_alphanumeric() || c == '.' || c == ',');
    for token in text.split(split).filter(|token| !token.is_empty()) {
        let token = token.trim_matches(['.', ',']).to_lowercase();
        if !token.contains(|c: char| c.is_ascii_digit()) {
            let number = NUMBERS.iter().find(|(word, _)| *word == token).filter(|_| with_words);
            found.extend(number.map(|(_, figure)| (*figure).to_owned()));
            continue;
        }
        let bare: String = token.chars().filter(|c| *c != ',').collect();
        let whole = bare.strip_suffix(".00").unwrap_or(&bare);
        let number: String = whole.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        let thousands = whole.ends_with('k');
        found.insert(if thousands { format!("{number}000") } else { number });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, said: &str, expected: &[&str]) {
        assert_eq!(unsaid_figures(sentence, said), expected, "{sentence:?} from {said:?}");
    }

    #[test]
    fn figures_must_come_from_somebody() {
        check("The lead approves it within 2 working days.", "within two days", &[]);
        check("The lead approves it within 2 working days.", "quickly", &["2"]);
        check("If the amount is over 10,000 EUR, the lead approves it.", "above \u{20ac}10k", &[]);
        check("If the amount is over 10,000.00 EUR, the lead approves it.", "above 10000 euros", &[]);
        check("2 of 3 holders of the board role approve it.", "two of the three board members", &[]);
        check("The desk reviews it within 1 day.", "within a day", &[]);
        check("Nothing is said here.", "", &[]);
    }
}
