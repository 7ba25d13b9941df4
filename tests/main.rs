//! Every test that looks at the product from outside; one binary, so that it links once.

mod api;
mod store;
mod tidy;
mod web;
