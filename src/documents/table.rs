//! Tables as lines that can be read and quoted.

use std::collections::BTreeSet;

use super::{MAX_TEXT_BYTES, NoText, flow::Flow, plain};

/// A longer first row of words is prose and no heading, in characters for each cell.
const HEADING_CHARS_MAX: usize = 60;
/// Two columns are a form, with labels on the left; a table has more.
const TABLE_COLUMNS_MIN: usize = 3;
/// The most cells of a table that are read.
pub(super) const CELLS_MAX: usize = 200_000;

/// The filled cells of a row with their columns.
pub(super) type Row = Vec<(u32, String)>;

/// Comma-separated values (RFC 4180), or values separated by semicolons or tabs.
pub(super) fn csv(bytes: &[u8]) -> Result<String, NoText> {
    let text = plain::decoded(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(&text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut cells = 0;
    for record in reader.records() {
        let record = record.map_err(|_| NoText::broken("CSV file"))?;
        cells += record.len();
        if cells > CELLS_MAX {
            return Err(NoText::TooLong);
        }
        rows.push((0..).zip(record.iter().map(str::trim).map(str::to_owned)).collect());
    }
    let mut flow = Flow::default();
    lines(rows, &mut flow)?;
    flow.finish()
}

/// The separator that stands most often in the first line, outside quotes.
fn separator(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let outside: String = first.split('"').step_by(2).collect();
    let count = |mark: u8| outside.bytes().filter(|byte| *byte == mark).count();
    // The later of equals wins: a comma unless another mark stands there more often.
    [b'\t', b';', b','].into_iter().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

/// Writes rows: under a heading each row becomes lines such as `Amount: 12.50`, otherwise a line with its cells.
pub(super) fn lines(rows: Vec<Row>, flow: &mut Flow) -> Result<(), NoText> {
    let rows: Vec<Row> = rows.into_iter().map(filled).filter(|row| !row.is_empty()).collect();
    let length = rows.iter().flatten().map(|(_, cell)| cell.len()).sum::<usize>();
    if length > MAX_TEXT_BYTES {
        return Err(NoText::TooLong);
    }
    match heading(&rows) {
        Some((heading, body)) => {
            for row in body {
                flow.gap();
                for (column, cell) in row {
                    let label = heading.iter().find(|(at, _)| at == column).map_or("", |(_, label)| label.as_str());
                    flow.add(&self::row(&[label, &one_line(cell)]))?;
                    flow.line();
                }
            }
            flow.gap();
        }
        None => {
            for row in rows {
                let cells: Vec<String> = row.iter().map(|(_, cell)| one_line(cell)).collect();
                flow.add(&self::row(&cells.iter().map(String::as_str).collect::<Vec<_>>()))?;
                flow.line();
            }
        }
    }
    Ok(())
}

/// One row as a line: a label and its value, or cells side by side.
pub(super) fn row(cells: &[&str]) -> String {
    match cells {
        [label, value] if is_label(label) => format!("{}: {value}", label.trim_end_matches([':', ' '])),
        cells => cells.join(" | "),
    }
}

/// The labels of a table and its rows: when the first row is all words and every other row fits below it.
fn heading(rows: &[Row]) -> Option<(&Row, &[Row])> {
    let (first, body) = rows.split_first()?;
    let different: BTreeSet<&str> = first.iter().map(|(_, cell)| cell.as_str()).collect();
    let fits = first.len() >= TABLE_COLUMNS_MIN
        && different.len() == first.len()
        && first.iter().all(|(_, cell)| is_label(cell));
    let below = |row: &Row| row.iter().all(|(column, _)| first.iter().any(|(at, _)| at == column));
    (fits && !body.is_empty() && body.iter().all(below)).then_some((first, body))
}

fn is_label(cell: &str) -> bool {
    let begins = cell.chars().next().is_some_and(|first| !first.is_ascii_digit() && !matches!(first, '-' | '+'));
    begins && cell.chars().any(char::is_alphabetic) && cell.chars().count() <= HEADING_CHARS_MAX
}

fn filled(row: Row) -> Row {
    row.into_iter().filter(|(_, cell)| !cell.trim().is_empty()).collect()
}

fn one_line(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ")
}
