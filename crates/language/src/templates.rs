//! Processes to begin from, each a text that compiles as it is.

use super::{Attachments, read_criterion};

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
    /// The templates that it fills in: name and text.
    pub papers: &'static [(&'static str, &'static str)],
    /// Its examples of criteria, each file as [`crate::read_criterion`] takes it.
    pub criteria: &'static [&'static str],
}

impl Template {
    /// What stands beside its text.
    ///
    /// # Errors
    /// As [`Attachments::read`] and [`read_criterion`].
    pub fn attachments(&self) -> Result<Attachments, String> {
        let papers = self.papers.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let criteria = self.criteria.iter().map(|file| read_criterion(file)).collect::<Result<_, _>>()?;
        Ok(Attachments { templates: papers.collect(), criteria, ..Attachments::read(self.examples)? })
    }
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
        id: "complaint",
        title: "Complaint",
        purpose: "a complaint is sorted, looked into and settled, and a person signs the refund",
        text: text!("complaint", "process.md"),
        examples: text!("complaint", "examples.jsonl"),
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "contract-review",
        title: "Contract review",
        purpose: "a contract is reviewed by law, privacy and money side by side, then signed",
        text: text!("contract-review", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "customer-onboarding",
        title: "Customer onboarding",
        purpose: "a customer gives their details, is checked and goes live",
        text: text!("customer-onboarding", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "employment-letter",
        title: "Employment letter",
        purpose: "a letter about somebody's employment is filled in from its template, signed and sent",
        text: text!("employment-letter", "process.md"),
        examples: "",
        papers: &[("employment letter", text!("employment-letter", "templates/employment letter.txt"))],
        criteria: &[],
    },
    Template {
        id: "expense-claim",
        title: "Expense claim",
        purpose: "an employee claims an expense, the receipt is compared, the approver signs the payment",
        text: text!("expense-claim", "process.md"),
        examples: text!("expense-claim", "examples.jsonl"),
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "hiring",
        title: "Hiring",
        purpose: "a position is agreed, candidates are interviewed, the offer is signed",
        text: text!("hiring", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "leave-request",
        title: "Leave request",
        purpose: "an employee asks for days off, the manager decides, the absence is booked",
        text: text!("leave-request", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "loan-application",
        title: "Loan application",
        purpose: "a loan is assessed, decided, contracted and paid out",
        text: text!("loan-application", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "purchase-request",
        title: "Purchase request",
        purpose: "an employee asks for something to be bought, offers are compared, the order is signed",
        text: text!("purchase-request", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[text!("purchase-request", "criteria/the purpose.txt")],
    },
    Template {
        id: "supplier-invoice",
        title: "Supplier invoice",
        purpose: "an invoice is compared with its order, approved and paid",
        text: text!("supplier-invoice", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "support-request",
        title: "Support request",
        purpose: "a question is sorted and answered by the desk that knows",
        text: text!("support-request", "process.md"),
        examples: text!("support-request", "examples.jsonl"),
        papers: &[],
        criteria: &[],
    },
    Template {
        id: "vendor-onboarding",
        title: "Vendor onboarding",
        purpose: "a supplier hands in their details, two desks review them, purchasing signs",
        text: text!("vendor-onboarding", "process.md"),
        examples: "",
        papers: &[],
        criteria: &[],
    },
];
