//! Another day, another amount: what somebody could have claimed instead, the same for the same seed.

use countersign_core::value::{Date, Money};

/// A day is moved by at most this many days.
const MAX_DAYS: u64 = 40;
/// An amount grows by at most this many whole units, where it grows by units.
const MAX_UNITS: u64 = 20;

/// A day up to forty days before or after.
pub(super) fn other_day(date: Date, dice: &mut Dice) -> Option<String> {
    let days = i64::try_from(dice.below(MAX_DAYS)).ok()? + 1;
    let days = if dice.below(2) == 0 { days } else { -days };
    let day = jiff::civil::Date::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    );
    let moved = day.ok()?.checked_add(jiff::Span::new().days(days)).ok()?;
    Some(moved.to_string())
}

/// An amount that somebody could have claimed instead: two digits swapped, some units more, or up to a half more.
pub(super) fn other_amount(money: &Money, dice: &mut Dice) -> Money {
    let unit = 10_i64.pow(Money::decimals(&money.currency));
    let more = |dice: &mut Dice, most: u64| i64::try_from(dice.below(most)).unwrap_or(0) + 1;
    let minor = match dice.below(3) {
        0 => swapped(money.minor, dice),
        1 => None,
        _ => Some(money.minor.saturating_add(money.minor / 100 * more(dice, 50))),
    };
    let minor = minor.filter(|minor| *minor != money.minor && *minor > 0);
    let minor = minor.unwrap_or_else(|| money.minor.saturating_add(unit * more(dice, MAX_UNITS)));
    Money { minor, currency: money.currency.clone() }
}

/// The number with two neighbouring digits that differ swapped; `None` when all are the same.
fn swapped(number: i64, dice: &mut Dice) -> Option<i64> {
    let mut digits: Vec<char> = number.to_string().chars().collect();
    let places: Vec<usize> = (1..digits.len()).filter(|place| digits[place - 1] != digits[*place]).collect();
    let place = *places.get(usize::try_from(dice.below(u64::try_from(places.len()).ok()?)).ok()?)?;
    digits.swap(place - 1, place);
    digits.into_iter().collect::<String>().parse().ok()
}

/// Numbers that look random and are the same for the same seed (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The numbers of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number from 0 to below `most`; 0 when there is none.
    pub const fn below(&mut self, most: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        if most == 0 { 0 } else { mixed % most }
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    /// Every change of many seeds is another value within the bounds, and the same seed gives the same one.
    #[test]
    fn a_change_is_another_value_and_the_seed_decides_which() {
        let date = Date::parse("2024-02-29").unwrap();
        for seed in 0..200 {
            let moved = Date::parse(&other_day(date, &mut Dice::new(seed)).unwrap()).unwrap();
            let days = (moved.days() - date.days()).abs();
            assert!((1..=40).contains(&days), "seed {seed} moves by {days} days");
            for minor in [1, 99, 500, 6_030, 100_000_000] {
                let money = Money { minor, currency: "MYR".to_owned() };
                let other = other_amount(&money, &mut Dice::new(seed));
                assert!(other.minor > 0 && other.minor != minor, "seed {seed} makes {other} of {money}");
                assert_eq!(other, other_amount(&money, &mut Dice::new(seed)));
            }
        }
    }

    #[test]
    fn the_dice_are_those_of_the_paper() {
        // The first outputs of SplitMix64 for the seed 1234567.
        let mut dice = Dice::new(1_234_567);
        let firsts = [0; 3].map(|_: u64| dice.below(u64::MAX));
        assert_eq!(firsts, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
