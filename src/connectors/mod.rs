//! Carry effects out: each error is retryable or terminal.
