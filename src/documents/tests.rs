//! Documents that are made byte by byte, and what is read from them.

mod samples;
mod word_templates;

use super::{Kind, MAX_TEXT_BYTES, NoText, kind, read_plain, text_of};
use samples::{docx, docx_with, pdf, xlsx, zip};

/// What a document is taken for.
#[track_caller]
fn check_kind(name: &str, bytes: &[u8], expected: Result<Kind, NoText>) {
    assert_eq!(kind::find(name, bytes).kind, expected, "{name}");
}

/// The text of a document of this kind.
#[track_caller]
fn check(kind: Kind, bytes: &[u8], expected: Result<&str, NoText>) {
    let found = text_of(kind, bytes, 0);
    assert_eq!(found.as_deref().map_err(Clone::clone), expected.as_ref().map(|text| *text).map_err(Clone::clone));
}

fn broken(kind: &str) -> NoText {
    NoText::Broken { kind: kind.to_owned() }
}

#[test]
fn plain_text_is_read_at_once_and_the_rest_is_not() {
    let check = |name: &str, bytes: &[u8], expected: Result<&str, NoText>| {
        let found = read_plain(name, bytes).text.map(|found| found.text);
        assert_eq!(found, expected.map(str::to_owned), "{bytes:?}");
    };
    check("a.txt", "Größe\n".as_bytes(), Ok("Größe\n"));
    check("a.txt", b"\xef\xbb\xbfTotal", Ok("Total"));
    check("a.txt", b"\xff\xfeT\0o\0", Ok("To"));
    check("a.txt", b"", Err(NoText::Empty));
    check("a.txt", b"\xef\xbb\xbf", Err(NoText::Empty));
    check("a.txt", b" \n\t", Err(NoText::Blank));
    check("a.txt", b"Gr\xf6\xdfe", Err(NoText::NotUtf8));
    check("a.txt", b"a\0b", Err(NoText::OtherKind));
    check("a.txt", b"\x01\x02\x03abc", Err(NoText::OtherKind));
    check("a.txt", &vec![b'a'; MAX_TEXT_BYTES + 1], Err(NoText::TooLong));
    check("a.pdf", &pdf(&["Total 12.50"]), Err(NoText::NotHere));
}

#[test]
fn a_document_is_what_its_bytes_are_and_not_what_it_is_called() {
    check_kind("letter.txt", &pdf(&["Hello"]), Ok(Kind::Pdf));
    check_kind("invoice.pdf", b"Total 12.50", Ok(Kind::Plain));
    check_kind("invoice.pdf", &docx("Total"), Ok(Kind::Word));
    check_kind("a", &xlsx("<row r=\"1\"/>", ""), Ok(Kind::Sheet));
    check_kind("a.docx", &zip(&[("notes.txt", b"Hello")]), Err(NoText::Archive));
    check_kind("a.txt", b"<!-- x --><!DOCTYPE html><p>Hello", Ok(Kind::Page));
    check_kind("a.html", b"<b>Hello</b>", Ok(Kind::Page));
    check_kind("a.txt", b"<b>Hello</b>", Ok(Kind::Plain));
    check_kind("a.csv", b"a;b\n1;2", Ok(Kind::Csv));
    check_kind("a.txt", b"a;b\n1;2", Ok(Kind::Plain));
    let mail = b"Received: by mx\r\nFrom: a@example.org\r\nSubject: Hello\r\n\r\nText";
    check_kind("a", mail, Ok(Kind::Mail));
    let letter = b"From: Rosa\nTo: Bo\nSubject: Lamp\n\nHello";
    check_kind("letter.txt", letter, Ok(Kind::Plain));
    check_kind("letter.eml", letter, Ok(Kind::Mail));
    check_kind("part.eml", b"Content-Type: text/html\n\n<p>Hello", Ok(Kind::Mail));
    check_kind("note.eml", b"Hello: there\n\nAnd more", Ok(Kind::Plain));
    check_kind("a.txt", b"About %PDF- and its marks", Ok(Kind::Plain));
    check_kind("a.png", b"\x89PNG\r\n\x1a\nrest", Err(NoText::Picture));
    check_kind("a.txt", b"BMI: 22", Ok(Kind::Plain));
    let sealed: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    check_kind("a.docx", &[old.clone(), sealed].concat(), Err(NoText::Encrypted));
    check_kind("a.doc", &old, Err(NoText::OldOffice));
}

