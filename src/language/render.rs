//! A definition back to process text. What holds by default is not written.

use countersign_core::{
    definition::{
        AgentStep, AgentWork, Branch, DayOrder, Definition, Field, FieldKind, FieldSource, HumanStep, HumanVerb,
        MessageStep, MessageText, Path, Prohibition, Signer, Step, SystemStep, WaitUntil, Who,
    },
    time::Span,
    value::FieldName,
};

use super::{
    clause::{is_inside, join},
    defaults,
    guard_words::guard_words,
    lexer::quoted,
    names::{same, written},
    shapes,
};

/// Writes a definition as process text. `compile` of the text, with the same examples, gives it back.
#[must_use]
pub fn render(definition: &Definition) -> String {
    let mut out = format!("# {}\n\n", definition.title);
    people(definition, &mut out);
    settings(definition, &mut out);
    out.push('\n');
    data(definition, &mut out);
    for (index, stage) in definition.stages.iter().enumerate() {
        out.push_str(&format!("\nStage {}:\n", written(&stage.name)));
        let mut writer = Writer { definition, out: &mut out, indent: 0 };
        writer.block(&stage.steps, &Path(vec![u16::try_from(index).unwrap_or(u16::MAX)]));
    }
    out.push('\n');
    rules(definition, &mut out);
    out
}

/// A length of time as people write it, such as `2 working days`.
#[must_use]
pub fn span(span: Span) -> String {
    let (count, unit) = unit(span);
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// How a text calls somebody, with the article: `the finance lead`.
#[must_use]
pub fn who(definition: &Definition, who: &Who) -> String {
    match who {
        Who::Requester => format!("the {}", written(&definition.starter)),
        Who::ManagerOfRequester => format!("the manager of the {}", written(&definition.starter)),
        Who::Approver => String::from("the approver"),
        Who::Role { role } => format!("the {}", written(role)),
        Who::Party { party } => format!("the {}", written(party)),
    }
}

const fn unit(span: Span) -> (u32, &'static str) {
    match span {
        Span::Minutes(count) => (count, "minute"),
        Span::Hours(count) => (count, "hour"),
        Span::Days(count) => (count, "day"),
        Span::WorkingDays(count) => (count, "working day"),
    }
}

fn every(each: Span) -> String {
    let (count, unit) = unit(each);
    if count == 1 { String::from(unit) } else { span(each) }
}

/// A sentence with its capital and its full stop.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if words.ends_with(':') { "" } else { "." };
    format!("{first}{}{end}", characters.as_str())
}

fn thing(text: &str) -> String {
    if shapes::is_plain_thing(text) { String::from(text) } else { quoted(text) }
}

/// The words for a field, with the article: `the total on the receipt`.
pub(super) fn field_words(definition: &Definition, name: &str) -> String {
    let Some(field) = definition.field(name) else { return format!("the {}", written(name)) };
    match &field.source {
        FieldSource::Document { document } => {
            let document = definition.field(document).map_or(document.as_str(), |field| field.label.as_str());
            format!("the {} on the {}", written(inner_label(field, document)), written(document))
        }
        FieldSource::Form { .. } | FieldSource::Agent => format!("the {}", written(&field.label)),
    }
}

fn inner_label<'a>(field: &'a Field, document: &str) -> &'a str {
    field.label.strip_suffix(&format!(" on the {document}")).unwrap_or(&field.label)
}

fn fields_words(definition: &Definition, fields: &[FieldName]) -> String {
    let all: Vec<String> = fields.iter().map(|field| field_words(definition, field)).collect();
    join(&all, "and")
}

/// The labels in a row, as a subject is made of them.
fn labels(definition: &Definition, fields: &[FieldName]) -> String {
    let label = |name: &FieldName| definition.field(name).map_or_else(|| name.clone(), |field| field.label.clone());
    let all: Vec<String> = fields.iter().map(|name| format!("the {}", label(name))).collect();
    join(&all, "and")
}

