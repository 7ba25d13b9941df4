//! The deterministic core of Countersign: one event in, the next state and its commands out.
//!
//! It is `no_std`: clock, files, network, time-zone database and randomly seeded maps cannot be named.
//! Everything that can be decided without asking the world is decided here, from plain values.
#![no_std]

extern crate alloc;

pub mod amounts;
pub mod authorise;
pub mod canonical;
pub mod case;
pub mod command;
pub mod compare;
pub mod context;
pub mod decide;
pub mod definition;
pub mod event;
pub mod form;
pub mod guard;
pub mod migrate;
pub mod overview;
pub mod people;
pub mod planted;
pub mod proposal;
pub mod prove;
pub mod release;
pub mod template;
pub mod time;
pub mod upcast;
pub mod value;
pub mod wake;
pub mod who;

pub use authorise::{Refusal, Verb, authorise};
pub use context::{Context, with_additions};
pub use decide::{Rejected, decide};
pub use proposal::verdict;
pub use wake::wake_at;