#[test]
fn tables_become_lines_that_can_be_quoted() {
    check(
        Kind::Csv,
        b"Item,Count,Price\n\"Lamp, tall\",2,40.00\nDesk,1,\"1,250.50\"\n",
        Ok("Item: Lamp, tall\nCount: 2\nPrice: 40.00\n\nItem: Desk\nCount: 1\nPrice: 1,250.50"),
    );
    check(Kind::Csv, b"Merchant;Nord\nTotal;12,50\n", Ok("Merchant: Nord\nTotal: 12,50"));
    check(Kind::Csv, b"1,2,3\n4,5,6\n", Ok("1 | 2 | 3\n4 | 5 | 6"));
    check(Kind::Csv, b"a\tb\tc\n\"x\ny\"\t2\t3", Ok("a: x y\nb: 2\nc: 3"));
    check(Kind::Csv, b",,\n", Err(NoText::Blank));
    check(Kind::Csv, b"Gr\xf6\xdfe;1", Err(NoText::NotUtf8));
}

#[test]
fn a_page_is_what_somebody_sees_who_opens_it() {
    check(
        Kind::Page,
        b"<html><head><title>T</title><style>p{}</style></head><body><h1>Invoice</h1><p>Total: <b>12.50</b>&nbsp;EUR\
          <br>due <a href=\"https://example.org/x\">today</a><script>alert(1)</script></body>",
        Ok("Invoice\n\nTotal: 12.50 EUR\ndue today"),
    );
    check(
        Kind::Page,
        b"<table><tr><td><p>Total</p></td><td>12.50</td></tr><tr><th>a</th><th>b</th><th>c</th></tr></table>",
        Ok("Total: 12.50\na | b | c"),
    );
    check(
        Kind::Page,
        b"<p>Seen<span style='Display : none !important'>pay me</span><div hidden>x<div>y</div>z</div> and \
          <span style=\"font-size:0px\">a</span><span style=\"opacity:0.9\">more</span>",
        Ok("Seen and more"),
    );
    check(Kind::Page, b"<meta charset=iso-8859-1><p>Gr\xf6\xdfe", Ok("Größe"));
    check(Kind::Page, b"<p>Gr\xf6\xdfe", Err(NoText::NotUtf8));
    check(Kind::Page, b"<script>1</script>", Err(NoText::Blank));
    check(Kind::Page, b"<p hidden>a<p>b", Ok("b"));
    check(Kind::Page, b"<pre>a\n  b</pre><input value=\"Rosa\"><input type=hidden value=x>", Ok("a\n  b\n\nRosa"));
}

#[test]
fn depth_costs_a_page_nothing() {
    let deep = "<div>".repeat(30_000) + "Total" + &"</div>".repeat(30_000);
    check(Kind::Page, deep.as_bytes(), Ok("Total"));
    let hidden = "<div hidden>".repeat(30_000) + "Total";
    check(Kind::Page, hidden.as_bytes(), Err(NoText::Blank));
}

#[test]
fn an_e_mail_names_its_people_its_day_and_what_is_attached() {
    let attached = pdf(&["Total 99.00 EUR"]);
    let mail = samples::mail(&[("invoice.pdf", &attached), ("photo.png", b"\x89PNG\r\n\x1a\n")]);
    check(
        Kind::Mail,
        &mail,
        Ok("From: Rosa Lind <rosa@example.org>\nTo: desk@example.org\nDate: 2026-11-03 14:05 +0100\n\
            Subject: Größe der Lampe\n\nPlease pay 99 EUR.\n\nAttachment: invoice.pdf\nTotal 99.00 EUR\n\n\
            Attachment: photo.png (the document is a picture without text, so it was not read; a person looks at it)"),
    );
    check(
        Kind::Mail,
        b"From: a@example.org\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>Gr\xf6\xdfe<script>x</script>",
        Ok("From: a@example.org\n\nGröße"),
    );
}

#[test]
fn e_mails_inside_e_mails_are_read_once() {
    let wrap = |inner: &str, number: usize| {
        format!(
            "From: a@example.org\r\nSubject: {number}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; \
             boundary=b{number}\r\n\r\n--b{number}\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b{number}--\r\n"
        )
    };
    let mail = (1..=3)
        .fold("From: a@example.org\r\nSubject: 0\r\n\r\nInnermost".to_owned(), |mail, number| wrap(&mail, number));
    let text = text_of(Kind::Mail, mail.as_bytes(), 0).unwrap();
    assert!(text.contains("Subject: 3") && text.contains("Subject: 2"), "{text}");
    assert!(!text.contains("Innermost"), "{text}");
}

#[test]
fn a_pdf_is_read_line_by_line_as_it_looks() {
    check(Kind::Pdf, &pdf(&["Total 12.50", "Second page"]), Ok("Total 12.50\n\nSecond page"));
    // The column of amounts is drawn after the column of labels.
    let columns = "BT /F 12 Tf 1 0 0 1 50 700 Tm (Net) Tj 1 0 0 1 50 680 Tm (Total) Tj \
                   1 0 0 1 200 700 Tm (10.00) Tj 1 0 0 1 200 680 Tm (12.50) Tj ET";
    check(Kind::Pdf, &samples::pdf_drawn(&[columns], ""), Ok("Net 10.00\nTotal 12.50"));
}

