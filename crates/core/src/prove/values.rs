//! Values that stand for all values: for each field that guards read, one of every kind that they can tell apart.
//!
//! A number below, at and above each limit, each listed word, two texts that differ. Guards are then evaluated
//! by the same code that evaluates them in a case, so that there is no second reading of them.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use core::cmp::Ordering;

use crate::{
    case::{Case, Entry, Origin},
    definition::{Definition, FieldKind, Step, WaitUntil},
    guard::{Answer, Guard, Term, same_name},
    time::Timestamp,
    value::{Date, FieldName, Money, Value},
};

/// The instant at which a proof looks at days: Monday 2026-03-02, 09:00 UTC. A replay starts then.
pub const PROOF_AT: Timestamp = Timestamp(1_772_442_000_000);

/// The most values that stand for one field; a field that needs more is not followed.
const VALUES_MAX: usize = 24;
/// The most fields that are compared with one another and still followed.
const COMPARED_MAX: usize = 3;

/// The fields that are followed, and the values that stand for theirs.
pub(crate) struct Domain {
    pub fields: Vec<Followed>,
    /// The instant at which days are looked at.
    pub at: Timestamp,
}

/// When a search begins, and with which data.
#[derive(Clone, Copy)]
pub(crate) struct Now<'a> {
    pub at: Timestamp,
    /// The case whose values stand beside those that the guards tell apart; `None` for one that is yet to be opened.
    pub case: Option<&'a Case>,
    /// Whether what rests on a value follows it when it changes.
    pub follows: bool,
}

/// One field that is followed.
pub(crate) struct Followed {
    pub name: FieldName,
    /// Empty for a field that is not followed after all, since too much is asked of it.
    pub values: Vec<Value>,
    /// For each value, its region: guards cannot tell two values of one region apart by themselves.
    pub regions: Vec<usize>,
    /// The fields that it is compared with have the same number.
    pub class: usize,
    /// Whether what guards say of it changes as days pass.
    pub ages: bool,
}

impl Domain {
    /// A domain that follows nothing: every guard may say yes or no.
    pub(crate) const fn nothing() -> Self {
        Self { fields: Vec::new(), at: PROOF_AT }
    }

    /// Follows the fields that these guards read, and `also`; a field of `sent` gets values to change between.
    pub(crate) fn of(
        definition: &Definition,
        guards: &[&Guard],
        also: &[FieldName],
        sent: &[FieldName],
        now: Now<'_>,
    ) -> Self {
        let mut atoms = Atoms::default();
        guards.iter().for_each(|guard| atoms.read(guard));
        for name in also {
            atoms.class_of(name);
        }
        definition.walk(&mut |_, step| {
            if let Step::Wait { until: WaitUntil::Date { field, .. } } = step {
                atoms.class_of(field);
                atoms.days.entry(field.clone()).or_default().push(0);
            }
        });
        for (name, class) in &atoms.classes {
            if let Some(value) = now.case.and_then(|case| case.value(name)) {
                atoms.literals.entry(*class).or_default().push(value.clone());
            }
        }
        let mut fields = Vec::new();
        for (name, class) in &atoms.classes {
            let Some(field) = definition.field(name) else { continue };
            let size = atoms.classes.values().filter(|other| *other == class).count();
            let literals = atoms.literals.get(class).map_or(&[][..], Vec::as_slice);
            let days = atoms.days.get(name).map_or(&[][..], Vec::as_slice);
            let apart = size.max(if sent.contains(name) { 2 } else { 1 });
            let mut values = stand_ins(&field.kind, literals, days, apart, now.at);
            if size > COMPARED_MAX || values.len() > VALUES_MAX || (!days.is_empty() && size > 1) {
                values.clear();
            }
            // Of a field of days every value is a region of its own.
            let apart = if days.is_empty() { literals } else { &values.clone() };
            let regions = values.iter().map(|value| region(value, apart)).collect();
            fields.push(Followed { name: name.clone(), values, regions, class: *class, ages: !days.is_empty() });
        }
        Self { fields, at: now.at }
    }

