//! Diagnostics drawn under the text that they are about, for a terminal.

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::language::{Diagnostic, Severity};

/// One diagnostic with its text, as the drawing library wants it.
#[derive(Debug)]
struct Drawn<'a> {
    found: &'a Diagnostic,
    source: NamedSource<String>,
}

/// Draws every diagnostic with the lines that it is about, its reason and what to write instead.
///
/// The drawing has no colours, so that it can go into a file as well.
#[must_use]
pub fn draw(source_name: &str, text: &str, diagnostics: &[Diagnostic]) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut out = String::new();
    for found in diagnostics {
        let drawn = Drawn { found, source: NamedSource::new(source_name, String::from(text)) };
        if handler.render_report(&mut out, &drawn).is_err() {
            // Writing to a string cannot fail; a span outside the text can, and then the words must do.
            out.push_str(&format!("{} {}\n", found.code, found.message));
        }
        out.push('\n');
    }
    out
}

impl std::fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.found.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.found.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.found.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        let titles: Vec<&str> = self.found.suggestions.iter().map(|suggestion| suggestion.title.as_str()).collect();
        (!titles.is_empty()).then(|| Box::new(titles.join("\n")) as Box<dyn std::fmt::Display + 'a>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let length = self.found.end - self.found.start;
        let label = LabeledSpan::new(Some(self.found.why.clone()), self.found.start, length);
        Some(Box::new(std::iter::once(label)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Attachments, compile};

    #[test]
    fn check_a_drawing_shows_the_words_the_reason_and_the_way_out() {
        let text = "# A\n\nAn employee can start this process.\nThe finance lead is accountable for this process.\n\n\
                    Stage One:\n- The finance leed reviews the claim.\n- Close the case as done.\n";
        let drawing = draw("process.md", text, &compile(text, &Attachments::default()).diagnostics);
        for part in ["E201", "finance leed", "process.md:7", "no sentence introduces", "Use `finance lead`"] {
            assert!(drawing.contains(part), "{part} is missing in:\n{drawing}");
        }
    }
}
