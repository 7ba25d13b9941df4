//! Faults that are put in on purpose, so that it can be told whether the simulation finds them.
//!
//! Only the feature `planted` compiles them in, one at a time by its number; no build that runs processes has it.

#[cfg(feature = "planted")]
use core::sync::atomic::{AtomicU16, Ordering};

#[cfg(feature = "planted")]
static NUMBER: AtomicU16 = AtomicU16::new(0);

/// Puts the fault of this number in, for the whole program; 0 takes it out again.
#[cfg(feature = "planted")]
pub fn plant(number: u16) {
    NUMBER.store(number, Ordering::SeqCst);
}

/// Whether the fault of this number is in.
#[cfg(feature = "planted")]
#[must_use]
pub fn planted(number: u16) -> bool {
    NUMBER.load(Ordering::Relaxed) == number
}

/// Whether the fault of this number is in: it never is in this build.
#[cfg(not(feature = "planted"))]
#[inline(always)]
#[must_use]
pub const fn planted(_number: u16) -> bool {
    false
}
