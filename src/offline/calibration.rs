//! From raw scores to a likelihood, and the threshold below which a text fits no label.
//!
//! Both come from what models said about examples that were held back from them. The likelihood is a logistic
//! regression (Platt 1999) over three signals: the best score, its lead over the next, and its softmax share at a
//! temperature that fits the held-back examples (Guo et al. 2017).

/// This share of the right answers is kept by the threshold.
const KEPT_SHARE: f32 = 0.95;
/// The temperatures that are tried.
const TEMPERATURES: [f32; 10] = [0.03, 0.05, 0.08, 0.12, 0.17, 0.24, 0.34, 0.5, 0.8, 1.2];
/// Rounds of gradient descent for the logistic regression.
const ROUNDS: usize = 800;
/// The step of gradient descent.
const STEP: f32 = 0.8;
/// Pull of the logistic regression towards zero.
const SHRINK: f32 = 1e-3;
/// Signals a likelihood is read from.
const SIGNALS: usize = 3;

/// What a model said about a text it had not seen, and the truth: a label's number, or none for outside.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// One score a label.
    pub scores: Vec<f32>,
    /// The right label, if any.
    pub truth: Option<usize>,
}

/// The signals that a likelihood is read from.
pub type Signals = [f32; SIGNALS];

/// The learned reading of scores.
#[derive(Debug, Clone)]
pub struct Calibration {
    temperature: f32,
    means: Signals,
    spreads: Signals,
    weights: Signals,
    bias: f32,
    /// A text with a lower likelihood fits no label.
    pub threshold: f32,
}

impl Calibration {
    /// Learns from held-back outcomes.
    pub fn fit(outcomes: &[Outcome]) -> Self {
        let mut calibration = Self {
            temperature: best_temperature(outcomes),
            means: [0.0; SIGNALS],
            spreads: [1.0; SIGNALS],
            weights: [0.0; SIGNALS],
            bias: 0.0,
            threshold: 0.0,
        };
        let rows: Vec<(Signals, bool)> = outcomes
            .iter()
            .filter(|outcome| !outcome.scores.is_empty())
            .map(|outcome| {
                let right = outcome.truth.is_some() && best(&outcome.scores) == outcome.truth;
                (calibration.signals(&outcome.scores), right)
            })
            .collect();
        calibration.standardise(&rows);
        calibration.descend(&rows);
        calibration.threshold = calibration.choose_threshold(&rows);
        calibration
    }

    /// The signals of one text's scores.
    pub fn signals(&self, scores: &[f32]) -> Signals {
        let Some(top) = best(scores) else {
            return [0.0; SIGNALS];
        };
        let next = scores.iter().enumerate().filter(|(at, _)| *at != top).map(|(_, score)| *score);
        let next = next.fold(f32::NEG_INFINITY, f32::max);
        let lead = if next.is_finite() { scores[top] - next } else { 0.0 };
        [scores[top], lead, self.shares(scores)[top]]
    }

    /// The softmax share of every label.
    pub fn shares(&self, scores: &[f32]) -> Vec<f32> {
        shares(scores, self.temperature)
    }

    /// How likely the best label is right, between 0 and 1.
    pub fn likelihood(&self, signals: &Signals) -> f32 {
        let row = self.standard(signals);
        let sum: f32 = row.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum();
        1.0 / (1.0 + (-(sum + self.bias)).exp())
    }

    fn standard(&self, signals: &Signals) -> Signals {
        std::array::from_fn(|at| (signals[at] - self.means[at]) / self.spreads[at])
    }

    fn standardise(&mut self, rows: &[(Signals, bool)]) {
        let count = rows.len().max(1) as f32;
        for at in 0..SIGNALS {
            let mean = rows.iter().map(|(row, _)| row[at]).sum::<f32>() / count;
            let spread = (rows.iter().map(|(row, _)| (row[at] - mean).powi(2)).sum::<f32>() / count).sqrt();
            self.means[at] = mean;
            self.spreads[at] = if spread > 1e-6 { spread } else { 1.0 };
        }
    }

    fn descend(&mut self, rows: &[(Signals, bool)]) {
        let count = rows.len().max(1) as f32;
        for _ in 0..ROUNDS {
            let mut slope = [0.0_f32; SIGNALS];
            let mut slope_of_bias = 0.0_f32;
            for (signals, right) in rows {
                let error = self.likelihood(signals) - f32::from(u8::from(*right));
                for (sum, value) in slope.iter_mut().zip(self.standard(signals)) {
                    *sum += error * value;
                }
                slope_of_bias += error;
            }
            for (weight, sum) in self.weights.iter_mut().zip(slope) {
                // A better signal never makes an answer less likely, so no weight goes below zero.
                *weight = (*weight - STEP * (sum / count + SHRINK * *weight)).max(0.0);
            }
            self.bias -= STEP * slope_of_bias / count;
        }
    }

    /// The lowest threshold that turns away the most of what is not right, while it keeps enough of what is.
    fn choose_threshold(&self, rows: &[(Signals, bool)]) -> f32 {
        let mut right = Vec::new();
        let mut wrong = Vec::new();
        for (signals, is_right) in rows {
            if *is_right { &mut right } else { &mut wrong }.push(self.likelihood(signals));
        }
        right.sort_by(f32::total_cmp);
        let lost = (right.len() as f32 * (1.0 - KEPT_SHARE)) as usize;
        let Some(ceiling) = right.get(lost) else {
            return 0.0;
        };
        let highest_turned_away = wrong.iter().copied().filter(|value| value < ceiling).fold(0.0, f32::max);
        // Halfway into the gap, so that a text just like the worst one turned away is turned away too.
        let floor = right.iter().copied().find(|value| *value > highest_turned_away).unwrap_or(*ceiling);
        (highest_turned_away + floor.min(*ceiling)) / 2.0
    }
}

fn best(scores: &[f32]) -> Option<usize> {
    (0..scores.len()).max_by(|left, right| scores[*left].total_cmp(&scores[*right]))
}

fn shares(scores: &[f32], temperature: f32) -> Vec<f32> {
    let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = scores.iter().map(|score| ((score - top) / temperature).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// The temperature at which the right labels are likeliest.
fn best_temperature(outcomes: &[Outcome]) -> f32 {
    let surprise = |temperature: f32| -> f32 {
        let known = outcomes.iter().filter_map(|outcome| outcome.truth.map(|truth| (&outcome.scores, truth)));
        known.map(|(scores, truth)| -shares(scores, temperature)[truth].max(1e-6).ln()).sum()
    };
    let priced = TEMPERATURES.iter().map(|temperature| (surprise(*temperature), *temperature));
    priced.min_by(|left, right| left.0.total_cmp(&right.0)).map_or(0.2, |(_, temperature)| temperature)
}
