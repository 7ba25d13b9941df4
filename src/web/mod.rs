//! The web application and the JSON API: resources only, thin handlers.
//!
//! A page is made in three layers. Handlers load what the reader may see and fill a plain view value; `catalogue`
//! says it in words; `views` lays it out. The last two touch neither store nor clock.

pub mod api;
pub mod assets;
pub mod catalogue;
pub mod format;
pub mod operations;
pub mod paths;
pub mod prefix;
pub mod present;
pub mod routes;
pub mod security;
pub mod sentence;
pub mod server;
pub mod state;
pub mod trial;
pub mod understood;
pub mod views;

mod address;
mod attempts;
mod changes;
mod decided;
mod front;
mod halt;
mod handlers;
mod links;
mod naming;
mod posted;
mod prefilled;
mod scene;
mod session;
pub(crate) mod unfit;
mod yardstick;
