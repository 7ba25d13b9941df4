//! Every test that looks at the product from outside; one binary, so that it links once.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise and say what it saw"
)]

mod api;
mod browser;
mod crash;
mod evals;
mod postgres;
mod simulate;
mod store;
mod tidy;
mod web;
