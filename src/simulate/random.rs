//! The one source of chance: everything that a seed brings about is drawn from here.

use countersign_core::time::Timestamp;

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        // Neighbouring seeds must not look alike: the seed is spread over all bits first.
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.below(span)).unwrap_or(0))
    }

    pub(super) fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    /// Whether something of so many cases in a thousand happens.
    pub(super) fn per_mille(&mut self, rate: u32) -> bool {
        rate > 0 && self.below(1_000) < rate as usize
    }

    /// One of these; the first, which is there, for an empty list of choices.
    pub(super) fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }

    /// One of at least one thing.
    pub(super) fn pick<T: Clone, const N: usize>(&mut self, all: &[T; N]) -> T {
        const { assert!(N > 0) };
        all[self.below(N)].clone()
    }

    /// How far the clock moves: mostly minutes, sometimes hours, now and then days.
    pub(super) fn pause(&mut self) -> i64 {
        use countersign_core::time::{DAY_MS, HOUR_MS, MINUTE_MS};
        match self.below(20) {
            0..=8 => self.between(1, 5_000),
            9..=13 => self.between(1, 10 * MINUTE_MS),
            14..=16 => self.between(1, 6 * HOUR_MS),
            17 | 18 => self.between(HOUR_MS, 2 * DAY_MS),
            _ => self.between(DAY_MS, 12 * DAY_MS),
        }
    }
}

/// The instant at which every seed begins: Monday 2026-03-02, 09:00 UTC.
pub(super) const START: Timestamp = Timestamp(1_772_442_000_000);