    /// What guards can tell of these values: the region of each, and how those that are compared stand to each other.
    pub(crate) fn signature(&self, row: &[(usize, Option<u8>)]) -> Vec<usize> {
        let value = |(field, value): &(usize, Option<u8>)| {
            value.and_then(|value| self.fields[*field].values.get(usize::from(value)))
        };
        let region = |(field, value): &(usize, Option<u8>)| {
            value.map_or(0, |value| self.fields[*field].regions[usize::from(value)] + 1)
        };
        let mut signature: Vec<usize> = row.iter().map(region).collect();
        for (place, one) in row.iter().enumerate() {
            for other in row[place + 1..].iter().filter(|other| self.fields[other.0].class == self.fields[one.0].class)
            {
                signature.push(match (value(one), value(other)) {
                    (Some(one), Some(other)) => order(one, other),
                    _ => 0,
                });
            }
        }
        signature
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// What a guard says when each of its fields has the value of this number, or none.
    pub(crate) fn evaluate(&self, guard: &Guard, chosen: &BTreeMap<usize, Option<usize>>, failed: bool) -> Answer {
        let mut case = Case::unopened("");
        for (field, value) in chosen {
            let followed = &self.fields[*field];
            if let Some(value) = value.and_then(|value| followed.values.get(value)) {
                let entry = Entry { value: value.clone(), origin: Origin::Person { by: String::new() }, at: self.at };
                case.fields.insert(followed.name.clone(), entry);
            }
        }
        guard.evaluate(&case, self.at, failed)
    }
}

/// The region of a value: which of the literals it is, or how many of them lie below it.
fn region(value: &Value, literals: &[Value]) -> usize {
    match literals.iter().position(|literal| order(literal, value) == 2) {
        Some(place) => literals.len() + 1 + place,
        None => literals.iter().filter(|literal| order(literal, value) == 1).count(),
    }
}

/// How two values stand to each other: 1 less, 2 the same, 3 more, 4 different without an order.
fn order(one: &Value, other: &Value) -> usize {
    let by = |ordering: Ordering| match ordering {
        Ordering::Less => 1,
        Ordering::Equal => 2,
        Ordering::Greater => 3,
    };
    match (one, other) {
        (Value::Money(one), Value::Money(other)) => one.compare(other).map_or(4, by),
        (Value::Number { number: one }, Value::Number { number: other }) => by(one.cmp(other)),
        (Value::Date(one), Value::Date(other)) => by(one.cmp(other)),
        (
            Value::Text { text: one } | Value::Choice { choice: one },
            Value::Text { text: other } | Value::Choice { choice: other },
        ) => {
            if same_name(one, other) {
                2
            } else {
                4
            }
        }
        (one, other) => {
            if one == other {
                2
            } else {
                4
            }
        }
    }
}

/// The guards that choose a way: those of choices, and those of checks where a choice asks whether one failed.
pub(crate) fn deciding(definition: &Definition) -> Vec<&Guard> {
    let (mut choices, mut checks) = (Vec::new(), Vec::new());
    definition.walk(&mut |_, step| match step {
        Step::Choice { branches, .. } => choices.extend(branches.iter().map(|branch| &branch.guard)),
        Step::Check(check) => checks.push(&check.guard),
        _ => {}
    });
    if choices.iter().any(|guard| asks_for_checks(guard)) {
        choices.extend(checks);
    }
    choices
}

pub(crate) fn asks_for_checks(guard: &Guard) -> bool {
    match guard {
        Guard::All { of } | Guard::Any { of } => of.iter().any(asks_for_checks),
        Guard::Not { of } => asks_for_checks(of),
        Guard::CheckFailed => true,
        Guard::Compare { .. } | Guard::AtMostDaysAgo { .. } | Guard::Missing { .. } => false,
    }
}

/// What guards ask of fields: which are compared with one another, and with what.
#[derive(Default)]
struct Atoms {
    classes: BTreeMap<FieldName, usize>,
    literals: BTreeMap<usize, Vec<Value>>,
    days: BTreeMap<FieldName, Vec<u32>>,
}

impl Atoms {
    fn read(&mut self, guard: &Guard) {
        match guard {
            Guard::All { of } | Guard::Any { of } => of.iter().for_each(|part| self.read(part)),
            Guard::Not { of } => self.read(of),
            Guard::Compare { left, right, .. } => match (left, right) {
                (Term::Field { field: a }, Term::Field { field: b }) => self.join(a, b),
                (Term::Field { field }, Term::Literal { value }) | (Term::Literal { value }, Term::Field { field }) => {
                    let class = self.class_of(field);
                    self.literals.entry(class).or_default().push(value.clone());
                }
                (Term::Literal { .. }, Term::Literal { .. }) => {}
            },
            Guard::AtMostDaysAgo { field, days } => {
                self.class_of(field);
                self.days.entry(field.clone()).or_default().push(*days);
            }
            Guard::Missing { field } => {
                self.class_of(field);
            }
            Guard::CheckFailed => {}
        }
    }

    fn class_of(&mut self, field: &FieldName) -> usize {
        let next = self.classes.values().max().map_or(0, |last| last + 1);
        *self.classes.entry(field.clone()).or_insert(next)
    }