/// The type of a field in parentheses.
fn kind(kind: &FieldKind, optional: bool) -> String {
    let words = match kind {
        FieldKind::Choice { options } => {
            let plain = |option: &String| {
                let special = ["optional", "yes", "no"].iter().any(|word| same(word, option));
                if special { quoted(option) } else { written(option) }
            };
            join(&options.iter().map(plain).collect::<Vec<_>>(), "or")
        }
        other => String::from(super::names::kind_word(other)),
    };
    if optional { format!("({words}, optional)") } else { format!("({words})") }
}

fn people(definition: &Definition, out: &mut String) {
    let starter = written(&definition.starter);
    let vowel = starter.trim_start_matches('"').starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    let article = if vowel { "An" } else { "A" };
    out.push_str(&format!("{article} {starter} can start this process.\n"));
    out.push_str(&format!("The {} is accountable for this process.\n", written(&definition.accountable)));
    let roles: Vec<String> = super::check::roles(definition)
        .into_iter()
        .filter(|role| !same(role, &definition.accountable))
        .map(|role| written(&role))
        .collect();
    match roles.as_slice() {
        [] => {}
        [role] => out.push_str(&format!("The {role} is a role.\n")),
        several => out.push_str(&format!("The roles are {}.\n", join(several, "and"))),
    }
}

fn settings(definition: &Definition, out: &mut String) {
    for closing in &definition.successes {
        out.push_str(&format!("Closing as {} is a success.\n", written(closing)));
    }
    if let Some(place) = &definition.stalls_at {
        out.push_str(&format!("It usually stalls at {}.\n", thing(place)));
    }
    match definition.reading.day_order {
        Some(DayOrder::DayFirst) => out.push_str("Dates in documents are written day first.\n"),
        Some(DayOrder::MonthFirst) => out.push_str("Dates in documents are written month first.\n"),
        None => {}
    }
    if let Some(currency) = &definition.reading.currency {
        out.push_str(&format!("Amounts without a currency are in {currency}.\n"));
    }
}

fn data(definition: &Definition, out: &mut String) {
    let mut forms: Vec<(&str, bool, Vec<String>)> = Vec::new();
    for field in &definition.fields {
        let FieldSource::Form { form, start } = &field.source else { continue };
        let ask = format!("the {} {}", written(&field.label), kind(&field.kind, !field.required));
        match forms.last_mut().filter(|(last, ..)| last == form) {
            Some((_, _, asks)) => asks.push(ask),
            None => forms.push((form, *start, vec![ask])),
        }
    }
    for (form, _, asks) in &forms {
        out.push_str(&format!("The {} asks for {}.\n", written(form), join(asks, "and")));
    }
    if let Some((form, ..)) = forms.iter().skip(1).find(|(_, start, _)| *start) {
        out.push_str(&format!("The {} opens the case.\n", written(form)));
    }
    for party in &definition.parties {
        let address = field_words(definition, &party.email);
        out.push_str(&format!("The {} is outside; their address is {address}.\n", written(&party.name)));
    }
    for visibility in &definition.visibility {
        let readers: Vec<String> = visibility.readers.iter().map(|reader| who(definition, reader)).collect();
        let field = field_words(definition, &visibility.field);
        out.push_str(&format!("Only {} may see {field}.\n", join(&readers, "and")));
    }
}

fn rules(definition: &Definition, out: &mut String) {
    if let Some(withdrawal) = &definition.withdrawal {
        let when = match &withdrawal.before_stage {
            Some(stage) => format!("before the {}", written(stage)),
            None => String::from("at any time"),
        };
        let requester = who(definition, &Who::Requester);
        let closing = written(&withdrawal.closing);
        out.push_str(&format!("If {requester} withdraws {when}, close the case as {closing}.\n"));
    }
    for prohibition in &definition.prohibitions {
        match prohibition {
            Prohibition::AgentApproves { subject } => {
                out.push_str(&format!("An agent must never approve {}.\n", thing(subject)));
            }
            Prohibition::ApproverIs { who: person } => {
                out.push_str(&format!("The approver must never be {}.\n", who(definition, person)));
            }
        }
    }
    for note in &definition.notes {
        out.push_str(&format!("Note: {note}.\n"));
    }
}

/// Writes blocks of steps as bullets.
struct Writer<'a> {
    definition: &'a Definition,
    out: &'a mut String,
    indent: usize,
}

