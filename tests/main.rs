//! Every test that looks at the product from outside; one binary, so that it links once.

mod api;
mod browser;
mod crash;
mod evals;
mod store;
mod tidy;
mod web;
