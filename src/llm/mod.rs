//! The provider port: OpenAI-compatible servers and a scripted one.
