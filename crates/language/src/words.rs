//! Closed lists of words: what a free slot may not hold, numbers, units, vague words.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use countersign_core::definition::Weekday;

/// Words with a grammar of their own. No free slot holds one, so that no meaning is lost in a name.
const STOP: &[&str] = &[
    "if",
    "when",
    "unless",
    "until",
    "except",
    "not",
    "never",
    "no",
    "nobody",
    "none",
    "nothing",
    "without",
    "and",
    "or",
    "but",
    "then",
    "otherwise",
    "that",
    "which",
    "who",
    "whose",
    "within",
    "is",
    "are",
    "was",
    "be",
    "been",
    "has",
    "have",
    "must",
    "may",
    "can",
    "cannot",
    "should",
    "would",
    "will",
    "could",
    "might",
    "either",
    "neither",
    "both",
    "whether",
    "because",
    "while",
    "does",
    "do",
    "every",
    "only",
    "instead",
    "also",
    "before",
    "after",
    "seeing",
    "nor",
    "than",
    "else",
    "any",
    "always",
    "unlike",
];
/// Words that a name cannot hold besides; they join the slots of a sentence.
const JOINTS: &[&str] = &["a", "an", "the", "in", "on", "from", "with", "by", "to", "as", "into", "at", "their"];
/// Words of time and number, which say more about a step than its name: they have slots of their own.
const TIMES: &[&str] = &[
    "minute",
    "minutes",
    "hours",
    "days",
    "weeks",
    "month",
    "months",
    "today",
    "tomorrow",
    "yesterday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "daily",
    "weekly",
    "monthly",
    "once",
    "twice",
    "times",
    "ago",
];
/// Words that change what a step means and that no free description may swallow.
const ADVERBS: &[&str] = &[
    "with",
    "at",
    "via",
    "through",
    "during",
    "against",
    "per",
    "since",
    "first",
    "again",
    "later",
    "afterwards",
    "automatically",
    "manually",
    "together",
    "jointly",
    "alone",
    "already",
    "still",
    "yet",
    "hour",
    "week",
    "as",
    "by",
    "into",
];
/// A word that leaves open what is meant, the question that settles it, what to write, and words that can
/// stand in its place.
type Vague = (&'static str, &'static str, &'static str, Option<&'static str>);

