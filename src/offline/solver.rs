//! Separating one label from the rest: a linear support vector machine with squared hinge loss, solved by dual
//! coordinate descent (Hsieh, Chang, Lin, Keerthi and Sundararajan, ICML 2008, algorithm 1).

use super::features::Sparse;

/// The price of an example on the wrong side.
const COST: f32 = 3.0;
/// The examples of the label are few among the rest, so a wrong one costs this many times more.
const OWN_COST_FACTOR: f32 = 5.0;
/// The value of the constant column.
const BIAS: f32 = 1.0;
/// At most this many rounds over the examples.
const MAX_ROUNDS: usize = 10;
/// A round whose largest projected gradient is below this ends the search.
const TOLERANCE: f32 = 0.05;
/// The seed of the visiting order, fixed so that training is repeatable.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The weights (bias last) that separate the rows that are `ours` from the others.
///
/// Rows that are far on their right side are set aside until the rest has settled, and looked at once more then
/// (section 3.2 there): most rows of the other labels are such.
pub fn separate(rows: &[Sparse], ours: &[bool], width: usize) -> Vec<f32> {
    let mut weights = vec![0.0_f32; width + 1];
    let mut duals = vec![0.0_f32; rows.len()];
    let squares: Vec<f32> = rows.iter().map(|row| row.iter().map(|(_, v)| v * v).sum::<f32>() + BIAS * BIAS).collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let (mut state, mut looked_at, mut far) = (SEED, rows.len(), f32::INFINITY);
    for _ in 0..MAX_ROUNDS {
        shuffle(&mut order[..looked_at], &mut state);
        let (mut largest, mut highest) = (0.0_f32, f32::NEG_INFINITY);
        let mut place = 0;
        while place < looked_at {
            let at = order[place];
            let (side, cost) = if ours[at] { (1.0, COST * OWN_COST_FACTOR) } else { (-1.0, COST) };
            let diagonal = 0.5 / cost;
            let gradient = side * score(&weights, &rows[at]) - 1.0 + diagonal * duals[at];
            if duals[at] == 0.0 && gradient > far {
                looked_at -= 1;
                order.swap(place, looked_at);
                continue;
            }
            place += 1;
            let projected = if duals[at] == 0.0 { gradient.min(0.0) } else { gradient };
            (largest, highest) = (largest.max(projected.abs()), highest.max(projected));
            let next = (duals[at] - gradient / (squares[at] + diagonal)).max(0.0);
            let step = (next - duals[at]) * side;
            if step != 0.0 {
                duals[at] = next;
                for (column, value) in &rows[at] {
                    weights[*column as usize] += step * value;
                }
                weights[width] += step * BIAS;
            }
        }
        far = if highest > 0.0 { highest } else { f32::INFINITY };
        if largest < TOLERANCE {
            if looked_at == rows.len() {
                break;
            }
            (looked_at, far) = (rows.len(), f32::INFINITY);
        }
    }
    weights
}

/// The signed distance of a row, up to scale: positive on the label's side.
pub fn score(weights: &[f32], row: &Sparse) -> f32 {
    let bias = weights.last().copied().unwrap_or(0.0) * BIAS;
    row.iter().map(|(column, value)| weights[*column as usize] * value).sum::<f32>() + bias
}

/// Fisher and Yates with a xorshift generator.
fn shuffle(order: &mut [usize], state: &mut u64) {
    for at in (1..order.len()).rev() {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        order.swap(at, (*state % (at as u64 + 1)) as usize);
    }
}
