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
pub const MAX_ROUNDS: usize = 10;
/// A round whose largest projected gradient is below this ends the search.
const TOLERANCE: f32 = 0.05;
/// The seed of the visiting order, fixed so that training is repeatable.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Texts to learn from, laid out for machines that each go over them many times.
///
/// A column that one row alone has gets its weight from that row and gives it back to no other. So such columns, which
/// are most of them where texts are short, take no part in the search: what they add to their row's score follows from
/// the row's own dual, and their weights are written at the end.
pub struct Rows {
    width: usize,
    rows: Vec<Row>,
    /// The columns of each row that others have too, one row after the other.
    shared: Sparse,
    /// The columns of each row that it has alone.
    alone: Sparse,
}

/// Where a row's columns end, and their squares.
struct Row {
    shared_end: usize,
    alone_end: usize,
    /// Of all its columns, the constant one among them.
    square: f32,
    /// Of those that it has alone.
    square_alone: f32,
}

impl Rows {
    /// Lays out rows of so many columns.
    pub fn new(rows: &[Sparse], width: usize) -> Self {
        let mut seen = vec![0_u32; width];
        rows.iter().flatten().for_each(|(column, _)| seen[*column as usize] += 1);
        let mut laid = Self { width, rows: Vec::with_capacity(rows.len()), shared: Vec::new(), alone: Vec::new() };
        for row in rows {
            let (mut square, mut square_alone) = (BIAS * BIAS, 0.0);
            for (column, value) in row {
                square += value * value;
                if seen[*column as usize] > 1 {
                    laid.shared.push((*column, *value));
                } else {
                    square_alone += value * value;
                    laid.alone.push((*column, *value));
                }
            }
            let (shared_end, alone_end) = (laid.shared.len(), laid.alone.len());
            laid.rows.push(Row { shared_end, alone_end, square, square_alone });
        }
        laid
    }

    fn shared(&self, at: usize) -> &[(u32, f32)] {
        let start = at.checked_sub(1).map_or(0, |before| self.rows[before].shared_end);
        &self.shared[start..self.rows[at].shared_end]
    }

    fn alone(&self, at: usize) -> &[(u32, f32)] {
        let start = at.checked_sub(1).map_or(0, |before| self.rows[before].alone_end);
        &self.alone[start..self.rows[at].alone_end]
    }
}

/// The weights (bias last) that separate the rows that are `ours` from the others, after at most so many rounds.
///
/// Rows that are far on their right side are set aside until the rest has settled, and looked at once more then
/// (section 3.2 there): most rows of the other labels are such.
pub fn separate(rows: &Rows, ours: &[bool], rounds: usize) -> Vec<f32> {
    let (width, count) = (rows.width, rows.rows.len());
    let mut weights = vec![0.0_f32; width + 1];
    let mut duals = vec![0.0_f32; count];
    let mut order: Vec<usize> = (0..count).collect();
    let (mut state, mut looked_at, mut far) = (SEED, count, f32::INFINITY);
    for _ in 0..rounds {
        shuffle(&mut order[..looked_at], &mut state);
        let (mut largest, mut highest) = (0.0_f32, f32::NEG_INFINITY);
        let mut place = 0;
        while place < looked_at {
            let at = order[place];
            let (side, cost) = if ours[at] { (1.0, COST * OWN_COST_FACTOR) } else { (-1.0, COST) };
            let (row, shared, diagonal) = (&rows.rows[at], rows.shared(at), 0.5 / cost);
            let own = side * duals[at] * row.square_alone;
            let gradient = side * (score(&weights, shared) + own) - 1.0 + diagonal * duals[at];
            if duals[at] == 0.0 && gradient > far {
                looked_at -= 1;
                order.swap(place, looked_at);
                continue;
            }
            place += 1;
            let projected = if duals[at] == 0.0 { gradient.min(0.0) } else { gradient };
            (largest, highest) = (largest.max(projected.abs()), highest.max(projected));
            let next = (duals[at] - gradient / (row.square + diagonal)).max(0.0);
            let step = (next - duals[at]) * side;
            if step != 0.0 {
                duals[at] = next;
                for (column, value) in shared {
                    weights[*column as usize] += step * value;
                }
                weights[width] += step * BIAS;
            }
        }
        far = if highest > 0.0 { highest } else { f32::INFINITY };
        if largest < TOLERANCE {
            if looked_at == count {
                break;
            }
            (looked_at, far) = (count, f32::INFINITY);
        }
    }
    for (at, dual) in duals.iter().enumerate().filter(|(_, dual)| **dual > 0.0) {
        let side = if ours[at] { 1.0 } else { -1.0 };
        for (column, value) in rows.alone(at) {
            weights[*column as usize] = side * dual * value;
        }
    }
    weights
}

/// The signed distance of a row, up to scale: positive on the label's side.
pub fn score(weights: &[f32], row: &[(u32, f32)]) -> f32 {
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
