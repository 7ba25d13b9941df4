//! A text that is to be published: understood, and proven.

use countersign_core::prove::{CounterExample, Proof, headline, prove, sentences};

use super::{Attachments, Compiled, compile, diagnostics::Diagnostic};

/// Compiles a text and proves that no effect leaves without the sign-off that the text names.
///
/// There is a definition exactly when the text is understood and the proof holds; where it does not, E527 stands
/// at the sentence of each effect and tells the way on which it would leave unsigned.
#[must_use]
pub fn publishable(text: &str, attachments: &Attachments) -> Compiled {
    let mut compiled = compile(text, attachments);
    let Some(definition) = &compiled.definition else { return compiled };
    let Proof::Refused { counter_examples } = prove(definition) else { return compiled };
    let told = |found: &CounterExample| {
        let place = compiled.sentences.iter().find(|sentence| sentence.path.as_ref() == Some(&found.effect.path));
        let span = place.map_or((0, 0), |sentence| (sentence.start, sentence.end));
        let why = sentences(definition, found).join(" ");
        let why = if why.is_empty() { String::from("what is not proven is not published") } else { why };
        Diagnostic::error("E527", span, headline(definition, found), why)
            .advise("ask for the approval on every way that leads here, after the last change of what is sent")
    };
    let refused: Vec<Diagnostic> = counter_examples.iter().map(told).collect();
    compiled.diagnostics.extend(refused);
    compiled.diagnostics.sort_by_key(|found| (found.start, found.end));
    compiled.definition = None;
    compiled
}
