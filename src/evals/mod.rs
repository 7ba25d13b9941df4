//! Datasets, scorers and reports over the production agent path.
