//! What the running program does by itself: systems, schedules, agents, and people who are faster than each other.

#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

mod autonomy;
mod cascade;
mod doctor;
pub mod documents;
mod examples;
mod golden;
mod golden_cases;
mod judging;
mod limits;
mod look_ups;
mod marks;
mod owners;
mod papers;
mod past;
mod releases;
mod schedules;
mod word_templates;
mod world;
