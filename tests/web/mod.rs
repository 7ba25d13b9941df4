//! The pages.

mod deciding;
mod events;
mod look;
mod outside;
mod owes;
mod preview;
mod privacy;
mod routes;
mod samples;
mod signing_in;
mod uploads;
mod world;
