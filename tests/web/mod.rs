//! The pages.

mod look;
mod owes;
mod preview;
mod samples;
