//! The one configuration value: limits, addresses, model settings.
