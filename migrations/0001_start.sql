-- The first schema. Both databases read this text: identifiers and JSON are text, instants are
-- bigint milliseconds since 1970-01-01T00:00:00Z, and bytes are bytea. SQLite knows no type of that
-- name and gives such a column numeric affinity, which leaves a blob as it is.

create table settings (
    key text primary key,
    value text not null
);

-- Numbers that only ever go up, such as the short case number.
create table counters (
    name text primary key,
    value bigint not null
);

-- Immutable pieces that events were decided with: definition, directory, calendar.
create table snapshots (
    hash text primary key,
    kind text not null,
    body text not null
);

create table processes (
    id text primary key,
    title text not null,
    current_version text not null
);

create table versions (
    hash text primary key,
    process text not null references processes (id),
    text text not null,
    examples text not null,
    definition text not null,
    compiler_revision bigint not null,
    published_at bigint not null,
    published_by text not null
);
create index versions_by_process on versions (process, published_at);

create table cases (
    id text primary key,
    number bigint not null unique,
    process text not null,
    version text not null,
    state text not null,
    state_hash text not null,
    seq bigint not null,
    wake_at bigint,
    status text not null,
    closing text,
    success boolean,
    requester text not null,
    stage text,
    subject text not null,
    waiting_for text not null,
    waiting_since bigint,
    due_at bigint,
    stuck boolean not null,
    opened_at bigint not null,
    closed_at bigint,
    updated_at bigint not null
);
create index cases_to_wake on cases (wake_at) where wake_at is not null;
create index cases_by_requester on cases (requester, updated_at);
create index cases_by_process on cases (process, status, updated_at);
create index cases_by_status on cases (status, due_at);
create index cases_by_change on cases (updated_at);

-- The log. A row is never changed and never deleted alone: each hash covers the one before it.
create table events (
    case_id text not null references cases (id),
    seq bigint not null,
    at bigint not null,
    kind text not null,
    actor text not null,
    header text not null,
    payload_hash text not null,
    state_hash text not null,
    prev_hash text not null,
    hash text not null,
    dedup text not null,
    primary key (case_id, seq),
    unique (case_id, dedup)
);

-- What may hold personal data lies apart, so that it can be erased while the chain stays whole.
create table payloads (
    case_id text not null,
    seq bigint not null,
    salt text not null,
    body text,
    erased_at bigint,
    primary key (case_id, seq)
);

create table tasks (
    case_id text not null references cases (id),
    number bigint not null,
    process text not null,
    title text not null,
    ask text not null,
    who text not null,
    role text,
    assignee text,
    opened_at bigint not null,
    due_at bigint not null,
    label text not null,
    subject text not null,
    primary key (case_id, number)
);
create index tasks_by_assignee on tasks (assignee, due_at);
create index tasks_by_due on tasks (due_at);

create table task_people (
    case_id text not null,
    number bigint not null,
    person text not null,
    primary key (person, case_id, number),
    foreign key (case_id, number) references tasks (case_id, number) on delete cascade
);
create index task_people_by_task on task_people (case_id, number);

create table effects (
    key text primary key,
    case_id text not null references cases (id),
    kind text not null,
    command text not null,
    at_most_once boolean not null,
    state text not null,
    attempts bigint not null,
    next_at bigint not null,
    lease_until bigint,
    last_error text,
    created_at bigint not null
);
create index effects_to_carry_out on effects (state, next_at);
create index effects_by_case on effects (case_id);

create table people (
    id text primary key,
    name text not null,
    email text not null,
    roles text not null,
    manager text,
    absences text not null,
    disabled boolean not null,
    sample boolean not null
);
create index people_by_email on people (email);

create table credentials (
    person text primary key references people (id),
    hash text not null,
    changed_at bigint not null
);

-- Of a secret that somebody carries, only its hash is kept.
create table sessions (
    token_hash text primary key,
    person text not null references people (id),
    csrf text not null,
    created_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_person on sessions (person);

create table links (
    token_hash text primary key,
    purpose text not null,
    person text,
    case_id text,
    party text,
    task bigint,
    created_at bigint not null,
    expires_at bigint not null,
    used_at bigint
);
create index links_by_case on links (case_id);

create table tokens (
    token_hash text primary key,
    person text not null references people (id),
    name text not null,
    created_at bigint not null,
    last_used_at bigint,
    revoked_at bigint
);
create index tokens_by_person on tokens (person);

-- What was changed outside a case: people, roles, settings, erasures.
create table records (
    id text primary key,
    at bigint not null,
    actor text not null,
    what text not null,
    detail text not null
);
create index records_by_time on records (at);

create table blobs (
    hash text primary key,
    media_type text not null,
    size bigint not null,
    bytes bytea not null,
    put_at bigint not null
);

create table texts (
    hash text primary key,
    text text not null,
    put_at bigint not null
);

-- Which documents and texts a case names; whatever stands here is kept.
create table case_documents (
    case_id text not null references cases (id),
    hash text not null,
    primary key (case_id, hash)
);
create index case_documents_by_hash on case_documents (hash);

create table decision_records (
    case_id text not null references cases (id),
    seq bigint not null,
    key text not null,
    at bigint not null,
    step text not null,
    engine text not null,
    prompt text,
    input text not null,
    proposal text,
    facts text,
    verdict text,
    primary key (case_id, seq)
);
create index decision_records_by_time on decision_records (at);

-- The raw words that went to an engine and came back; erased apart from the record.
create table decision_texts (
    case_id text not null,
    seq bigint not null,
    request text,
    response text,
    erased_at bigint,
    primary key (case_id, seq)
);

create table practice_calls (
    key text primary key,
    system text not null,
    operation text not null,
    payload text not null,
    first_at bigint not null,
    times bigint not null
);
create index practice_calls_by_time on practice_calls (first_at);

create table mails (
    key text primary key,
    case_id text,
    to_name text not null,
    to_address text not null,
    text text not null,
    at bigint not null
);
create index mails_by_time on mails (at);

create table notifications (
    key text not null,
    person text not null,
    case_id text not null,
    task bigint not null,
    notice text not null,
    at bigint not null,
    seen_at bigint,
    primary key (person, key)
);
create index notifications_by_case on notifications (case_id);
