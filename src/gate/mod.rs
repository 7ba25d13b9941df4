//! Schema, evidence and policies: a proposal goes in, gate facts come out.
