//! The JSON API from outside: a router over a store in a file, called with personal tokens.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at a surprise")]

mod bodies;
mod races;
mod routes;
mod verbs;
mod world;
