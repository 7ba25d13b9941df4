//! Word files with places: what is read of them, and what comes out when they are filled in.

use std::borrow::Cow;

use super::{
    super::word_template::{WordFault, filled, text},
    samples::{self, WORD_NAMES, letter, paragraph, part},
};

#[track_caller]
fn reads(body: &str, parts: &[(&str, &[u8])], expected: Result<&str, WordFault>) {
    assert_eq!(text(&letter(body, parts)), expected.map(str::to_owned));
}

/// The body that comes out; it must be read again as the text with the words in it.
#[track_caller]
fn fills(body: &str, words: &[&str], expected: &str) -> Vec<u8> {
    let said: Vec<Cow<'_, str>> = words.iter().map(|word| Cow::Borrowed(*word)).collect();
    let file = filled(&letter(body, &[("word/media/logo.png", b"\x89PNG not looked at")]), &said).unwrap();
    let document = part(&file, "word/document.xml");
    let (_, inside) = document.split_once("<w:body>").unwrap();
    assert_eq!(inside.split_once("<w:sectPr/>").unwrap().0, expected);
    let logo = samples::bytes(&file, "word/media/logo.png");
    assert_eq!(logo, b"\x89PNG not looked at", "what has no places is copied");
    file
}

fn t(words: &str) -> String {
    format!("<w:t xml:space=\"preserve\">{words}</w:t>")
}

#[test]
fn a_place_is_found_however_word_has_cut_it() {
    let body = paragraph(&["Dear {", "employee", " name}, hello ", "{{a}} {day}", "{amount}."]);
    reads(&body, &[], Ok("Dear {employee name}, hello {{a}} {day}{amount}."));
    let expected = paragraph(&["Dear Ida", "", ", hello ", "{a} Monday", "40 EUR."]);
    fills(&body, &["Ida", "Monday", "40 EUR"], &expected);
    // What has no place in it stays byte by byte, with its formatting.
    let plain = "<w:p ><w:pPr><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr><w:r><w:rPr><w:b/></w:rPr>\
                 <w:t>Kind&#32;&amp; short</w:t><w:tab/></w:r></w:p>";
    reads(plain, &[], Ok("Kind & short"));
    fills(plain, &[], plain);
}

#[test]
fn words_stay_words_whatever_they_are() {
    let hostile = "</w:t></w:r><w:r><w:instrText>DDEAUTO c:\\x</w:instrText></w:r><w:r><w:t>&quot;]]>{day}\u{fffe}";
    let body = paragraph(&["{a}", " {b}"]);
    let safe = "&lt;/w:t&gt;&lt;/w:r&gt;&lt;w:r&gt;&lt;w:instrText&gt;DDEAUTO c:\\x&lt;/w:instrText&gt;&lt;/w:r&gt;\
                &lt;w:r&gt;&lt;w:t&gt;&amp;quot;]]&gt;{day}";
    let file = fills(&body, &[hostile, "<w:br/>"], &paragraph(&[safe, " &lt;w:br/&gt;"]));
    assert!(!part(&file, "word/document.xml").contains("<w:instrText"));
}

#[test]
fn lines_and_tabs_of_words_are_lines_and_tabs_in_word() {
    let lines = format!("<w:p><w:r>{}<w:br/>{}<w:tab/>{}</w:r></w:p>", t("To North 1"), t("Bonn"), t("DE."));
    fills(&paragraph(&["To {address}."]), &["North 1\nBonn\tDE"], &lines);
    // A place that somebody has broken with a line is one place, and the break goes with it.
    let broken = "<w:p><w:r><w:t>{employee</w:t><w:br/><w:t>name} here</w:t></w:r></w:p>";
    reads(broken, &[], Ok("{employee\nname} here"));
    fills(broken, &["Ida"], &format!("<w:p><w:r>{}{}</w:r></w:p>", t("Ida"), t(" here")));
}

#[test]
fn tables_are_read_in_the_order_of_the_file() {
    let cell = |words: &str| format!("<w:tc>{}</w:tc>", paragraph(&[words]));
    let table = |one: &str, two: &str| format!("<w:tbl><w:tr>{}{}</w:tr></w:tbl>", cell(one), cell(two));
    let body = format!("{}{}{}", paragraph(&["{a}"]), table("Salary", "{b}"), paragraph(&["{c}"]));
    reads(&body, &[], Ok("{a}\nSalary\n{b}\n{c}"));
    let expected = format!("{}{}{}", paragraph(&["1"]), table("Salary", "2"), paragraph(&["3"]));
    fills(&body, &["1", "2", "3"], &expected);
}

