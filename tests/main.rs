//! Tests at the boundaries of the program, in one binary.

mod web;
