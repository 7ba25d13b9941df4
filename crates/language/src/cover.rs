//! Which values conditions take in and leave out: lists of words, yes or no, and intervals of numbers, days
//! and amounts. What it claims is certain; where it cannot tell it says nothing.

use std::collections::BTreeMap;

use countersign_core::{
    definition::{Branch, Field, FieldKind},
    guard::{Guard, Relation, Term},
    value::{Date, Money, Value},
};

/// The most combinations that are looked at; a condition with more is left alone.
const CUBES_MAX: usize = 128;

/// Inclusive ranges, sorted, without overlap.
type Set = Vec<(i64, i64)>;
/// What holds of each quantity at once.
type Cube = BTreeMap<Key, Set>;

/// Something that conditions speak about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// The value of a field: a number, a day, the place in a list of words, or no (0) and yes (1).
    Value(String),
    /// An amount in one currency, in minor units.
    Amount(String, String),
    /// How many days ago a day is.
    DaysAgo(String),
    /// Something that holds (1) or not (0).
    Fact(String),
}

const FULL: (i64, i64) = (i64::MIN, i64::MAX);

/// The places of branches that no case can ever take, since their condition never holds or an earlier branch
/// has taken every case of it.
pub(crate) fn dead(fields: &[Field], branches: &[&Guard]) -> Vec<usize> {
    let mut left = Some(vec![Cube::new()]);
    let mut found = Vec::new();
    for (place, guard) in branches.iter().enumerate() {
        let own = cubes(fields, guard, true);
        if let (Some(left), Some(own)) = (&left, &own)
            && both(left, own).is_some_and(|both| both.is_empty())
        {
            found.push(place);
        }
        left = left.zip(cubes(fields, guard, false)).and_then(|(left, not)| both(&left, &not));
    }
    found
}

/// Whether the condition can never hold.
pub(crate) fn never(fields: &[Field], guard: &Guard) -> bool {
    cubes(fields, guard, true).is_some_and(|cubes| cubes.is_empty())
}

/// Whether the branches take every case that can be told.
pub(crate) fn exhaustive(fields: &[Field], branches: &[Branch]) -> bool {
    let guards: Vec<&Guard> = branches.iter().map(|branch| &branch.guard).collect();
    rest(fields, &guards).is_some_and(|rest| rest.is_empty())
}

/// Words for the values that several branches about one field leave out, such as `the topic is other`.
pub(crate) fn gap(fields: &[Field], branches: &[&Guard]) -> Option<String> {
    let rest = rest(fields, branches)?;
    let key = rest.first()?.keys().next()?.clone();
    let mut all: Set = Vec::new();
    for cube in &rest {
        match (cube.len(), cube.get(&key)) {
            (1, Some(set)) => all.extend(set.iter().copied()),
            _ => return None,
        }
    }
    let all = merged(all);
    let (Key::Value(name) | Key::Amount(name, _)) = &key else { return None };
    let field = fields.iter().find(|field| field.name == *name)?;
    let parts: Vec<String> = match &field.kind {
        FieldKind::Choice { options } => {
            let inside = |at: &usize| i64::try_from(*at).is_ok_and(|at| all.iter().any(|(a, b)| *a <= at && at <= *b));
            (0..options.len()).filter(inside).map(|at| options[at].clone()).collect()
        }
        // Nothing is taken in at all.
        _ if all.contains(&FULL) => Vec::new(),
        kind => all.iter().map(|range| interval(kind, &key, *range)).collect(),
    };
    let nothing = matches!(&field.kind, FieldKind::Choice { options } if options.len() == parts.len());
    if nothing || parts.is_empty() {
        return None;
    }
    Some(format!("the {} is {}", field.label, super::clause::join(&parts, "or")))
}

/// Ranges that touch become one.
fn merged(mut all: Set) -> Set {
    all.sort_unstable();
    let mut found: Set = Vec::new();
    for (low, high) in all {
        match found.last_mut() {
            Some((_, end)) if end.checked_add(1).is_none_or(|next| low <= next) => *end = high.max(*end),
            _ => found.push((low, high)),
        }
    }
    found
}

fn interval(kind: &FieldKind, key: &Key, (low, high): (i64, i64)) -> String {
    let words = |value: i64| match (kind, key) {
        (FieldKind::YesNo, _) => String::from(if value == 1 { "yes" } else { "no" }),
        (_, Key::Amount(_, currency)) => Money { minor: value, currency: currency.clone() }.words(),
        (FieldKind::Date, _) => day(value),
        _ => format!("{value}"),
    };
    match (low == FULL.0, high == FULL.1) {
        _ if low == high => words(low),
        (true, _) => format!("at most {}", words(high)),
        (_, true) => format!("at least {}", words(low)),
        _ => format!("between {} and {}", words(low), words(high)),
    }
}

