//! The only place that reads the clock.

use countersign_core::time::Timestamp;

/// A source of the current time, so that tests and the simulator can pass their own.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands where it was put: milliseconds since the epoch, shared by its clones.
    Fixed(std::sync::Arc<std::sync::atomic::AtomicI64>),
}

impl Clock {
    /// A clock that shows `at` until it is moved.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(std::sync::Arc::new(std::sync::atomic::AtomicI64::new(at.0)))
    }

    /// The current instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Self::Fixed(at) => Timestamp(at.load(std::sync::atomic::Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock forward; the machine's clock is left alone.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Fixed(at) = self {
            at.fetch_add(milliseconds, std::sync::atomic::Ordering::SeqCst);
        }
    }
}
