//! The pages.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at a surprise")]

mod agents;
mod deciding;
mod drawn;
mod earning;
mod events;
mod following;
mod letters;
mod look;
mod operations;
mod outside;
mod owes;
mod people;
mod prefix;
mod preview;
mod privacy;
mod readers;
mod routes;
mod samples;
mod signing_in;
mod studio;
mod texts;
mod uploads;
mod versions;
mod world;
mod writing;
