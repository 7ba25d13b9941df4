//! Every test that looks at the product from outside; one binary, so that it links once.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at a surprise and say what it saw"
)]

mod api;
mod audit;
mod browser;
mod chaos;
mod crash;
mod evals;
mod faults;
mod nodes;
mod postgres;
mod runtime;
mod simulate;
mod store;
mod tidy;
mod web;
