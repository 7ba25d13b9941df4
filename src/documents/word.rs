//! Text documents in Office Open XML (ECMA-376, part 1, section 17): what the pages show, with headers and footers.

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event},
};

use super::{NoText, archive::Archive, flow::Flow};

const KIND: &str = "DOCX file";
/// The text itself.
const BODY: &str = "word/document.xml";

/// The text of a document: page headers, the text, footnotes, page footers.
pub(super) fn text(bytes: &[u8]) -> Result<String, NoText> {
    let mut archive = Archive::open(bytes, KIND)?;
    let names = archive.names();
    let parts = |start: &str| {
        let fits = |name: &&String| name.starts_with(start) && name.ends_with(".xml");
        names.iter().filter(fits).cloned().collect::<Vec<_>>()
    };
    let order = [parts("word/header"), vec![BODY.to_owned()], parts("word/footnotes"), parts("word/footer")];
    let mut flow = Flow::default();
    for name in order.into_iter().flatten() {
        match archive.entry(&name)? {
            Some(xml) => part(&xml, &mut flow)?,
            None if name == BODY => return Err(NoText::broken(KIND)),
            None => {}
        }
        flow.gap();
    }
    flow.finish()
}

fn part(xml: &[u8], flow: &mut Flow) -> Result<(), NoText> {
    let broken = || NoText::broken(KIND);
    let xml = super::plain::decoded(xml).map_err(|_| broken())?;
    let mut reader = Reader::from_str(&xml);
    let mut place = Place::default();
    loop {
        match reader.read_event().map_err(|_| broken())? {
            Event::Start(tag) => place.start(&tag, flow, true),
            Event::Empty(tag) => place.start(&tag, flow, false),
            Event::End(tag) => place.end(tag.local_name().into_inner(), flow),
            Event::Text(words) if place.in_text() => flow.add(&words.xml_content(XmlVersion::Implicit1_0))?,
            Event::CData(words) if place.in_text() => flow.add(&words.xml_content(XmlVersion::Implicit1_0))?,
            Event::GeneralRef(name) if place.in_text() => flow.add(&character(&name).ok_or_else(broken)?)?,
            // No program writes one here, and its entities are how small files become large.
            Event::DocType(_) => return Err(broken()),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The character that a reference stands for; `None` for entities of the file's own.
pub(super) fn character(name: &BytesRef<'_>) -> Option<String> {
    if name.is_char_ref() {
        return name.resolve_char_ref().ok().flatten().map(String::from);
    }
    let name = name.xml_content(XmlVersion::Implicit1_0);
    resolve_xml_entity(&name).map(str::to_owned)
}

/// Where in the document the reader stands.
#[derive(Debug, Default)]
struct Place {
    in_words: bool,
    /// How many elements deep in what is not shown: the second form of a drawing, or deleted text.
    left_out: usize,
    /// Whether the run of letters is formatted as hidden (section 17.3.2.41).
    hidden: bool,
}

impl Place {
    const fn in_text(&self) -> bool {
        self.in_words && self.left_out == 0 && !self.hidden
    }

    fn start(&mut self, tag: &BytesStart<'_>, flow: &mut Flow, has_content: bool) {
        let name = tag.local_name().into_inner();
        if self.left_out > 0 || matches!(name, "Fallback" | "del" | "moveFrom") {
            self.left_out += usize::from(has_content);
            return;
        }
        match name {
            "t" => self.in_words = has_content,
            "r" => self.hidden = false,
            "vanish" => {
                let value = tag.attributes().flatten().find(|one| one.key.local_name().into_inner() == "val");
                self.hidden = !value.is_some_and(|one| matches!(one.value.as_ref(), "0" | "false" | "off"));
            }
            "tr" => flow.row(),
            "tc" => flow.cell(),
            "br" | "cr" => flow.line(),
            // A tab is as wide as the page makes it; between words it is a blank.
            "tab" => drop(flow.add_words(" ")),
            "noBreakHyphen" => drop(flow.add("-")),
            _ => {}
        }
    }

    fn end(&mut self, name: &str, flow: &mut Flow) {
        if self.left_out > 0 {
            self.left_out -= 1;
            return;
        }
        match name {
            "t" => self.in_words = false,
            "r" => self.hidden = false,
            "p" | "tr" => flow.line(),
            "tbl" => flow.gap(),
            _ => {}
        }
    }
}
