//! Measuring: what answers are worth, by plain counting.

pub mod score;
pub mod statistics;

#[cfg(test)]
mod measured_tests;
