//! The record is what was written: random tampering is found, a copy is whole, and an older copy is noticed.

#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

mod age;
mod desk;
mod drill;
mod flips;
mod moving;
mod tampering;
mod told;
