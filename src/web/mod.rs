//! The web application and the JSON API: resources only, thin handlers.
