//! The engine that needs no key: a linear text classifier and recognisers with spans.
