-- A label belongs to one answer of an agent and is kept once for it: a decision may settle several of them, and another
-- version of the agent may be asked the same again. The key names the question: case, step and visit, or the row of an
-- import. `matter` is what is decided, the field or the step, wherever the text says it.
create table labels (
    process text not null,
    step text not null,
    engine text not null,
    prompt text not null,
    key text not null,
    matter text not null,
    case_id text not null,
    seq bigint not null,
    origin text not null,
    score bigint not null,
    correct boolean not null,
    audit boolean not null,
    at bigint not null,
    primary key (process, step, engine, prompt, key)
);
insert into labels (process, step, engine, prompt, key, matter, case_id, seq, origin, score, correct, audit, at)
    select process, step, engine, prompt, case_id || '/' || seq, '', case_id, seq, 'decided', score, correct, audit, at
    from agent_labels;
drop table agent_labels;
create index labels_by_agent on labels (process, step, engine, prompt, at);
create index labels_by_case on labels (case_id);
create index labels_by_process on labels (process, origin, at);

-- What people decided elsewhere, imported: what there was to see, and the right answer. Each version of the agent is
-- asked about it.
create table past_decisions (
    process text not null,
    matter text not null,
    key text not null,
    given text not null,
    answer text not null,
    imported_by text not null,
    at bigint not null,
    primary key (process, matter, key)
);

-- Looks at labels in earnest, numbered over all versions of an agent, so that all of them together spend no more than
-- the whole risk.
create table label_looks (
    process text not null,
    matter text not null,
    number bigint not null,
    step text not null,
    engine text not null,
    prompt text not null,
    labels bigint not null,
    since bigint not null,
    at bigint not null,
    primary key (process, matter, number)
);
create unique index label_looks_once on label_looks (process, step, engine, prompt, since, labels);

-- The decision that brought a certificate, and the one that ended it.
alter table certificates add column issued_case text;
alter table certificates add column issued_seq bigint;
alter table certificates add column ended_case text;
alter table certificates add column ended_seq bigint;
create index certificates_by_issuing_case on certificates (issued_case);
create index certificates_by_ending_case on certificates (ended_case);

-- What whoever answers for a process is told about its agents, until they put it away.
create table owner_notices (
    key text not null,
    person text not null,
    process text not null,
    case_number bigint,
    text text not null,
    at bigint not null,
    seen_at bigint,
    primary key (person, key)
);
