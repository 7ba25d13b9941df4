//! The command line; see `countersign --help`.

use std::process::ExitCode;

/// A case is made of many short texts: the system's allocator took a sixth of the time that a case costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    countersign::cli::main()
}