#[test]
fn what_a_pdf_cannot_say_is_said() {
    let drawing = "0 0 100 100 re f";
    check(Kind::Pdf, &samples::pdf_drawn(&[drawing, drawing], ""), Err(NoText::Scan { pages: 2 }));
    assert_eq!(
        NoText::Scan { pages: 2 }.to_string(),
        "the PDF has 2 pages but no text layer: it is a scan, so a person reads it"
    );
    let half = samples::pdf_drawn(&["BT /F 12 Tf 50 700 Td (Total) Tj ET", drawing], "");
    check(Kind::Pdf, &half, Ok("Total\n\n(Page 2 has no text layer.)"));
    check(Kind::Pdf, b"%PDF-1.7\nnothing", Err(broken("PDF")));
    let whole = pdf(&["Total"]);
    check(Kind::Pdf, whole.get(..whole.len() / 2).unwrap(), Err(broken("PDF")));
    let sealed = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f6f\
                  6f6f6f6f6f6f6f6f6f6f6f6f6f6f> /U <7575757575757575757575757575757575757575757575757575757575757575> \
                  >> /ID [<61><61>]";
    check(Kind::Pdf, &samples::pdf_drawn(&["BT ET"], sealed), Err(NoText::Encrypted));
}

#[test]
fn a_word_document_is_read_with_its_tables_and_without_what_is_hidden() {
    let body = "<w:p><w:r><w:t>Offer </w:t></w:r><w:r><w:t xml:space=\"preserve\">no. 7 &amp; more</w:t></w:r></w:p>\
                <w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>pay me</w:t></w:r><w:del><w:r><w:delText>old</w:delText>\
                <w:t>older</w:t></w:r></w:del><w:r><w:t>Seen</w:t><w:tab/><w:t>here</w:t></w:r></w:p>\
                <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Total</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>EUR 40.00</w:t>\
                </w:r></w:p></w:tc></w:tr></w:tbl><w:p><w:r><w:t>End&#33;</w:t></w:r></w:p>";
    let header = "<w:hdr xmlns:w=\"w\"><w:p><w:r><w:t>Nord Ltd</w:t></w:r></w:p></w:hdr>";
    check(
        Kind::Word,
        &docx_with(body, &[("word/header1.xml", header.as_bytes())]),
        Ok("Nord Ltd\n\nOffer no. 7 & more\nSeen here\nTotal: EUR 40.00\n\nEnd!"),
    );
    check(Kind::Word, &docx(""), Err(NoText::Blank));
    check(Kind::Word, b"PK\x03\x04word/document.xml", Err(broken("DOCX file")));
}

#[test]
fn entities_of_a_files_own_are_not_followed() {
    let laughs = (1..10).fold("<!ENTITY a0 \"ha\">".to_owned(), |all, number| {
        let before = format!("&a{};", number - 1).repeat(10);
        all + &format!("<!ENTITY a{number} \"{before}\">")
    });
    let xml = format!("<?xml version=\"1.0\"?><!DOCTYPE x [{laughs}]><w:document><w:t>&a9;</w:t></w:document>");
    let file = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", xml.as_bytes())]);
    check(Kind::Word, &file, Err(broken("DOCX file")));
}

#[test]
fn a_workbook_is_read_with_its_days_and_without_hidden_sheets() {
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>Day</t></is></c>\
                <c r=\"C1\" t=\"inlineStr\"><is><t>Amount</t></is></c></row>\
                <row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>Lamp</t></is></c><c r=\"B2\" s=\"1\"><v>46329</v></c>\
                <c r=\"C2\"><f>0.1+0.2</f><v>0.30000000000000004</v></c></row>";
    check(Kind::Sheet, &xlsx(rows, "Hidden words"), Ok("Item: Lamp\nDay: 2026-11-03\nAmount: 0.3"));
    check(Kind::Sheet, &xlsx("", ""), Err(NoText::Blank));
    // A far corner is one cell, and not a million empty ones.
    let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>7</v></c></row>";
    check(Kind::Sheet, &xlsx(far, ""), Ok("7"));
}

#[test]
fn a_file_that_unpacks_without_end_is_left_packed() {
    let zeros = vec![b' '; 8 * 1024 * 1024];
    check(Kind::Word, &zip(&[("word/document.xml", &zeros)]), Err(NoText::Expands));
    check(Kind::Sheet, &zip(&[("xl/workbook.xml", b"<x/>"), ("xl/other.xml", &zeros)]), Err(NoText::Expands));
}
