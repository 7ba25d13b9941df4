//! How sure a measured share is.

/// The standard normal quantile of a two-sided interval at 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// A share with the bounds it lies between at some certainty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// The score interval of a share (Wilson 1927), for `part` of `whole` at `z` standard deviations; none of nothing.
///
/// A `part` beyond `whole` is read as the whole.
pub fn wilson(part: usize, whole: usize, z: f64) -> Option<Interval> {
    if whole == 0 {
        return None;
    }
    let n = whole as f64;
    let share = part.min(whole) as f64 / n;
    let square = z * z;
    let centre = share + square / (2.0 * n);
    let reach = z * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let scale = 1.0 + square / n;
    Some(Interval { low: ((centre - reach) / scale).max(0.0), high: ((centre + reach) / scale).min(1.0) })
}

#[cfg(test)]
mod tests {

    use super::*;

    fn check(part: usize, whole: usize, low: f64, high: f64) {
        let interval = wilson(part, whole, Z_95).unwrap();
        assert!((interval.low - low).abs() < 5e-5, "{part}/{whole} low {}", interval.low);
        assert!((interval.high - high).abs() < 5e-5, "{part}/{whole} high {}", interval.high);
    }

    #[test]
    fn intervals_match_the_formula_worked_by_hand() {
        // 0 of 10: high = z²/(n + z²) = 3.84146 / 13.84146.
        check(0, 10, 0.0, 0.277_53);
        check(10, 10, 0.722_47, 1.0);
        // 5 of 10 is symmetric about a half: reach = z·√(0.025 + z²/400)/(1 + z²/10).
        check(5, 10, 0.236_59, 0.763_41);
        assert!(wilson(0, 0, Z_95).is_none());
    }
}
