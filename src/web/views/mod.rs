//! The pages, as pure functions from plain view values to markup. They know neither store nor clock nor request.

pub mod account;
pub mod agents;
pub mod case;
pub mod cases;
pub mod demo;
pub mod earning;
pub mod edit;
pub mod error;
pub mod evidence;
pub mod form;
pub mod inbox;
pub mod layout;
pub mod outside;
pub mod people;
pub mod process;
pub mod publication;
pub mod sheet;
pub mod sign_in;
pub mod start;
pub mod steering;
pub mod studio;
pub mod task;
pub mod trial;
pub mod versions;

mod parts;
