//! Load, decide, commit, carry effects out; and the sweep.
