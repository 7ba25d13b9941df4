//! Names and identifiers of people.

use countersign_core::people::Directory;

use super::catalogue::text::said;

/// The longest identifier made from a name, in characters.
const ID_CHARACTERS: usize = 48;
/// The longest name or address, in characters.
const NAME_CHARACTERS_MAX: usize = 120;

/// What is wrong with a person's name or e-mail address, as a sentence.
pub(super) fn problem(name: &str, email: &str) -> Option<&'static str> {
    let plain = |text: &str| text.chars().count() <= NAME_CHARACTERS_MAX && !text.chars().any(char::is_control);
    if name.is_empty() || !plain(name) {
        return Some(said::NAME_MISSING);
    }
    let address = email.split_once('@').is_some_and(|(box_name, host)| {
        !box_name.is_empty() && !host.is_empty() && !host.contains('@') && !email.contains(char::is_whitespace)
    });
    (!address || !plain(email)).then_some(said::EMAIL_WRONG)
}

/// A short identifier for a person, such as `rosa.lind`, that nobody has yet.
pub(super) fn new_id(directory: &Directory, name: &str) -> String {
    let mut id = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' | '-' => id.push(letter),
            '\u{e4}' | '\u{e1}' | '\u{e0}' | '\u{e2}' | '\u{e5}' => id.push('a'),
            '\u{f6}' | '\u{f3}' | '\u{f2}' | '\u{f4}' | '\u{f8}' => id.push('o'),
            '\u{fc}' | '\u{fa}' | '\u{f9}' | '\u{fb}' => id.push('u'),
            '\u{e9}' | '\u{e8}' | '\u{ea}' | '\u{eb}' => id.push('e'),
            '\u{ed}' | '\u{ec}' | '\u{ee}' | '\u{ef}' => id.push('i'),
            '\u{e7}' => id.push('c'),
            '\u{f1}' => id.push('n'),
            '\u{df}' => id.push_str("ss"),
            _ if !id.is_empty() && !id.ends_with('.') => id.push('.'),
            _ => {}
        }
    }
    let id: String = id.trim_matches('.').chars().take(ID_CHARACTERS).collect();
    let id = if id.is_empty() { "person".to_owned() } else { id };
    // Invariant: an identifier belongs to one person for ever, so a number tells namesakes apart.
    let numbered = (2_u64..).map(|number| format!("{id}.{number}"));
    std::iter::once(id.clone()).chain(numbered).find(|id| !directory.people.contains_key(id)).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::people::Person;

    #[test]
    fn names_become_identifiers() {
        let directory = Directory { people: std::iter::once(("rosa.lind".to_owned(), Person::default())).collect() };
        let check = |name: &str, expected: &str| assert_eq!(new_id(&directory, name), expected, "{name}");
        check("Ben Kahn", "ben.kahn");
        check("Rosa  Lind", "rosa.lind.2");
        check("Zo\u{eb} M\u{fc}ller-Stra\u{df}er", "zoe.muller-strasser");
        check("\u{674e}\u{96f7}", "person");
        check("<script>", "script");
    }

    #[test]
    fn names_and_addresses_are_looked_at() {
        assert_eq!(problem("Rosa", "rosa@example.org"), None);
        assert!(problem("", "rosa@example.org").is_some());
        assert!(problem("Rosa", "rosa").is_some());
        assert!(problem("Rosa", "rosa @example.org").is_some());
        assert!(problem("Rosa\n", "rosa@example.org").is_some());
    }
}
