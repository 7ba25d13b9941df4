//! Spreadsheets in Office Open XML: the cells of the sheets that are shown, with the values that were last computed.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::{
    NoText,
    archive::Archive,
    flow::Flow,
    table::{self, CELLS_MAX},
};

const KIND: &str = "XLSX file";

/// The text of a workbook, sheet by sheet.
pub(super) fn text(bytes: &[u8]) -> Result<String, NoText> {
    Archive::open(bytes, KIND)?.check_all()?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| no_text(&error))?;
    let shown = |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let names: Vec<String> = book.sheets_metadata().iter().filter(shown).map(|sheet| sheet.name.clone()).collect();
    let mut flow = Flow::default();
    let mut count = 0;
    let mut some = false;
    for name in &names {
        let mut rows: BTreeMap<u32, table::Row> = BTreeMap::new();
        let mut cells = book.worksheet_cells_reader(name).map_err(|error| no_text(&error))?;
        while let Some(cell) = cells.next_cell().map_err(|error| no_text(&error))? {
            count += 1;
            if count > CELLS_MAX {
                return Err(NoText::TooLong);
            }
            let (row, column) = cell.get_position();
            rows.entry(row).or_default().push((column, written(cell.get_value())));
        }
        some |= rows.values().flatten().any(|(_, cell)| !cell.trim().is_empty());
        if names.len() > 1 {
            flow.gap();
            flow.add(&format!("Sheet {name}"))?;
            flow.gap();
        }
        table::lines(rows.into_values().collect(), &mut flow)?;
        flow.gap();
    }
    if some { flow.finish() } else { Err(NoText::Blank) }
}

fn no_text(error: &XlsxError) -> NoText {
    match error {
        XlsxError::Password => NoText::Encrypted,
        _ => NoText::broken(KIND),
    }
}

/// A cell as people write its value.
fn written(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        DataRef::DateTime(at) => day_and_time(at),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// A number to 15 digits, which is what spreadsheets keep; more are left over from binary fractions.
fn decimal(number: f64) -> String {
    format!("{number:.14e}").parse::<f64>().unwrap_or(number).to_string()
}

fn day_and_time(at: &ExcelDateTime) -> String {
    if at.is_duration() {
        return decimal(at.as_f64() * 24.0) + " h";
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    let time =
        if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") };
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (at.as_f64() < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00") => date,
        (false, _) => format!("{date} {time}"),
    }
}
