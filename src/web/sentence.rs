//! A sentence whose times can be asked for exactly: text for mail and terminal, markup for a page.

use std::fmt;

use maud::{Markup, Render, html};

use super::format::{Moment, capital};

/// A sentence in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Moment(Moment),
}

impl Sentence {
    /// A sentence that begins with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// The sentence with more text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Text(text.into()));
        self
    }

    /// The sentence with a time.
    #[must_use]
    pub fn moment(mut self, moment: Moment) -> Self {
        self.0.push(Part::Moment(moment));
        self
    }

    /// The sentence followed by another one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The sentence with a capital letter at its start.
    #[must_use]
    pub fn capital(mut self) -> Self {
        match self.0.first_mut() {
            Some(Part::Text(text)) => *text = capital(text),
            Some(Part::Moment(moment)) => moment.words = capital(&moment.words),
            None => {}
        }
        self
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(text) if text.is_empty()))
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Moment(moment) => f.write_str(&moment.words)?,
            }
        }
        Ok(())
    }
}

impl Render for Sentence {
    fn render(&self) -> Markup {
        html! {
            @for part in &self.0 {
                @match part {
                    Part::Text(text) => { (text) }
                    Part::Moment(moment) => { (moment) }
                }
            }
        }
    }
}
