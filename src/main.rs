//! The command line; see `countersign --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign::cli::main()
}
