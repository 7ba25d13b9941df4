//! Verbs that tell of work, and their forms. English only.

/// Verbs of work in offices, shops and services.
#[rustfmt::skip]
const VERBS: &[&str] = &[
    "accept", "acknowledge", "acquire", "activate", "add", "adjust", "agree", "allocate", "amend", "analyse",
    "analyze", "announce", "answer", "apply", "appoint", "approve", "archive", "arrange", "ask", "assemble", "assess",
    "assign", "attach", "authorise", "authorize", "award", "begin", "bill", "block", "book", "bring", "buy",
    "calculate", "call", "cancel", "carry", "change", "charge", "check", "choose", "claim", "clarify", "classify",
    "clear", "close", "collect", "communicate", "compare", "compile", "complete", "conduct", "confirm", "consider",
    "consult", "contact", "copy", "correct", "create", "deactivate", "decide", "declare", "decline", "deduct",
    "define", "delegate", "delete", "deliver", "deny", "describe", "design", "determine", "develop", "discard",
    "discuss", "dispatch", "dispose", "distribute", "document", "download", "draft", "draw", "edit", "email",
    "enter", "escalate", "establish", "estimate", "evaluate", "examine", "execute", "explain", "export", "extend",
    "file", "fill", "find", "finish", "fix", "forward", "gather", "generate", "give", "grant", "handle", "hand",
    "hire", "hold", "identify", "import", "inform", "initiate", "inspect", "install", "interview", "invite",
    "invoice", "issue", "keep", "label", "launch", "link", "list", "load", "lock", "log", "look", "make", "mark",
    "measure", "meet", "monitor", "move", "negotiate", "note", "notify", "obtain", "offer", "open", "order",
    "organise", "organize", "pack", "pass", "pay", "perform", "pick", "place", "plan", "post", "prepare", "present",
    "print", "process", "procure", "produce", "propose", "provide", "publish", "purchase", "put", "quote", "read",
    "receive", "recommend", "record", "refund", "refuse", "register", "reject", "release", "remind", "remove",
    "renew", "repair", "repeat", "replace", "reply", "report", "request", "reserve", "reset", "resolve", "respond",
    "retrieve", "return", "review", "revise", "save", "scan", "schedule", "search", "select", "sell", "send", "set",
    "settle", "share", "ship", "show", "sign", "sort", "stamp", "start", "stop", "store", "submit", "take", "tell",
    "terminate", "test", "train", "transfer", "transmit", "treat", "type", "update", "upload", "use", "validate",
    "verify", "wait", "withdraw", "write",
];
/// Past forms that no rule gives.
const IRREGULAR: &[(&str, &str)] = &[
    ("begun", "begin"),
    ("began", "begin"),
    ("bought", "buy"),
    ("brought", "bring"),
    ("chosen", "choose"),
    ("chose", "choose"),
    ("drawn", "draw"),
    ("drew", "draw"),
    ("found", "find"),
    ("gave", "give"),
    ("given", "give"),
    ("held", "hold"),
    ("kept", "keep"),
    ("made", "make"),
    ("met", "meet"),
    ("paid", "pay"),
    ("put", "put"),
    ("read", "read"),
    ("sent", "send"),
    ("set", "set"),
    ("shown", "show"),
    ("sold", "sell"),
    ("taken", "take"),
    ("took", "take"),
    ("told", "tell"),
    ("withdrawn", "withdraw"),
    ("written", "write"),
    ("wrote", "write"),
];

/// The form of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `check`.
    Base,
    /// `checks`.
    Third,
    /// `checked`.
    Past,
}

/// The forms of a verb of work that a word can be, with the verb.
pub(crate) fn forms(word: &str) -> Vec<(Form, &'static str)> {
    let word = word.to_lowercase();
    let mut found = Vec::new();
    let mut try_base = |form: Form, base: &str| {
        if let Some(verb) = VERBS.iter().find(|verb| **verb == base) {
            found.push((form, *verb));
        }
    };
    try_base(Form::Base, &word);
    if let Some(stem) = word.strip_suffix('s') {
        try_base(Form::Third, stem);
    }
    if let Some(stem) = word.strip_suffix("es") {
        try_base(Form::Third, stem);
    }
    if let Some(stem) = word.strip_suffix("ies") {
        try_base(Form::Third, &format!("{stem}y"));
    }
    if let Some(stem) = word.strip_suffix("ed") {
        try_base(Form::Past, stem);
        try_base(Form::Past, &format!("{stem}e"));
        if let Some(stem) = stem.strip_suffix('i') {
            try_base(Form::Past, &format!("{stem}y"));
        }
        let mut last = stem.chars().rev();
        if last.next().is_some_and(|c| Some(c) == last.next()) {
            try_base(Form::Past, &stem[..stem.len() - 1]);
        }
    }
    if let Some((_, base)) = IRREGULAR.iter().find(|(form, _)| *form == word) {
        try_base(Form::Past, base);
    }
    found
}

/// A word without its endings, for comparing: `orders`, `ordered` and `ordering` are alike.
#[must_use]
pub fn stem(word: &str) -> String {
    let lower = word.to_lowercase();
    if let Some((_, verb)) = forms(&lower).first() {
        return stem_of(verb);
    }
    stem_of(&lower)
}

fn stem_of(word: &str) -> String {
    let mut stem = word;
    for ending in ["ing", "ies", "ied", "ed", "es", "s", "e", "y"] {
        if let Some(shorter) = stem.strip_suffix(ending).filter(|shorter| shorter.len() >= 3) {
            stem = shorter;
            break;
        }
    }
    String::from(stem)
}
