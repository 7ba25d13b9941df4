//! Process text: lexer, grammar, diagnostics, renderer.