#[test]
fn a_text_box_comes_after_its_paragraph_and_counts_once() {
    let within = |words: &str| format!("<w:txbxContent>{}</w:txbxContent>", paragraph(&[words]));
    let boxed = |shown: &str, fallback: &str| {
        format!(
            "<w:p><w:r><w:t>Dear {{na</w:t></w:r><w:r><mc:AlternateContent><mc:Choice>{}</mc:Choice>{fallback}\
             </mc:AlternateContent></w:r><w:r><w:t>me}},</w:t></w:r></w:p>",
            within(shown)
        )
    };
    let fallback = format!("<mc:Fallback><w:pict>{}</w:pict></mc:Fallback>", within("{box}"));
    let body = boxed("{box}", &fallback) + &paragraph(&["{end}"]);
    reads(&body, &[], Ok("Dear {name},\n{box}\n{end}"));
    let expected = boxed("B", "").replace("<w:t>Dear {na</w:t>", &t("Dear Ida")).replace("<w:t>me},</w:t>", &t(","));
    fills(&body, &["Ida", "B", "E"], &(expected + &paragraph(&["E"])));
}

#[test]
fn headers_and_footers_come_after_the_body_by_name() {
    let part_of =
        |tag: &str, words: &str| format!("<w:{tag} {WORD_NAMES}>{}</w:{tag}>", paragraph(&[words])).into_bytes();
    let (one, two) = (part_of("hdr", "Head {two}"), part_of("hdr", " "));
    let (foot, notes) = (part_of("ftr", "{three} Foot"), part_of("footnotes", "{four}"));
    let parts: &[(&str, &[u8])] = &[
        ("word/header1.xml", &one),
        ("word/header2.xml", &two),
        ("word/footer1.xml", &foot),
        ("word/footnotes.xml", &notes),
    ];
    let body = paragraph(&["{one}"]) + &paragraph(&[""]);
    reads(&body, parts, Ok("{one}\n\n\nHead {two}\n\n{three} Foot\n\n{four}"));
    let words = ["1", "2", "3", "4"].map(Cow::Borrowed);
    let file = filled(&letter(&body, parts), &words).unwrap();
    assert!(part(&file, "word/header1.xml").contains(&t("Head 2")));
    assert_eq!(part(&file, "word/header2.xml").into_bytes(), two);
    assert!(part(&file, "word/footer1.xml").contains(&t("3 Foot")));
    assert!(part(&file, "word/footnotes.xml").contains(&t("4")));
    assert_eq!(text(&file).unwrap(), "1\n\n\nHead 2\n\n3 Foot\n\n4");
}

#[test]
fn only_letters_of_the_text_are_places() {
    // Formulas have letters of their own, and what is bound to other data would be overwritten by it.
    let body = |bound: &str, words: &str| {
        format!(
            "<w:p><m:oMath><m:r><m:t>{{x}}</m:t></m:r></m:oMath><w:r><w:instrText>{{y}}</w:instrText></w:r></w:p>\
             <w:sdt><w:sdtPr>{bound}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
            paragraph(&[words])
        )
    };
    let bound = body("<w:dataBinding w:xpath=\"/a\"/>", "{a}");
    reads(&bound, &[], Ok("{a}"));
    fills(&bound, &["1"], &body("", "1"));
}

