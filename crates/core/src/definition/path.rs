//! Where a step stands in a definition.

use alloc::{format, string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Where a step stands: stage, step, then block and step for each level below.
///
/// Blocks of a step are numbered by [`Step::blocks`]. Written as numbers with dots, such as `1.0.2.0`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(pub Vec<u16>);

impl Path {
    /// The path of the first step of a stage.
    #[must_use]
    pub fn stage(stage: u16) -> Self {
        Self(alloc::vec![stage, 0])
    }

    /// This path with one more number.
    #[must_use]
    pub fn child(&self, number: u16) -> Self {
        let mut numbers = self.0.clone();
        numbers.push(number);
        Self(numbers)
    }

    /// The path of the step whose block holds this one; `None` at the top of a stage.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 2).then(|| Self(self.0[..self.0.len() - 2].to_vec()))
    }

    /// The next place in the same block.
    #[must_use]
    pub fn next(&self) -> Self {
        let mut numbers = self.0.clone();
        if let Some(last) = numbers.last_mut() {
            *last += 1;
        }
        Self(numbers)
    }

    /// The number of the stage.
    #[must_use]
    pub fn stage_index(&self) -> usize {
        self.0.first().map_or(0, |stage| usize::from(*stage))
    }

    /// Whether this path lies inside the step at `outer`.
    #[must_use]
    pub fn is_inside(&self, outer: &Self) -> bool {
        self.0.len() > outer.0.len() && self.0.starts_with(&outer.0)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            write!(f, "{number}")?;
        }
        Ok(())
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        format!("{path}")
    }
}

impl TryFrom<String> for Path {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // A step that the version does not have is named by no number.
        if text.is_empty() {
            return Ok(Self::default());
        }
        let numbers: Result<Vec<u16>, _> = text.split('.').map(str::parse).collect();
        numbers.map(Self).map_err(|_| "a step path is numbers with dots between them, such as 1.0.2")
    }
}
