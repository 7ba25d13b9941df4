//! SQL and nothing else: one file per concept.