/// The day that is so many days after 1970-01-01, by search: days are few and this is for a message.
fn day(days: i64) -> String {
    let year = i32::try_from(1970 + days / 365).unwrap_or(1970);
    let near = (year - 1..=year + 1).rev();
    let all = near.flat_map(|year| (1..=12).flat_map(move |month| (1..=31).map(move |day| (year, month, day))));
    all.filter_map(|(year, month, day)| Date::new(year, month, day))
        .find(|date| date.days() == days)
        .map_or_else(|| format!("day {days}"), |date| format!("{date}"))
}

fn rest(fields: &[Field], branches: &[&Guard]) -> Option<Vec<Cube>> {
    let mut left = vec![Cube::new()];
    for guard in branches {
        left = both(&left, &cubes(fields, guard, false)?)?;
    }
    Some(left)
}

/// The combinations in which the condition holds, or does not.
fn cubes(fields: &[Field], guard: &Guard, holds: bool) -> Option<Vec<Cube>> {
    match guard {
        Guard::Not { of } => cubes(fields, of, !holds),
        Guard::All { of } if holds => all(fields, of, holds),
        Guard::Any { of } if !holds => all(fields, of, holds),
        Guard::All { of } | Guard::Any { of } => {
            let mut found = Vec::new();
            for part in of {
                found.extend(cubes(fields, part, holds)?);
            }
            (found.len() <= CUBES_MAX).then_some(found)
        }
        Guard::CheckFailed => Some(fact(String::from("a check fails"), holds)),
        Guard::Missing { field } => Some(fact(format!("{field} is missing"), holds)),
        Guard::AtMostDaysAgo { field, days } => {
            let set = vec![(FULL.0, i64::from(*days))];
            Some(one(Key::DaysAgo(field.clone()), if holds { set } else { complement(&set, FULL) }))
        }
        Guard::Compare { left, relation, right } => compare(fields, left, *relation, right, holds),
    }
}

fn all(fields: &[Field], parts: &[Guard], holds: bool) -> Option<Vec<Cube>> {
    let mut found = vec![Cube::new()];
    for part in parts {
        found = both(&found, &cubes(fields, part, holds)?)?;
    }
    Some(found)
}

fn compare(fields: &[Field], left: &Term, relation: Relation, right: &Term, holds: bool) -> Option<Vec<Cube>> {
    let Term::Field { field: name } = left else { return None };
    let (key, domain, set) = match right {
        Term::Field { field: other } => (Key::Value(format!("{name} beside {other}")), (0, 2), range(relation, 1)?),
        Term::Literal { value } => {
            let kind = &fields.iter().find(|field| field.name == *name)?.kind;
            match (kind, value) {
                (FieldKind::Choice { options }, Value::Choice { choice }) => {
                    let at = i64::try_from(options.iter().position(|option| option == choice)?).ok()?;
                    let last = i64::try_from(options.len()).ok()? - 1;
                    (Key::Value(name.clone()), (0, last), vec![(at, at)])
                }
                (_, Value::YesNo { yes }) => {
                    let at = i64::from(*yes);
                    (Key::Value(name.clone()), (0, 1), vec![(at, at)])
                }
                (_, Value::Money(Money { minor, currency })) => {
                    (Key::Amount(name.clone(), currency.clone()), FULL, range(relation, *minor)?)
                }
                (_, Value::Number { number }) => (Key::Value(name.clone()), FULL, range(relation, *number)?),
                (_, Value::Date(day)) => (Key::Value(name.clone()), FULL, range(relation, day.days())?),
                (_, value) => return Some(fact(format!("{name} is {}", value.plain()), holds)),
            }
        }
    };
    let inside = meet(&set, &vec![domain]);
    Some(one(key, if holds { inside } else { complement(&inside, domain) }))
}

fn range(relation: Relation, value: i64) -> Option<Set> {
    Some(vec![match relation {
        Relation::Same => (value, value),
        Relation::Over => (value.checked_add(1)?, FULL.1),
        Relation::Under => (FULL.0, value.checked_sub(1)?),
        Relation::AtLeast => (value, FULL.1),
        Relation::AtMost => (FULL.0, value),
    }])
}