    fn join(&mut self, a: &FieldName, b: &FieldName) {
        let (keep, drop) = (self.class_of(a), self.class_of(b));
        if keep == drop {
            return;
        }
        self.classes.values_mut().filter(|class| **class == drop).for_each(|class| *class = keep);
        let moved = self.literals.remove(&drop).unwrap_or_default();
        self.literals.entry(keep).or_default().extend(moved);
    }
}

/// The values that stand for a field of this kind; empty where they cannot be told.
fn stand_ins(kind: &FieldKind, literals: &[Value], days: &[u32], apart: usize, at: Timestamp) -> Vec<Value> {
    match kind {
        FieldKind::Money => money(literals, apart),
        FieldKind::Number => {
            let limits = literals.iter().map(|value| match value {
                Value::Number { number } => Some(*number),
                _ => None,
            });
            let points = limits.collect::<Option<Vec<i64>>>().map(|limits| points(limits, apart, i64::MIN));
            points.unwrap_or_default().into_iter().map(|number| Value::Number { number }).collect()
        }
        FieldKind::Date => dates(literals, days, apart, at),
        FieldKind::YesNo => [true, false].map(|yes| Value::YesNo { yes }).to_vec(),
        FieldKind::Choice { options } => options.iter().map(Value::choice).collect(),
        FieldKind::Text => {
            let mut texts: Vec<Value> =
                literals.iter().filter(|value| matches!(value, Value::Text { .. })).cloned().collect();
            texts.extend(
                ["these words", "other words", "yet other words"].into_iter().take(apart.max(2)).map(Value::text),
            );
            texts
        }
        FieldKind::Email => ["a@example.org", "b@example.org", "c@example.org"].map(Value::text).to_vec(),
        FieldKind::Iban => ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]
            .map(Value::text)
            .to_vec(),
        // What names people or holds several values is asked for only whether it is there.
        FieldKind::Person | FieldKind::List { .. } => Vec::new(),
        FieldKind::Document => (0..2).map(|number| Value::Document { document: format!("file-{number}") }).collect(),
    }
}

fn money(literals: &[Value], apart: usize) -> Vec<Value> {
    let mut currency = None;
    let mut limits = BTreeSet::new();
    for value in literals {
        let Value::Money(money) = value else { return Vec::new() };
        // Amounts in two currencies cannot be ordered; such a field is not followed.
        if currency.get_or_insert(&money.currency) != &&money.currency {
            return Vec::new();
        }
        limits.insert(money.minor);
    }
    let currency = currency.map_or("EUR", String::as_str);
    let amounts = points(limits, apart, 0).into_iter();
    amounts.map(|minor| Value::Money(Money { minor, currency: String::from(currency) })).collect()
}

fn dates(literals: &[Value], days: &[u32], apart: usize, at: Timestamp) -> Vec<Value> {
    let today = at.day();
    let mut limits = BTreeSet::new();
    for value in literals {
        let Value::Date(date) = value else { return Vec::new() };
        limits.insert(date.days());
    }
    let mut all = if limits.is_empty() && !days.is_empty() { Vec::new() } else { points(limits, apart, -20_000) };
    if let Some(most) = days.iter().max() {
        all.extend([today, today - i64::from(*most) - 400, today + 400]);
        // Between two limits a day in the middle, so that a wait of some days changes nothing about it.
        let limits: BTreeSet<i64> = days.iter().map(|days| i64::from(*days)).collect();
        all.extend(limits.iter().zip(limits.iter().skip(1)).map(|(low, high)| today - (low + high).div_euclid(2)));
    }
    let unique: BTreeSet<i64> = all.into_iter().collect();
    let days = unique.into_iter().map(Date::of_days);
    days.filter_map(|day| Date::new(day.year, day.month, day.day)).map(Value::Date).collect()
}

/// Points below, at, between and above the limits: so many in each gap that as many fields can be told apart.
fn points(limits: impl IntoIterator<Item = i64>, apart: usize, least: i64) -> Vec<i64> {
    let limits: BTreeSet<i64> = limits.into_iter().collect();
    let apart = i64::try_from(apart).unwrap_or(1);
    let (Some(first), Some(last)) = (limits.first().copied(), limits.last().copied()) else {
        return (1..=apart.max(2)).map(|step| step * 1_000).collect();
    };
    let mut points: BTreeSet<i64> = limits.iter().copied().collect();
    points.extend((1..=apart).filter_map(|step| first.checked_sub(step)).filter(|point| *point >= least));
    points.extend((1..=apart).filter_map(|step| last.checked_add(step)));
    for (low, high) in limits.iter().zip(limits.iter().skip(1)) {
        points.extend((1..=apart).filter_map(|step| low.checked_add(step)).take_while(|point| point < high));
    }
    points.into_iter().collect()
}
