//! One file per agent: each returns a proposal, never an effect.
