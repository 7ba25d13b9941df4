//! Every address of the application, in one place. Addresses name resources, never verbs.

/// The tasks that wait for the reader.
pub const INBOX: &str = "/inbox";
/// Where a notice is put away.
pub const INBOX_NOTICES: &str = "/inbox/notices";
/// The cases that the reader opened.
pub const REQUESTS: &str = "/requests";
/// Every case that the reader may see.
pub const CASES: &str = "/cases";
/// The processes.
pub const PROCESSES: &str = "/processes";
/// The people of the organisation, for administrators.
pub const PEOPLE: &str = "/people";
/// Agents and models.
pub const AGENTS: &str = "/agents";
/// Where agents are switched off and on.
pub const AGENTS_SWITCH: &str = "/agents/switch";
/// The page that signs in.
pub const SIGN_IN: &str = "/sign-in";
/// The session: posted to sign in.
pub const SESSION: &str = "/session";
/// The end of the session: posted to sign out.
pub const SESSION_END: &str = "/session/end";
/// Server-sent events: what waits for the reader has changed.
pub const EVENTS: &str = "/events";
/// The person that the demo shows: posted to switch.
pub const DEMO_PERSON: &str = "/demo/person";
/// The end of the demo: posted to keep the installation and remove the samples.
pub const DEMO_END: &str = "/demo/end";

/// The reader's own account.
pub const ACCOUNT: &str = "/account";

/// A task, by its label such as `1042-3`.
#[must_use]
pub fn task(label: &str) -> String {
    format!("/tasks/{label}")
}

/// What is posted to a task: `decisions`, `questions`, `claims`, `releases`, `delegations`.
#[must_use]
pub fn task_part(label: &str, part: &str) -> String {
    format!("/tasks/{label}/{part}")
}

/// A case, by its number.
#[must_use]
pub fn case(number: u64) -> String {
    format!("/cases/{number}")
}

/// The page of a case with what happened before one of its events.
#[must_use]
pub fn case_before(number: u64, before: u64) -> String {
    format!("/cases/{number}?before={before}#timeline")
}

/// What is posted to a case: `edits`, `withdrawal`, `links`.
#[must_use]
pub fn case_part(number: u64, part: &str) -> String {
    format!("/cases/{number}/{part}")
}

/// The resolution of an incident: posted to try again.
#[must_use]
pub fn incident(number: u64, incident: u32) -> String {
    format!("/cases/{number}/incidents/{incident}/resolution")
}

/// A document of a case, as it was handed in.
#[must_use]
pub fn document(number: u64, key: &str) -> String {
    format!("/cases/{number}/documents/{key}")
}

/// A letter of a case as a Word file.
#[must_use]
pub fn letter(number: u64, field: &str) -> String {
    format!("/cases/{number}/letters/{field}.docx")
}

/// The Word file that a template of a draft was read from.
#[must_use]
pub fn word_template(draft: &str, name: &str) -> String {
    let mut path = draft_part(draft, "templates/");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => path.push(char::from(byte)),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path + ".docx"
}

/// A process.
#[must_use]
pub fn process(id: &str) -> String {
    format!("/processes/{id}")
}

/// What belongs to a process: `versions`, `migration`, `rehearsal/end`.
#[must_use]
pub fn process_part(id: &str, part: &str) -> String {
    format!("/processes/{id}/{part}")
}

/// A version of a process.
#[must_use]
pub fn version(process: &str, version: &str) -> String {
    format!("/processes/{process}/versions/{version}")
}

/// The form that opens a case.
#[must_use]
pub fn start(id: &str) -> String {
    format!("/processes/{id}/start")
}

/// The printable step sheet of a process.
#[must_use]
pub fn sheet(id: &str) -> String {
    format!("/processes/{id}/sheet")
}

/// Where processes are described: drafts and the ways to begin one.
pub const STUDIO: &str = "/studio";
/// The processes that a draft can begin with.
pub const TEMPLATES: &str = "/studio/templates";

/// A draft.
#[must_use]
pub fn draft(id: &str) -> String {
    format!("{STUDIO}/{id}")
}

/// A part of a draft: `text`, `presence`, `completions`, `interview`, `prose`, `publish`, `removal`.
#[must_use]
pub fn draft_part(id: &str, part: &str) -> String {
    format!("{STUDIO}/{id}/{part}")
}

/// A step of a draft, by its path such as `1.0.2`.
#[must_use]
pub fn draft_step(id: &str, path: &str) -> String {
    format!("{STUDIO}/{id}/steps/{path}")
}

/// A text that stands beside a draft and waits for a choice.
#[must_use]
pub fn draft_aside(id: &str, number: u64) -> String {
    format!("{STUDIO}/{id}/aside/{number}")
}

/// What is posted to a person: `roles`, `links`, `access`.
#[must_use]
pub fn person_part(id: &str, part: &str) -> String {
    format!("/people/{id}/{part}")
}

/// The page of a one-time sign-in link. Opening it signs nobody in; its form does.
#[must_use]
pub fn sign_in_link(token: &str) -> String {
    format!("/sign-in/{token}")
}

/// The page of somebody outside. Opening it decides nothing and does not use the link up.
#[must_use]
pub fn outside(token: &str) -> String {
    format!("/outside/{token}")
}

/// What is posted to the account: `password`, `absence`, `tokens`.
#[must_use]
pub fn account_part(part: &str) -> String {
    format!("{ACCOUNT}/{part}")
}

/// The revocation of a token, by the digest that it is kept under.
#[must_use]
pub fn token_revocation(token: &str) -> String {
    format!("{ACCOUNT}/tokens/{token}/revocation")
}

/// An address inside a query (RFC 3986, section 2.1).
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.extend(format!("%{byte:02X}").chars()),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn an_address_survives_in_a_query() {
        assert_eq!(encoded("/cases?q=a b&show=all"), "/cases%3Fq%3Da%20b%26show%3Dall");
    }
}