/// Words that leave open what is meant.
pub(crate) const VAGUE: &[Vague] = &[
    ("soon", "how long is soon?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("quickly", "how long is quickly?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("promptly", "how long is promptly?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    (
        "immediately",
        "how long is immediately?",
        "a time, such as `within 2 working days`",
        Some("within 2 working days"),
    ),
    ("asap", "how long is asap?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("timely", "how long is timely?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("urgently", "how long is urgently?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("shortly", "how long is shortly?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("swiftly", "how long is swiftly?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("rapidly", "how long is rapidly?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("eventually", "how long is eventually?", "a time, such as `within 2 working days`", Some("within 2 working days")),
    ("regularly", "how often is regularly?", "how often, such as `every working day`", Some("every working day")),
    ("often", "how often is often?", "how often, such as `every working day`", Some("every working day")),
    ("frequently", "how often is frequently?", "how often, such as `every working day`", Some("every working day")),
    ("occasionally", "how often is occasionally?", "how often, such as `every working day`", Some("every working day")),
    ("periodically", "how often is periodically?", "how often, such as `every working day`", Some("every working day")),
    ("large", "how large?", "a limit, such as `over 500 EUR`", None),
    ("big", "how big?", "a limit, such as `over 500 EUR`", None),
    ("high", "how high?", "a limit, such as `over 500 EUR`", None),
    ("significant", "from which amount on?", "a limit, such as `over 500 EUR`", None),
    ("substantial", "from which amount on?", "a limit, such as `over 500 EUR`", None),
    ("expensive", "from which amount on?", "a limit, such as `over 500 EUR`", None),
    ("considerable", "from which amount on?", "a limit, such as `over 500 EUR`", None),
    ("small", "how small?", "a limit, such as `under 100 EUR`", None),
    ("low", "how low?", "a limit, such as `under 100 EUR`", None),
    ("cheap", "up to which amount?", "a limit, such as `under 100 EUR`", None),
    ("minor", "up to which amount?", "a limit, such as `under 100 EUR`", None),
    ("usually", "when not?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("normally", "when not?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("typically", "when not?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("generally", "when not?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("mostly", "when not?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("sometimes", "when?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("rarely", "when?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("maybe", "when?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("perhaps", "when?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("possibly", "when?", "a condition, such as `If the amount is over 500 EUR, ...`", None),
    ("some", "how many, or which?", "a number, or the names", None),
    ("several", "how many, or which?", "a number, or the names", None),
    ("many", "how many, or which?", "a number, or the names", None),
    ("few", "how many, or which?", "a number, or the names", None),
    ("various", "how many, or which?", "a number, or the names", None),
    ("certain", "how many, or which?", "a number, or the names", None),
    ("appropriate", "who or what is that?", "a role or a value by its name", None),
    ("suitable", "who or what is that?", "a role or a value by its name", None),
    ("adequate", "who or what is that?", "a role or a value by its name", None),
    ("reasonable", "who or what is that?", "a role or a value by its name", None),
    ("proper", "who or what is that?", "a role or a value by its name", None),
    ("acceptable", "who or what is that?", "a role or a value by its name", None),
    ("relevant", "which?", "the fields or roles by their names", None),
    ("etc", "which?", "the fields or roles by their names", None),
    ("needed", "when is that?", "a condition, such as `If the receipt is missing, ...`", None),
    ("necessary", "when is that?", "a condition, such as `If the receipt is missing, ...`", None),
    ("applicable", "when is that?", "a condition, such as `If the receipt is missing, ...`", None),
];
/// What may stand between a role's verb and a system: verbs that start an operation there.
const OPERATIONS: &[&str] = &[
    "create",
    "update",
    "add",
    "book",
    "post",
    "pay",
    "register",
    "record",
    "open",
    "close",
    "cancel",
    "delete",
    "remove",
    "send",
    "set",
    "start",
    "stop",
    "submit",
    "transfer",
    "reserve",
    "order",
    "issue",
    "block",
    "unblock",
    "activate",
    "deactivate",
    "change",
    "upload",
    "file",
    "enter",
    "refund",
    "invoice",
    "schedule",
    "assign",
    "grant",
    "revoke",
    "archive",
    "mark",
    "notify",
    "publish",
    "print",
    "request",
    "lock",
    "unlock",
    "reset",
    "import",
    "export",
    "save",
    "store",
    "write",
    "put",
    "make",
    "renew",
    "extend",
    "release",
    "hold",
    "settle",
];
const NUMBERS: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

/// Names that mean something of their own and cannot be a role.
pub(crate) const RESERVED: &[&str] = &["agent", "agents", "approver", "requester", "manager", "substitute", "owner"];

/// The days of the week, as they are written.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Monday),
    ("Tuesday", Weekday::Tuesday),
    ("Wednesday", Weekday::Wednesday),
    ("Thursday", Weekday::Thursday),
    ("Friday", Weekday::Friday),
    ("Saturday", Weekday::Saturday),
    ("Sunday", Weekday::Sunday),
];

/// The day of the week that the word names.
pub(crate) fn weekday(word: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, weekday)| *weekday)
}

/// The name of a day of the week.
pub(crate) fn weekday_name(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, weekday)| *weekday == day).map_or("Monday", |(name, _)| name)
}

/// The ending of an ordinal number: `st` for 1.
pub(crate) const fn ordinal(number: u8) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

/// What a word is among the closed lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Class(u8);

impl Class {
    /// No free slot may hold it.
    pub(crate) const STOP: Self = Self(1);
    /// No name may hold it.
    pub(crate) const JOINT: Self = Self(2);
    /// It is a word of time or number.
    pub(crate) const TIME: Self = Self(4);
    /// It changes what a step means.
    pub(crate) const ADVERB: Self = Self(8);
    /// An operation in another system may start with it.
    pub(crate) const OPERATION: Self = Self(16);

    /// This and the other.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is one of these.
    pub(crate) const fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// The classes of every listed word, and the vague words: looked up once for each word of a text.
static CLASSES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let lists = [
        (STOP, Class::STOP),
        (JOINTS, Class::JOINT),
        (TIMES, Class::TIME),
        (ADVERBS, Class::ADVERB),
        (OPERATIONS, Class::OPERATION),
    ];
    let mut all: HashMap<&'static str, Class> = HashMap::new();
    for (word, class) in lists.into_iter().flat_map(|(words, class)| words.iter().map(move |word| (*word, class))) {
        let known = all.entry(word).or_default();
        *known = known.and(class);
    }
    all
});
static VAGUE_WORDS: LazyLock<HashMap<&'static str, &'static Vague>> =
    LazyLock::new(|| VAGUE.iter().map(|vague| (vague.0, vague)).collect());

/// What the word is, upper and lower case alike.
pub(crate) fn class(word: &str) -> Class {
    let lower = lower(word);
    let denies = lower.ends_with("n't") || lower.ends_with("n\u{2019}t");
    let listed = CLASSES.get(&*lower).copied().unwrap_or_default();
    if denies { listed.and(Class::STOP) } else { listed }
}

/// What is known about a vague word.
pub(crate) fn vague(word: &str) -> Option<&'static Vague> {
    VAGUE_WORDS.get(&*lower(word)).copied()
}

/// The word in small letters; most words of a text are.
fn lower(word: &str) -> Cow<'_, str> {
    let small = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if small { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) }
}

/// A number in digits, with grouping commas, or in words up to twenty.
pub(crate) fn count(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    if let Some(number) = NUMBERS.iter().position(|name| *name == lower) {
        return u32::try_from(number).ok();
    }
    grouped(word).filter(|digits| !digits.contains('.'))?.parse().ok()
}

/// The digits of a number whose commas group by three: `10,000.50` gives `10000.50`.
pub(crate) fn grouped(number: &str) -> Option<String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let threes = groups.clone().all(|group| group.len() == 3);
    let lone = groups.next().is_none();
    if !(lone || threes && (1..=3).contains(&first.len())) || fraction.contains([',', '.']) {
        return None;
    }
    let digits: String = number.chars().filter(|c| *c != ',').collect();
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then_some(digits)
}

/// How many single letters must change to make one word the other, upper and lower case alike
/// (Levenshtein), given up beyond `most`.
pub(crate) fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = corner + usize::from(left != right);
            corner = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(corner + 1);
        }
        if row.iter().all(|cost| *cost > most) {
            return None;
        }
    }
    row.last().copied().filter(|cost| *cost <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_numbers_are_read_exactly() {
        let read = |word| count(word);
        assert_eq!(
            [read("3"), read("Twelve"), read("10,000"), read("1,5"), read("1.5"), read("x")],
            [Some(3), Some(12), Some(10_000), None, None, None]
        );
        assert_eq!(grouped("10,000.50").as_deref(), Some("10000.50"));
        assert_eq!(grouped("10,00"), None);
    }

    #[test]
    fn check_distance_counts_single_changes() {
        assert_eq!(distance("finance lead", "Finance leed", 3), Some(1));
        assert_eq!(distance("kitten", "sitting", 3), Some(3));
        assert_eq!(distance("kitten", "sitting", 2), None);
    }
}
