//! How wrong a share can be, at worst, that was seen to be wrong a few times.

/// Halvings of the interval in which a bound is sought: enough for every bit of a double.
const HALVINGS: u32 = 60;

/// Bounds that lie closer than this touch.
const TOUCHING: f64 = 1e-9;

/// The one-sided upper bound of an error rate (Clopper and Pearson 1934): with certainty `1 - risk` the true rate
/// is at most this, when `wrong` of `seen` independent answers were wrong. 1 when nothing was seen.
#[must_use]
pub fn clopper_pearson(wrong: usize, seen: usize, risk: f64) -> f64 {
    if wrong >= seen {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        // The larger the rate, the less likely so few errors are.
        if at_most(wrong, seen, middle) > risk { low = middle } else { high = middle }
    }
    high
}

/// Whether so few errors show an error rate of at most `rate`: the upper bound lies no higher. This asks the binomial
/// once, where the bound itself has to be sought.
#[must_use]
pub fn shows(wrong: usize, seen: usize, rate: f64, risk: f64) -> bool {
    wrong < seen && at_most(wrong, seen, rate) <= risk
}

/// Whether so many errors show an error rate above `rate`: with certainty `1 - risk` the lower bound of Clopper and
/// Pearson lies above it.
#[must_use]
pub fn shows_more(wrong: usize, seen: usize, rate: f64, risk: f64) -> bool {
    // The rate of what is right is then below what is left: the same bound from the other side. What touches is not
    // above, so that the last bits of the search for the bound do not decide.
    clopper_pearson(seen.saturating_sub(wrong), seen, risk) < 1.0 - rate - TOUCHING
}

/// The fewest answers that can show an error rate of at most `rate` when `wrong` of them are wrong; none when no
/// number up to `most` can.
#[must_use]
pub fn fewest(wrong: usize, rate: f64, risk: f64, most: usize) -> Option<usize> {
    let holds = |seen: usize| shows(wrong, seen, rate, risk);
    if !holds(most) {
        return None;
    }
    let (mut low, mut high) = (wrong, most);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// How likely at most `wrong` of `seen` are wrong at this rate. Each term follows from the one before it; logarithms
/// keep the first from vanishing.
fn at_most(wrong: usize, seen: usize, rate: f64) -> f64 {
    if rate <= 0.0 {
        return 1.0;
    }
    if rate >= 1.0 {
        return 0.0;
    }
    let odds = (rate / (1.0 - rate)).ln();
    let mut term = seen as f64 * (-rate).ln_1p();
    let mut total = term.exp();
    for count in 1..=wrong {
        term += ((seen - count + 1) as f64 / count as f64).ln() + odds;
        total += term.exp();
    }
    total.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wrong: usize, seen: usize, upper: f64) {
        let bound = clopper_pearson(wrong, seen, 0.05);
        assert!((bound - upper).abs() < 1e-4, "{wrong} of {seen}: {bound}");
    }

    #[test]
    fn the_bound_is_that_of_the_binomial() {
        // Without an error the bound solves (1 - p)^n = 0.05.
        check(0, 59, 1.0 - 0.05_f64.powf(1.0 / 59.0));
        // With one of two, 1 - p^2 = 0.05.
        check(1, 2, 0.95_f64.sqrt());
        check(3, 3, 1.0);
        check(0, 0, 1.0);
    }

    /// What the bound solves: so few errors have just the chance that was allowed, also among many.
    #[test]
    fn so_few_errors_are_as_unlikely_as_allowed() {
        for (wrong, seen) in [(0, 10), (7, 300), (40, 5_000), (900, 20_000)] {
            for risk in [0.05, 0.01, 0.001] {
                let likely = at_most(wrong, seen, clopper_pearson(wrong, seen, risk));
                assert!((likely - risk).abs() < 1e-9, "{wrong} of {seen} at {risk}: {likely}");
                let bound = clopper_pearson(wrong, seen, risk);
                assert!(shows(wrong, seen, bound + 1e-6, risk) && !shows(wrong, seen, bound - 1e-6, risk));
            }
        }
    }

    #[test]
    fn a_rate_is_shown_to_be_exceeded_by_the_same_bound() {
        // One of one: the bound is 0.05 exactly, which is not above it. Two of two: the square root of 0.05.
        for (wrong, seen, more) in [(0, 0, false), (0, 9, false), (1, 1, false), (1, 2, false), (2, 2, true)] {
            assert_eq!(shows_more(wrong, seen, 0.05, 0.05), more, "{wrong} of {seen}");
        }
        // Of 100 at a rate of 5 %, nine or more are wrong in 6.3 % of all samples and ten or more in 2.8 %.
        assert!(!shows_more(9, 100, 0.05, 0.05) && shows_more(10, 100, 0.05, 0.05));
    }

    #[test]
    fn the_fewest_labels_are_those_of_the_table() {
        let table = [(0, 59), (1, 93), (2, 124), (5, 208), (10, 336)];
        for (wrong, labels) in table {
            assert_eq!(fewest(wrong, 0.05, 0.05, 10_000), Some(labels), "{wrong} wrong");
        }
        assert_eq!(fewest(100, 0.05, 0.05, 200), None);
    }
}
