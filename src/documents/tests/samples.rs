//! Documents that tests make byte by byte.

use std::io::{Cursor, Read as _, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

/// An archive of these files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A text document of one paragraph.
pub fn docx(words: &str) -> Vec<u8> {
    docx_with(&format!("<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"), &[])
}

/// A text document with this body and more parts.
pub fn docx_with(body: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let document = format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    let own = [("[Content_Types].xml", b"<Types/>".as_slice()), ("word/document.xml", document.as_bytes())];
    zip(&[own.as_slice(), parts].concat())
}

/// A workbook of one sheet with these rows and a hidden one with these words.
pub fn xlsx(rows: &str, hidden: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let workbook = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"One\" sheetId=\"1\" r:id=\"r1\"/>\
         <sheet name=\"Two\" sheetId=\"2\" state=\"hidden\" r:id=\"r2\"/></sheets></workbook>"
    );
    let relations = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/>\
         <Relationship Id=\"r2\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet2.xml\"/>\
         <Relationship Id=\"r3\" Type=\"{office}/sharedStrings\" Target=\"sharedStrings.xml\"/>\
         <Relationship Id=\"r4\" Type=\"{office}/styles\" Target=\"styles.xml\"/></Relationships>"
    );
    let start = format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let sheet =
        |rows: &str| format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>").into_bytes();
    let unseen = format!("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{hidden}</t></is></c></row>");
    let strings = format!("<sst xmlns=\"{main}\" count=\"1\" uniqueCount=\"1\"><si><t>Item</t></si></sst>");
    let styles = format!(
        "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>\
         </styleSheet>"
    );
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", start.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.xml", &sheet(rows)),
        ("xl/worksheets/sheet2.xml", &sheet(&unseen)),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
    ])
}

/// A PDF with one line of text on each page.
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    let drawn: Vec<String> = pages.iter().map(|line| format!("BT /F 12 Tf 50 700 Td ({line}) Tj ET")).collect();
    pdf_drawn(&drawn.iter().map(String::as_str).collect::<Vec<_>>(), "")
}

/// A PDF with these drawings, one on each page, and more entries of its trailer.
pub fn pdf_drawn(pages: &[&str], trailer: &str) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", pages.len(), kids.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    for (page, drawn) in pages.iter().enumerate() {
        let content = 5 + 2 * page;
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 3 0 R >> >> \
             /Contents {content} 0 R >>"
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{drawn}\nendstream", drawn.len()));
    }
    pdf_of(&objects, trailer)
}

/// A PDF of these objects, the first of which is its catalogue.
pub fn pdf_of(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).into_bytes());
    }
    let table = file.len();
    let entries: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let size = objects.len() + 1;
    file.extend(
        format!(
            "xref\n0 {size}\n0000000000 65535 f \n{entries}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n\
             startxref\n{table}\n%%EOF\n"
        )
        .into_bytes(),
    );
    file
}

/// An e-mail with a text and these attachments.
pub fn mail(attachments: &[(&str, &[u8])]) -> Vec<u8> {
    let mut mail = "Received: by mx.example.org; Tue, 3 Nov 2026 14:05:10 +0100\r\n\
                    From: Rosa Lind <rosa@example.org>\r\nTo: desk@example.org\r\n\
                    Date: Tue, 3 Nov 2026 14:05:00 +0100\r\n\
                    Subject: =?utf-8?Q?Gr=C3=B6=C3=9Fe_der_Lampe?=\r\nMIME-Version: 1.0\r\n\
                    Content-Type: multipart/mixed; boundary=\"==x\"\r\n\r\n--==x\r\n\
                    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                    Please pay 99=\r\n EUR.\r\n"
        .to_owned();
    for (name, bytes) in attachments {
        let hex: String = bytes.iter().map(|byte| format!("={byte:02X}")).collect();
        let lines: Vec<&str> = (0..hex.len()).step_by(72).map(|at| &hex[at..(at + 72).min(hex.len())]).collect();
        mail += &format!(
            "--==x\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
            lines.join("=\r\n")
        );
    }
    (mail + "--==x--\r\n").into_bytes()
}

/// The names that parts of a Word file are written with.
pub const WORD_NAMES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
     xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" \
     xmlns:m=\"http://schemas.openxmlformats.org/officeDocument/2006/math\"";

/// A Word file with this body and more parts, or others in the place of its own, which Word itself opens.
pub fn letter(body: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    let types = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{main}\"/></Types>"
    );
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"r1\" Target=\"word/document.xml\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\"/></Relationships>";
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <w:document {WORD_NAMES}><w:body>{body}<w:sectPr/></w:body></w:document>"
    );
    let own = [
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", start.as_bytes()),
        ("word/document.xml", document.as_bytes()),
    ];
    let own = own.into_iter().filter(|(name, _)| parts.iter().all(|(other, _)| other != name));
    zip(&own.chain(parts.iter().copied()).collect::<Vec<_>>())
}

/// A paragraph of a Word file, cut into runs as Word cuts what was typed.
pub fn paragraph(runs: &[&str]) -> String {
    let runs: String =
        runs.iter().map(|words| format!("<w:r><w:t xml:space=\"preserve\">{words}</w:t></w:r>")).collect();
    format!("<w:p>{runs}</w:p>")
}

/// A part of a Word file.
pub fn part(file: &[u8], name: &str) -> String {
    String::from_utf8(bytes(file, name)).unwrap()
}

/// The bytes of an entry of an archive.
pub fn bytes(file: &[u8], name: &str) -> Vec<u8> {
    let (mut zip, mut bytes) = (zip::ZipArchive::new(Cursor::new(file)).unwrap(), Vec::new());
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}
