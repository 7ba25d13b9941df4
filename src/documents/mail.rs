//! E-mails as they were sent (RFC 5322, MIME): who, to whom, when, about what, the text, and what is attached.

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};

use super::{Kind, MAX_TEXT_BYTES, NoText, flow::Flow, kind, page, text_of};

const KIND: &str = "e-mail";
/// The most attachments that are named and read.
const ATTACHMENTS_MAX: usize = 20;
/// The most people who are named in a line.
const PEOPLE_MAX: usize = 100;
/// An e-mail inside an e-mail is read; one that lies deeper is only named.
const DEPTH_MAX: usize = 1;

/// The text of an e-mail with the texts of what is attached.
pub(super) fn text(bytes: &[u8], depth: usize) -> Result<String, NoText> {
    let message = MessageParser::default().parse(bytes).ok_or_else(|| NoText::broken(KIND))?;
    let mut flow = Flow::default();
    head(&message, &mut flow)?;
    flow.gap();
    flow.add(&body(&message)?)?;
    for part in message.attachments().take(ATTACHMENTS_MAX) {
        let name = part.attachment_name().unwrap_or("without a name");
        flow.gap();
        flow.add(&format!("Attachment: {}", name.split_whitespace().collect::<Vec<_>>().join(" ")))?;
        let text = match &part.body {
            // What names an encoding of its own has been decoded already.
            PartType::Html(text) => page::visible(text),
            _ => attached(name, part.contents(), part.is_message(), depth),
        };
        match text {
            Ok(text) => {
                flow.line();
                flow.add(&text)?;
            }
            Err(why) => flow.add(&format!(" ({why})"))?,
        }
    }
    let more = message.attachment_count().saturating_sub(ATTACHMENTS_MAX);
    if more > 0 {
        flow.gap();
        flow.add(&format!("({more} more attachments were not read.)"))?;
    }
    flow.finish()
}

fn head(message: &Message<'_>, flow: &mut Flow) -> Result<(), NoText> {
    let date = message.date().map(|at| {
        let sign = if at.tz_before_gmt { '-' } else { '+' };
        let day = format!("{:04}-{:02}-{:02}", at.year, at.month, at.day);
        format!("{day} {:02}:{:02} {sign}{:02}{:02}", at.hour, at.minute, at.tz_hour, at.tz_minute)
    });
    let lines = [
        ("From", people(message.from())),
        ("To", people(message.to())),
        ("Cc", people(message.cc())),
        ("Date", date.unwrap_or_default()),
        ("Subject", message.subject().unwrap_or_default().to_owned()),
    ];
    for (label, words) in lines {
        if !words.trim().is_empty() {
            flow.add(&format!("{label}: {}", words.split_whitespace().collect::<Vec<_>>().join(" ")))?;
            flow.line();
        }
    }
    Ok(())
}

fn people(address: Option<&Address<'_>>) -> String {
    let named =
        address.into_iter().flat_map(Address::iter).take(PEOPLE_MAX).map(|one| match (one.name(), one.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (name, address) => name.or(address).unwrap_or_default().to_owned(),
        });
    named.collect::<Vec<_>>().join(", ")
}

/// The words of the message: its text, or what its page shows.
fn body(message: &Message<'_>) -> Result<String, NoText> {
    let read = |page_first: bool| -> Result<String, NoText> {
        let ids = if page_first { &message.html_body } else { &message.text_body };
        let mut all = Vec::new();
        for part in ids.iter().filter_map(|id| message.part(*id)) {
            match &part.body {
                PartType::Text(text) => all.push(text.trim().to_owned()),
                PartType::Html(text) => match page::visible(text) {
                    Ok(text) => all.push(text),
                    Err(NoText::Blank) => {}
                    Err(why) => return Err(why),
                },
                _ => {}
            }
        }
        Ok(all.join("\n\n"))
    };
    let text = read(false)?;
    if text.trim().is_empty() { read(true) } else { Ok(text) }
}

fn attached(name: &str, bytes: &[u8], is_message: bool, depth: usize) -> Result<String, NoText> {
    let kind = if is_message { Kind::Mail } else { kind::find(name, bytes).kind? };
    if kind == Kind::Mail && depth >= DEPTH_MAX {
        return Err(NoText::OtherKind);
    }
    let text = text_of(kind, bytes, depth + 1)?;
    if text.len() > MAX_TEXT_BYTES { Err(NoText::TooLong) } else { Ok(text) }
}
