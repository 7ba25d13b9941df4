//! Measuring: labelled rows go through the agents as they run in a case, and the answers are counted.

pub mod attacks;
mod change;
pub mod dataset;
pub mod drafted;
pub mod features;
pub mod figures;
pub mod perturb;
pub mod processes;
pub mod report;
pub mod rules;
pub mod run;
pub mod score;
pub mod statistics;
pub mod suite;

pub use self::change::Dice;

#[cfg(test)]
mod measured_tests;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// A file could not be read.
    #[error("cannot read {file}: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// A file does not say what it should.
    #[error("{file}: {why}")]
    File {
        /// The file.
        file: String,
        /// Where in it, what is wrong and what to write instead.
        why: String,
    },
    /// One row of a data set cannot be used.
    #[error("{file}, line {line}: {why}")]
    Row {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The agent could not be asked, or the cases could not be run.
    #[error("{0}")]
    Run(String),
}
