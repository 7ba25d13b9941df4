//! Which kind of document bytes are: by their content. A name decides only between kinds of text.

use super::{NoText, plain};

/// How much of a text is looked at to tell what it is, in bytes.
const LOOKED_AT_BYTES: usize = 4096;
/// The names of an office file's parts stand at its beginning and at its end; so much is looked at of either.
const PART_NAMES_BYTES: usize = 256 * 1024;

/// A kind of document that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain text.
    Plain,
    /// Comma-separated values.
    Csv,
    /// A page in HTML.
    Page,
    /// An e-mail as it was sent (RFC 5322).
    Mail,
    /// PDF.
    Pdf,
    /// A text document in Office Open XML (ECMA-376).
    Word,
    /// A spreadsheet in Office Open XML.
    Sheet,
}

impl Kind {
    const ALL: [Self; 7] = [Self::Plain, Self::Csv, Self::Page, Self::Mail, Self::Pdf, Self::Word, Self::Sheet];

    /// The way of reading it and its revision. Whoever changes what comes out of a reader raises its revision.
    #[must_use]
    pub const fn reader(self) -> &'static str {
        match self {
            Self::Plain => "plain-text-1",
            Self::Csv => "csv-1",
            Self::Page => "html-1",
            Self::Mail => "mail-1",
            Self::Pdf => "pdf-1",
            Self::Word => "docx-1",
            Self::Sheet => "xlsx-1",
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Csv => "text/csv",
            Self::Page => "text/html",
            Self::Mail => "message/rfc822",
            Self::Pdf => "application/pdf",
            Self::Word => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Sheet => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The kind that a way of reading is for.
    #[must_use]
    pub fn read_by(reader: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.reader() == reader)
    }
}

/// What bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Their media type.
    pub media_type: &'static str,
    /// Their kind, or why they are not read.
    pub kind: Result<Kind, NoText>,
}

/// Tells what a document is. Nothing is unpacked here and nothing followed.
pub(super) fn find(name: &str, bytes: &[u8]) -> Found {
    const PICTURES: [(&[u8], &str); 6] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"BM", "image/bmp"),
    ];
    let no = |media_type: &'static str, why: NoText| Found { media_type, kind: Err(why) };
    if bytes.is_empty() {
        return no("application/octet-stream", NoText::Empty);
    }
    // A mark at the beginning of a PDF may stand behind a few stray bytes.
    if has(start(bytes, 1024), b"%PDF-") && !is_text_before_pdf(bytes) {
        return of(Kind::Pdf);
    }
    let picture = PICTURES.iter().find(|(sign, _)| bytes.starts_with(sign));
    match picture {
        // Two letters are no sign in what can be read as text.
        Some((sign, media_type)) if sign.len() > 2 || bytes.contains(&0) => return no(media_type, NoText::Picture),
        _ => {}
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return no("image/webp", NoText::Picture);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return packed(bytes);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        let sealed: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let why = if has(bytes, &sealed) { NoText::Encrypted } else { NoText::OldOffice };
        return no("application/x-ole-storage", why);
    }
    if bytes.starts_with(b"{\\rtf") {
        return no("application/rtf", NoText::OtherKind);
    }
    written(name, bytes)
}

fn of(kind: Kind) -> Found {
    Found { media_type: kind.media_type(), kind: Ok(kind) }
}

/// A text that merely mentions the mark of a PDF.
fn is_text_before_pdf(bytes: &[u8]) -> bool {
    !bytes.starts_with(b"%PDF-") && std::str::from_utf8(bytes).is_ok() && !has(bytes, b"startxref")
}

/// An office file, or an archive of others.
fn packed(bytes: &[u8]) -> Found {
    let end = bytes.get(bytes.len().saturating_sub(PART_NAMES_BYTES)..).unwrap_or_default();
    let holds = |name: &[u8]| has(start(bytes, PART_NAMES_BYTES), name) || has(end, name);
    if holds(b"word/document.xml") {
        of(Kind::Word)
    } else if holds(b"xl/workbook.xml") {
        of(Kind::Sheet)
    } else {
        Found { media_type: "application/zip", kind: Err(NoText::Archive) }
    }
}

/// A text of some kind.
fn written(name: &str, bytes: &[u8]) -> Found {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let marked = encoding_rs::Encoding::for_bom(bytes).is_some();
    if bytes.contains(&0) && !marked {
        return Found { media_type: "application/octet-stream", kind: Err(NoText::OtherKind) };
    }
    let head = String::from_utf8_lossy(start(bytes, LOOKED_AT_BYTES));
    if is_page(&head) {
        return of(Kind::Page);
    }
    if is_mail(&head, ending == "eml") {
        return of(Kind::Mail);
    }
    match plain::decoded(bytes) {
        Ok(text) if plain::is_no_text(&text) => {
            Found { media_type: "application/octet-stream", kind: Err(NoText::OtherKind) }
        }
        Ok(_) if matches!(ending.as_str(), "csv" | "tsv") => of(Kind::Csv),
        Ok(_) if matches!(ending.as_str(), "html" | "htm") && head.contains("</") => of(Kind::Page),
        Ok(_) => of(Kind::Plain),
        Err(why) => {
            let latin: String = bytes.iter().take(LOOKED_AT_BYTES).map(|byte| char::from(*byte)).collect();
            let why = if plain::is_no_text(&latin) { NoText::OtherKind } else { why };
            Found { media_type: "application/octet-stream", kind: Err(why) }
        }
    }
}

/// A page begins with its doctype or root element, behind nothing but blanks and comments.
fn is_page(head: &str) -> bool {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    while let Some(comment) = rest.strip_prefix("<!--").or_else(|| rest.strip_prefix("<?xml")) {
        let Some((_, after)) = comment.split_once('>') else { return false };
        rest = after.trim_start();
    }
    let lower: String = rest.chars().take(16).collect::<String>().to_ascii_lowercase();
    lower.starts_with("<!doctype html") || lower.starts_with("<html")
}

/// An e-mail begins with header fields (RFC 5322, section 2.2). A letter that only looks like one has no field that
/// machines write, and can be read as it stands; a file that is called an e-mail needs fewer signs.
fn is_mail(head: &str, called_so: bool) -> bool {
    const BY_MACHINES: [&str; 5] = ["message-id", "mime-version", "received", "return-path", "dkim-signature"];
    const BY_PEOPLE: [&str; 4] = ["from", "to", "subject", "date"];
    let mut names = Vec::new();
    for line in head.lines() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && !names.is_empty() {
            continue;
        }
        // A first line `From somebody ...` is the mark of a mailbox file.
        if names.is_empty() && line.starts_with("From ") {
            continue;
        }
        match line.split_once(':') {
            Some((name, _)) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()) => {
                names.push(name.to_ascii_lowercase());
            }
            // The last line looked at may have been cut off.
            _ => return false,
        }
    }
    let has = |list: &[&str]| names.iter().filter(|name| list.contains(&name.as_str())).count();
    let from = names.iter().any(|name| name == "from");
    from && has(&BY_MACHINES) > 0 && has(&BY_PEOPLE) > 1
        || called_so && has(&BY_MACHINES) + has(&BY_PEOPLE) + has(&["content-type"]) > 0
}

fn start(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..count).unwrap_or(bytes)
}

fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
