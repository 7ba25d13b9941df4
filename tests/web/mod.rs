//! The pages.

mod preview;
mod samples;