fn fact(what: String, holds: bool) -> Vec<Cube> {
    let at = i64::from(holds);
    one(Key::Fact(what), vec![(at, at)])
}

fn one(key: Key, set: Set) -> Vec<Cube> {
    if set.is_empty() { Vec::new() } else { vec![Cube::from([(key, set)])] }
}

/// The combinations that two lists have in common; `None` when they are too many.
fn both(left: &[Cube], right: &[Cube]) -> Option<Vec<Cube>> {
    let mut found: Vec<Cube> = Vec::new();
    for a in left {
        for b in right {
            let mut cube = a.clone();
            let empty = b.iter().any(|(key, set)| {
                let met = cube.get(key).map_or_else(|| set.clone(), |known| meet(known, set));
                let empty = met.is_empty();
                cube.insert(key.clone(), met);
                empty
            });
            if !empty && !found.contains(&cube) {
                found.push(cube);
            }
            if found.len() > CUBES_MAX {
                return None;
            }
        }
    }
    Some(found)
}

fn meet(a: &Set, b: &Set) -> Set {
    let mut found = Vec::new();
    for (low, high) in a {
        found.extend(b.iter().map(|(l, h)| (*low.max(l), *high.min(h))).filter(|(l, h)| l <= h));
    }
    found.sort_unstable();
    found
}

fn complement(set: &Set, domain: (i64, i64)) -> Set {
    let mut found = Vec::new();
    let mut next = Some(domain.0);
    for (low, high) in set {
        if let Some(from) = next.filter(|from| from < low) {
            found.push((from, low - 1));
        }
        next = high.checked_add(1);
    }
    found.extend(next.filter(|from| *from <= domain.1).map(|from| (from, domain.1)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::definition::FieldSource;

    fn fields() -> Vec<Field> {
        let field = |name: &str, kind| Field {
            name: String::from(name),
            label: String::from(name),
            kind,
            required: true,
            source: FieldSource::Agent,
        };
        let options = ["a", "b", "c"].map(String::from).to_vec();
        vec![
            field("topic", FieldKind::Choice { options }),
            field("amount", FieldKind::Money),
            field("day", FieldKind::Date),
        ]
    }

    fn is(field: &str, relation: Relation, value: Value) -> Guard {
        Guard::Compare { left: Term::Field { field: String::from(field) }, relation, right: Term::Literal { value } }
    }

    fn euro(minor: i64) -> Value {
        Value::Money(Money { minor, currency: String::from("EUR") })
    }

    /// The branches that are dead, and what all of them leave out.
    fn check(guards: &[Guard], dead_ones: &[usize], left: Option<&str>) {
        let guards: Vec<&Guard> = guards.iter().collect();
        assert_eq!(dead(&fields(), &guards), dead_ones);
        assert_eq!(gap(&fields(), &guards).as_deref(), left);
    }

    #[test]
    fn check_lists_of_words_are_covered() {
        let topic = |word: &str| is("topic", Relation::Same, Value::choice(word));
        check(&[topic("a"), topic("b")], &[], Some("the topic is c"));
        check(&[topic("a"), topic("b"), topic("c")], &[], None);
        check(&[topic("a"), topic("a")], &[1], Some("the topic is b or c"));
        let not = Guard::Not { of: Box::new(topic("a")) };
        check(&[topic("a"), not.clone(), topic("b")], &[2], None);
        check(&[Guard::All { of: vec![topic("a"), not] }], &[0], None);
    }

    #[test]
    fn check_intervals_are_covered() {
        let amount = |relation, minor| is("amount", relation, euro(minor));
        let (over, under) = (amount(Relation::Over, 500), amount(Relation::Under, 500));
        check(&[over.clone(), under.clone()], &[], Some("the amount is 5 EUR"));
        check(&[over.clone(), amount(Relation::AtMost, 500)], &[], None);
        check(&[over.clone(), amount(Relation::Over, 900)], &[1], Some("the amount is at most 5 EUR"));
        check(&[Guard::All { of: vec![over, under] }], &[0], None);
        let dollars = Value::Money(Money { minor: 1, currency: String::from("USD") });
        check(&[amount(Relation::AtLeast, 1), is("amount", Relation::Under, dollars)], &[], None);
        let day = Date::new(2026, 3, 31).map(Value::Date);
        let after = day.map(|day| is("day", Relation::Over, day));
        check(&[after.unwrap_or(Guard::CheckFailed)], &[], Some("the day is at most 2026-03-31"));
    }
}
