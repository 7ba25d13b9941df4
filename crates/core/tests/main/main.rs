//! What the core promises, seen from outside: scenarios, laws, rights, and the values it is made of.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at a surprise")]

mod agents;
mod approvals;
mod authorise;
mod claims;
mod desk;
mod effects;
mod follow;
mod laws;
mod processes;
#[cfg(feature = "unguarded")]
mod prove;
mod random;
mod releases;
mod samples;
mod shapes;
mod steering;
mod suppliers;
mod time;
mod values;
mod versions;