#[test]
fn nothing_else_than_what_was_read_becomes_the_letter() {
    let body = paragraph(&["{a}"]);
    let listed = |relations: &str| format!("<Relationships>{relations}</Relationships>");
    let check = |place: &str, relation: &str, expected| {
        reads(&body, &[(place, listed(&format!("<Relationship {relation}/>")).as_bytes())], expected);
    };
    let (start, own) = ("_rels/.rels", "word/_rels/document.xml.rels");
    let elsewhere = || Err(WordFault::holds("something that is fetched from elsewhere when it is opened"));
    check(start, "Type=\"o/officeDocument\" Target=\"word/document.xml\"", Ok("{a}"));
    check(start, "Type=\"o/officeDocument\" Target=\"/word/document.xml\"", Ok("{a}"));
    check(start, "Type=\"o/officeDocument\" Target=\"word/other.xml\"", Err(WordFault::Broken));
    check(own, "Type=\"o/header\" Target=\"header1.xml\"", Ok("{a}"));
    check(own, "Type=\"o/header\" Target=\"kopf.xml\"", Err(WordFault::Broken));
    check(own, "Type=\"o/image\" Target=\"http://elsewhere.example/a.png\"", elsewhere());
    check(own, "Type=\"o/image\" Target=\"\\\\elsewhere\\a.png\"", elsewhere());
    let hidden = "x:TargetMode=\"Internal\" Type=\"o/image\" Target=\"a\" TargetMode=\"External\"";
    check(own, hidden, Err(WordFault::Broken));
    let field = |code: &str| format!("{body}<w:p><w:r><w:instrText>{code}</w:instrText></w:r></w:p>");
    let fetches = || Err(WordFault::holds("a field that fetches something from elsewhere"));
    reads(&field(" HYPERLINK &quot;https://ours.example&quot; "), &[], Ok("{a}"));
    reads(&field(" PAGE "), &[], Ok("{a}"));
    for code in ["DDEAUTO c:\\a", " includepicture \"http://a\" ", "LINK Excel", "&#68;DE", "<![CDATA[DDE]]>"] {
        reads(&field(code), &[], fetches());
    }
    let parted = "<w:p><w:r><w:instrText>INCLUDE</w:instrText></w:r><w:r><w:instrText>TEXT a</w:instrText></w:r></w:p>";
    reads(&format!("{body}{parted}"), &[], fetches());
    reads(&format!("{body}<w:p><w:fldSimple w:instr=\"DDE a\"/></w:p>"), &[], fetches());
    let picture = format!("{body}<w:p><w:r><a:blip r:link=\"r5\"/></w:r></w:p>");
    reads(&picture, &[], Err(WordFault::holds("a picture that lies elsewhere")));
}

#[test]
fn what_does_not_belong_in_a_letter_is_refused() {
    let body = paragraph(&["{a}"]);
    let holds = |what: &str| Err(WordFault::holds(what));
    reads(&body, &[("word/vbaProject.bin", b"x")], holds("macros"));
    reads("<w:p><w:ins><w:r><w:t>{a}</w:t></w:r></w:ins></w:p>", &[], holds("tracked changes"));
    let relation = |kind: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
             Id=\"r9\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" \
             Target=\"https://elsewhere.example/a\" TargetMode=\"External\"/></Relationships>"
        )
    };
    let with = |kind: &str, expected| {
        reads(&body, &[("word/_rels/settings.xml.rels", relation(kind).as_bytes())], expected);
    };
    with("attachedTemplate", holds("something that is fetched from elsewhere when it is opened"));
    with("image", holds("something that is fetched from elsewhere when it is opened"));
    with("hyperlink", Ok("{a}"));
    with("im&#97;ge", Err(WordFault::Broken));
    let wide: Vec<u8> = relation("image").encode_utf16().flat_map(u16::to_le_bytes).collect();
    reads(&body, &[("word/_rels/settings.xml.rels", &wide)], Err(WordFault::Broken));
    let loud = relation("image");
    reads(
        &body,
        &[("word/_rels/settings.xml.RELS", loud.as_bytes())],
        holds(
            "something that is fetched from elsewhere \
        when it is opened",
        ),
    );
    reads(&body, &[("word/Document.xml", b"<x/>")], Err(WordFault::Broken));
    reads("", &[], Err(WordFault::Blank));
    reads("<w:p><w:r><w:t>&own;</w:t></w:r></w:p>", &[], Err(WordFault::Broken));
    reads("<w:p><w:r><w:t>{a}</w:t></w:r>", &[], Err(WordFault::Broken));
    assert_eq!(text(b"plain words"), Err(WordFault::NotWord));
    assert_eq!(text(&samples::xlsx("", "")), Err(WordFault::NotWord));
    assert_eq!(text(b"PK\x03\x04word/document.xml"), Err(WordFault::Broken));
    assert_eq!(text(&[letter(&body, &[]), vec![0; 256 * 1024]].concat()), Err(WordFault::TooLarge));
    let spaces = vec![b' '; 8 * 1024 * 1024];
    reads(&body, &[("word/large.xml", &spaces)], Err(WordFault::Expands));
    let few = filled(&letter(&body, &[]), &[]);
    assert_eq!(few, Err(WordFault::Differs { words: 0, places: 1 }));
}