impl Writer<'_> {
    fn line(&mut self, words: &str) {
        let indent = "  ".repeat(self.indent);
        self.out.push_str(&format!("{indent}- {}\n", sentence(words)));
    }

    fn inner(&mut self, steps: &[Step], path: &Path) {
        self.indent += 1;
        self.block(steps, path);
        self.indent -= 1;
    }

    fn block(&mut self, steps: &[Step], parent: &Path) {
        for (index, step) in steps.iter().enumerate() {
            let path = parent.child(u16::try_from(index).unwrap_or(u16::MAX));
            self.step(step, &path);
            // Without these words it would not be clear what a later "Otherwise" belongs to.
            if let (Step::Choice { otherwise, .. }, Some(Step::Choice { .. })) = (step, steps.get(index + 1))
                && otherwise.is_empty()
            {
                self.line("otherwise, go on");
            }
        }
    }

    fn step(&mut self, step: &Step, path: &Path) {
        match step {
            Step::Choice { branches, otherwise } => self.choice(branches, otherwise, path),
            Step::Parallel { tracks } => {
                self.line("at the same time:");
                self.indent += 1;
                for (index, track) in tracks.iter().enumerate() {
                    self.line(&format!("track {}:", written(&track.name)));
                    self.inner(&track.steps, &path.child(u16::try_from(index).unwrap_or(u16::MAX)));
                }
                self.indent -= 1;
            }
            Step::Human(human) => {
                self.line(&self.clause(step, path));
                self.about(human, path);
            }
            _ => {
                self.line(&self.clause(step, path));
                for more in self.more(step) {
                    self.line(&more);
                }
            }
        }
    }

    fn choice(&mut self, branches: &[Branch], otherwise: &[Step], path: &Path) {
        for (index, branch) in branches.iter().enumerate() {
            let inner = path.child(u16::try_from(index).unwrap_or(u16::MAX));
            let start = if index == 0 { "if" } else { "otherwise, if" };
            let head = format!("{start} {}", guard_words(self.definition, &branch.guard));
            self.branch(&head, &branch.steps, &inner);
        }
        if !otherwise.is_empty() {
            let inner = path.child(u16::try_from(branches.len()).unwrap_or(u16::MAX));
            self.branch("otherwise", otherwise, &inner);
        }
    }

    /// One branch: on one line when it is one plain step, else as bullets below.
    fn branch(&mut self, head: &str, steps: &[Step], path: &Path) {
        match steps {
            [] => self.line(&format!("{head}, go on")),
            [one] if self.is_plain(one) => {
                let clause = self.clause(one, &path.child(0));
                self.line(&format!("{head}, {clause}"));
            }
            several => {
                self.line(&format!("{head}:"));
                self.inner(several, path);
            }
        }
    }

    fn is_plain(&self, step: &Step) -> bool {
        match step {
            Step::Choice { .. } | Step::Parallel { .. } => false,
            Step::Human(human) => human.on_rejected.is_empty() && self.people_more(human).is_empty(),
            other => self.more(other).is_empty(),
        }
    }

    /// The sentences behind a step of a person.
    fn about(&mut self, human: &HumanStep, path: &Path) {
        for more in self.people_more(human) {
            self.line(&more);
        }
        if !human.on_rejected.is_empty() {
            let decider = self.decider(human);
            self.branch(&format!("if {decider} rejects {}", thing(&human.subject)), &human.on_rejected, &path.child(0));
        }
    }

    fn decider(&self, human: &HumanStep) -> String {
        let person = if human.verb == HumanVerb::Approve { &Who::Approver } else { &human.who };
        who(self.definition, person)
    }

    fn people_more(&self, human: &HumanStep) -> Vec<String> {
        let mut more = Vec::new();
        let decider = self.decider(human);
        match human.remind_every {
            Some(each) if each == defaults::REMIND => {}
            Some(each) => more.push(format!("remind {decider} every {}", every(each))),
            None => more.push(String::from("there is no reminder")),
        }
        if human.escalations == defaults::escalations(&human.who, human.due, &self.definition.accountable) {
            return more;
        }
        if human.escalations.is_empty() {
            more.push(String::from("there is no escalation"));
        }
        for escalation in &human.escalations {
            let (after, to) = (span(escalation.after), who(self.definition, &escalation.to));
            more.push(format!("if {decider} does not decide within {after}, escalate to {to}"));
        }
        more
    }

    /// The sentences behind a step that is not a person's.
    fn more(&self, step: &Step) -> Vec<String> {
        let accountable = Who::Role { role: self.definition.accountable.clone() };
        match step {
            Step::Agent(AgentStep { on_unsure, due, .. }) if *on_unsure != accountable || *due != defaults::DUE => {
                let within = within(*due);
                vec![format!("if the agent is not sure, {} decides{within}", who(self.definition, on_unsure))]
            }
            Step::System(call) if call.on_failure != accountable || call.answer_within != defaults::ANSWER => {
                let (system, answer) = (system(&call.system), span(call.answer_within));
                let to = who(self.definition, &call.on_failure);
                vec![format!("if {system} fails or does not answer within {answer}, hand over to {to}")]
            }
            _ => Vec::new(),
        }
    }

    /// A step as the middle of a sentence.
    fn clause(&self, step: &Step, path: &Path) -> String {
        match step {
            Step::Agent(agent) => self.agent(agent, path),
            Step::Check(check) => format!("check that {}", check.words),
            Step::Human(human) => self.human(human, path),
            Step::System(call) => self.call(call, path),
            Step::Message(message) => self.message(message),
            Step::Wait { until: WaitUntil::Passed { span: time } } => format!("wait {}", span(*time)),
            Step::Wait { until: WaitUntil::Message { name, within, otherwise } } => format!(
                "wait for the {} message within {}, otherwise hand over to {}",
                quoted(name),
                span(*within),
                who(self.definition, otherwise)
            ),
            Step::Return { stage, at_most, then } => {
                let times = match at_most {
                    1 => String::from(" at most once"),
                    &times if times == defaults::RETURNS => String::new(),
                    times => format!(" at most {times} times"),
                };
                let accountable = Who::Role { role: self.definition.accountable.clone() };
                let then = if *then == accountable {
                    String::new()
                } else {
                    format!(", then hand over to {}", who(self.definition, then))
                };
                format!("return to {}{times}{then}", written(stage))
            }
            Step::End { closing } => format!("close the case as {}", written(closing)),
            Step::Choice { .. } | Step::Parallel { .. } => String::new(),
        }
    }

    fn agent(&self, agent: &AgentStep, path: &Path) -> String {
        match &agent.work {
            AgentWork::Extract { document, fields } => {
                let label = self.definition.field(document).map_or(document.as_str(), |field| field.label.as_str());
                let asks: Vec<String> = fields.iter().map(|name| self.ask(name, label)).collect();
                format!("read {} from the {}", join(&asks, "and"), written(label))
            }
            AgentWork::Classify { field, subject } => {
                let Some(known) = self.definition.field(field) else { return String::new() };
                let options = if let FieldKind::Choice { options } = &known.kind { options.as_slice() } else { &[] };
                let labels: Vec<String> = options.iter().map(|option| written(option)).collect();
                let open = *subject == defaults::subject(self.definition, path) && self.definition.field("case").is_none();
                let by = if open { String::new() } else { format!(" by {}", fields_words(self.definition, subject)) };
                format!("classify the case{by} as {} into {}", join(&labels, "or"), field_words(self.definition, field))
            }
            AgentWork::Prepare { reader } => format!("prepare a summary for {}", who(self.definition, reader)),
        }
    }

    /// A field that is read, with its type unless a form asks for a field of that name and type.
    fn ask(&self, name: &str, document: &str) -> String {
        let Some(field) = self.definition.field(name) else { return String::from(name) };
        let label = inner_label(field, document);
        let like = self.definition.field(&super::meaning::field_name(label));
        let known = like.is_some_and(|like| like.kind == field.kind && matches!(like.source, FieldSource::Form { .. }));
        let kind = if known { String::new() } else { format!(" {}", kind(&field.kind, false)) };
        format!("the {}{kind}", written(label))
    }

    fn human(&self, human: &HumanStep, path: &Path) -> String {
        let within = within(human.due);
        let person = who(self.definition, &human.who);
        let fields = || fields_words(self.definition, &human.fields);
        match human.verb {
            HumanVerb::Approve | HumanVerb::Review => {
                let verb = if human.verb == HumanVerb::Approve { "approve" } else { "review" };
                let (people, verb) = if human.seats == 1 {
                    (person, format!("{verb}s"))
                } else {
                    (format!("{} of {} holders of {person} role", human.needed, human.seats), String::from(verb))
                };
                let seeing = if human.fields == defaults::shown(self.definition, path) {
                    String::new()
                } else if human.fields.is_empty() {
                    String::from(", seeing no fields,")
                } else {
                    format!(", seeing {},", fields())
                };
                let words = format!("{people} {verb} {}{seeing}{within}", thing(&human.subject));
                String::from(words.trim_end_matches(','))
            }
            HumanVerb::Provide => {
                let form = self.form(human);
                let what = match form {
                    Some(form) => format!("fills in the {}", written(form)),
                    None if human.subject == labels(self.definition, &human.fields) => format!("hands in {}", fields()),
                    None => format!("hands in {} as {}", fields(), quoted(&human.subject)),
                };
                format!("{person} {what}{within}")
            }
            HumanVerb::Do if human.fields.is_empty() => format!("{person} does {}{within}", quoted(&human.subject)),
            HumanVerb::Do if human.subject == labels(self.definition, &human.fields) => {
                format!("{person} writes {}{within}", fields())
            }
            HumanVerb::Do => {
                format!("{person} does {} and writes {}{within}", quoted(&human.subject), fields())
            }
        }
    }

    /// The form that is handed in, when the step is about a whole form and calls it so.
    fn form(&self, human: &HumanStep) -> Option<&str> {
        let first = human.fields.first().and_then(|name| self.definition.field(name))?;
        let FieldSource::Form { form, .. } = &first.source else { return None };
        let all = self.definition.fields.iter().filter(
            |field| matches!(&field.source, FieldSource::Form { form: from, .. } if from == form),
        );
        let whole = all.map(|field| &field.name).eq(human.fields.iter());
        (whole && human.subject == format!("the {form}")).then_some(form)
    }

    fn call(&self, call: &SystemStep, path: &Path) -> String {
        let operation = if shapes::is_plain_operation(&call.operation) {
            call.operation.clone()
        } else {
            quoted(&call.operation)
        };
        let with = if call.payload == defaults::payload(self.definition, path) {
            String::new()
        } else if call.payload.is_empty() {
            String::from(" with no fields")
        } else {
            format!(" with {}", fields_words(self.definition, &call.payload))
        };
        let once = if call.at_most_once { ", at most once" } else { "" };
        let signed = match &call.signer {
            Signer::Approver => String::from(", signed by the approver"),
            Signer::Role { role } => format!(", signed by the {}", written(role)),
            Signer::Nobody => String::from("; nobody signs this call"),
        };
        format!("{operation} in {}{with}{once}{signed}", system(&call.system))
    }

    fn message(&self, message: &MessageStep) -> String {
        let text = match &message.text {
            MessageText::Template { template } => format!("that {}", quoted(template)),
            MessageText::Reason => String::from("the reason"),
        };
        let signed = match &message.signer {
            Signer::Approver => String::from(", signed by the approver"),
            Signer::Role { role } => format!(", signed by the {}", written(role)),
            Signer::Nobody if is_inside(&message.to) => String::new(),
            Signer::Nobody => String::from("; nobody signs this message"),
        };
        format!("tell {} {text}{signed}", who(self.definition, &message.to))
    }
}

fn within(due: Span) -> String {
    if due == defaults::DUE { String::new() } else { format!(" within {}", span(due)) }
}

/// A system with its article; in quotation marks unless its name says that it is a system.
fn system(name: &str) -> String {
    let says_so = name.rsplit(' ').next().is_some_and(|last| same(last, "system"));
    if says_so { format!("the {}", written(name)) } else { format!("the {}", quoted(name)) }
}
