//! A table as spreadsheets write it: comma or semicolon separated values (RFC 4180).

/// The most bytes that are read.
pub const TABLE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most rows below the names of the columns.
pub const TABLE_ROWS_MAX: usize = 5_000;
/// The most columns.
pub const TABLE_COLUMNS_MAX: usize = 100;

/// A table that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The names in the first row.
    pub columns: Vec<String>,
    /// The rows with the number of the line at which each begins; empty lines are left out.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Reads a table. Columns are separated by what separates the names in its first line.
///
/// # Errors
/// What is wrong and at which line, in words.
pub fn read(text: &str) -> Result<Table, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > TABLE_BYTES_MAX {
        let (has, most) = (text.len() / (1024 * 1024), TABLE_BYTES_MAX / (1024 * 1024));
        return Err(format!("the table has {has} MiB; at most {most} MiB are read: hand it in in parts"));
    }
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.matches(';').count() > first.matches(',').count() { ';' } else { ',' };
    let mut records = records(text, separator)?.into_iter();
    let Some((_, columns)) = records.next() else {
        return Err("the table is empty; its first line names the columns".to_owned());
    };
    if columns.len() > TABLE_COLUMNS_MAX {
        return Err(format!("the table has {} columns; at most {TABLE_COLUMNS_MAX} are read", columns.len()));
    }
    let rows: Vec<(usize, Vec<String>)> = records.collect();
    if rows.len() > TABLE_ROWS_MAX {
        return Err(format!(
            "the table has {} rows; at most {TABLE_ROWS_MAX} are read: hand it in in parts",
            rows.len()
        ));
    }
    Ok(Table { columns, rows })
}

fn records(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>, String> {
    let (mut records, mut record, mut cell) = (Vec::new(), Vec::new(), String::new());
    // The line that a quoted cell began at, while one is open; and whether this cell was quoted.
    let (mut quoted_since, mut was_quoted) = (None, false);
    let (mut line, mut began_at) = (1, 1);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quoted_since) {
            ('"', Some(_)) if letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            ('"', Some(_)) => quoted_since = None,
            ('"', None) if cell.is_empty() && !was_quoted => (quoted_since, was_quoted) = (Some(line), true),
            ('\n', None) => {
                line += 1;
                record.push(finished(&mut cell, &mut was_quoted));
                records.push((began_at, std::mem::take(&mut record)));
                began_at = line;
            }
            ('\r', None) if letters.peek() == Some(&'\n') => {}
            (letter, None) if letter == separator => record.push(finished(&mut cell, &mut was_quoted)),
            (letter, _) => {
                line += usize::from(letter == '\n');
                cell.push(letter);
            }
        }
    }
    if let Some(since) = quoted_since {
        return Err(format!("a quotation mark that opens at line {since} is never closed"));
    }
    record.push(finished(&mut cell, &mut was_quoted));
    records.push((began_at, record));
    records.retain(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    Ok(records)
}

fn finished(cell: &mut String, was_quoted: &mut bool) -> String {
    *was_quoted = false;
    std::mem::take(cell).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&[(usize, &[&str])], &str>) {
        match (read(text), expected) {
            (Ok(table), Ok(expected)) => {
                let mut rows = vec![(1, table.columns)];
                rows.extend(table.rows);
                let rows: Vec<(usize, Vec<&str>)> =
                    rows.iter().map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect())).collect();
                let expected: Vec<(usize, Vec<&str>)> =
                    expected.iter().map(|(line, cells)| (*line, cells.to_vec())).collect();
                assert_eq!(rows, expected, "{text:?}");
            }
            (Err(why), Err(expected)) => assert!(why.contains(expected), "{text:?}: {why}"),
            (found, expected) => panic!("{text:?}: {found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn tables_of_spreadsheets_are_read() {
        check("a,b\n1,2", Ok(&[(1, &["a", "b"]), (2, &["1", "2"])]));
        check("\u{feff}a;b,c\r\n1;2\r\n", Ok(&[(1, &["a", "b,c"]), (2, &["1", "2"])]));
        check(
            "a,b\n\"one, two\",\"say \"\"no\"\"\"\n\n\"three\nlines\n\",x\ny,\n",
            Ok(&[(1, &["a", "b"]), (2, &["one, two", "say \"no\""]), (4, &["three\nlines", "x"]), (7, &["y", ""])]),
        );
        check("a\n5\" pipe\n", Ok(&[(1, &["a"]), (2, &["5\" pipe"])]));
        check("", Err("the table is empty"));
        check("a,b\n1,\"2\n3\n", Err("a quotation mark that opens at line 2 is never closed"));
        check(&"a,".repeat(TABLE_COLUMNS_MAX), Err("101 columns; at most 100"));
        check(&format!("a\n{}", "x\n".repeat(TABLE_ROWS_MAX + 1)), Err("5001 rows; at most 5000"));
    }
}
