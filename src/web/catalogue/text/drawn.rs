//! Words around the drawing, its pickers, the step sheet and the trial.

pub(crate) const SHEET: &str = "Step sheet";
pub(crate) const DRAWING: &str = "The process, drawn";
pub(crate) const AS_LIST: &str = "The same as a list";

/// What a screen reader says of the drawing.
pub(crate) fn drawing_of(title: &str) -> String {
    format!("Drawing of {title}")
}

/// Open cases that the numbers on the drawing leave out.
pub(crate) fn left_out(older: u64, counted_at_most: Option<u32>) -> String {
    let older = match older {
        0 => String::new(),
        1 => "One more open case runs an older version.".to_owned(),
        more => format!("{more} more open cases run older versions."),
    };
    let rest = counted_at_most.map(|most| format!("Only the {most} newest cases are counted.")).unwrap_or_default();
    format!("{older} {rest}").trim().to_owned()
}

pub(crate) const DRAFT: &str = "A draft; nothing of it is published.";
pub(crate) const TRIGGER: &str = "What starts it";
pub(crate) const ENTRY: &str = "When it is done";
pub(crate) const EXIT: &str = "When it is over";
pub(crate) const OWNER: &str = "Who does it";
pub(crate) const ACCOUNTABLE: &str = "Who answers for it";
pub(crate) const SYSTEM: &str = "System";
pub(crate) const DATA_IN: &str = "Data it needs";
pub(crate) const DATA_OUT: &str = "What it leaves";
pub(crate) const DUE: &str = "Due";
pub(crate) const NEXT: &str = "What comes next";
pub(crate) const SYSTEMS: &str = "Every system and outside party it touches";
pub(crate) const NO_SYSTEMS: &str = "It calls no other system and writes to nobody outside.";
pub(crate) const STEP: &str = "Step";
pub(crate) const SENT: &str = "What is sent";
pub(crate) const SENT_NOTHING: &str = "Nothing but the call itself.";
pub(crate) const SIGNED: &str = "Who signs";
pub(crate) const FAILS: &str = "When it fails";

/// The first sentence of the step sheet.
pub(crate) fn sheet_opening(steps: usize, stages: usize, touched: usize, unsigned: usize) -> String {
    let steps = crate::web::format::counted(steps, "step");
    let stages = crate::web::format::counted(stages, "stage");
    let outside = match touched {
        0 => "nothing outside is touched".to_owned(),
        1 => "one system or outside party is touched".to_owned(),
        many => format!("{many} systems or outside parties are touched"),
    };
    let unsigned = match unsigned {
        0 => String::new(),
        1 => ", once without a signature".to_owned(),
        many => format!(", {many} times without a signature"),
    };
    format!("{steps} in {stages}; {outside}{unsigned}.")
}
