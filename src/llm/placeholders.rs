//! Placeholders in the place of personal values, put in before a question leaves and taken out of its answer.
//!
//! What is replaced is decided by whoever knows the case; here a question is only exchanged for the one without the
//! values. That is pseudonymisation (GDPR, article 4(5)): whoever reads the rest may still guess who is meant, so
//! that a model's settings say whether it may be asked in this way.

use super::{Answer, Request, Secret};

/// A question with placeholders, and what each stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The question, as it may leave.
    pub user: String,
    /// Each placeholder with its value.
    pub values: Vec<(String, Secret)>,
}

impl Masked {
    /// The request as it may leave. It holds nothing any more that only some may see.
    #[must_use]
    pub fn request(&self, request: &Request) -> Request {
        let mut masked = request.clone();
        masked.user.clone_from(&self.user);
        masked.call.personal = false;
        masked.masked = None;
        masked
    }

    /// An answer with the values put back. It is JSON, so that a value is written as a part of a JSON text.
    #[must_use]
    pub fn put_back(&self, answer: Answer) -> Answer {
        let mut text = answer.text;
        for (placeholder, value) in &self.values {
            if text.contains(placeholder.as_str()) {
                let written = serde_json::Value::from(value.reveal()).to_string();
                let inner = written.get(1..written.len() - 1).unwrap_or_default();
                text = text.replace(placeholder.as_str(), inner);
            }
        }
        let placeholders = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        Answer { text, placeholders, ..answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::{Finish, Usage};

    /// The answer with these values put back.
    fn check(values: &[(&str, &str)], said: &str, expected: &str) {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        let masked = Masked { user: String::new(), values };
        let answer = Answer {
            text: said.to_owned(),
            model: "m".to_owned(),
            usage: Usage::default(),
            finish: Finish::Complete,
            placeholders: 0,
            engine: String::new(),
            probable: None,
        };
        let back = masked.put_back(answer);
        assert_eq!((back.text.as_str(), back.placeholders as usize), (expected, masked.values.len()));
        assert!(!format!("{masked:?}").contains("Ada"), "a value is not shown in logs");
    }

    #[test]
    fn values_are_put_back_as_a_part_of_json() {
        check(&[("[person-1]", "Ada")], r#"{"quote":"[person-1] wrote"}"#, r#"{"quote":"Ada wrote"}"#);
        check(&[("[person-1]", "Ada \"A\"\n")], r#"{"quote":"[person-1]"}"#, r#"{"quote":"Ada \"A\"\n"}"#);
        check(&[("[person-1]", "Ada"), ("[person-11]", "Bea")], r#"["[person-11]"]"#, r#"["Bea"]"#);
        check(&[("[person-1]", "Ada")], r#"{"quote":null}"#, r#"{"quote":null}"#);
    }
}
