//! One file per subcommand of the command line.
