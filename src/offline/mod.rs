//! The engine that needs no key: pure functions over text, no files, no network, no clock.
//!
//! `linear` classifies, `recognise` reads typed values with their places, `extract` finds a wanted field among them,
//! `summarise` tells an approver the facts. All of it is deterministic: the same text gives the same answer.

mod calibration;
pub mod extract;
mod features;
pub mod linear;
pub mod recognise;
mod solver;
pub mod summarise;

#[cfg(test)]
mod extract_tests;
#[cfg(test)]
mod linear_tests;
#[cfg(test)]
mod recognise_tests;
