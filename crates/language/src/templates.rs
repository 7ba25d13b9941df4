//! Processes to begin from, each a text that compiles as it is.

/// A process to begin from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its short stable name, such as `expense-claim`.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is for, in one line.
    pub purpose: &'static str,
    /// The text.
    pub text: &'static str,
    /// Its labelled examples, one JSON object a line, as [`crate::Attachments::read`] takes them.
    pub examples: &'static str,
}

/// The processes to begin from, by title.
#[must_use]
pub const fn templates() -> &'static [Template] {
    TEMPLATES
}

macro_rules! text {
    ($id:literal, $file:literal) => {
        include_str!(concat!("../../../processes/", $id, "/", $file))
    };
}

const TEMPLATES: &[Template] = &[
    Template {
        id: "expense-claim",
        title: "Expense claim",
        purpose: "an employee claims an expense, the receipt is compared, the approver signs the payment",
        text: text!("expense-claim", "process.md"),
        examples: text!("expense-claim", "examples.jsonl"),
    },
    Template {
        id: "support-request",
        title: "Support request",
        purpose: "a question is sorted and answered by the desk that knows",
        text: text!("support-request", "process.md"),
        examples: text!("support-request", "examples.jsonl"),
    },
    Template {
        id: "vendor-onboarding",
        title: "Vendor onboarding",
        purpose: "a supplier hands in their details, two desks review them, purchasing signs",
        text: text!("vendor-onboarding", "process.md"),
        examples: "",
    },
];
