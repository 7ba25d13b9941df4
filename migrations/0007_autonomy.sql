-- How people decided what an agent had suggested: one row for each decision that settles such a question, kept with
-- its event. The prompt is a digest of all that the agent is told apart from the case.
create table agent_labels (
    case_id text not null,
    seq bigint not null,
    process text not null,
    step text not null,
    engine text not null,
    prompt text not null,
    score bigint not null,
    correct boolean not null,
    audit boolean not null,
    at bigint not null,
    primary key (case_id, seq)
);
create index agent_labels_by_agent on agent_labels (process, step, engine, prompt, at);

-- From which score on an agent decides alone, what that rests on, and why it ended. A row is never deleted.
create table certificates (
    id text primary key,
    process text not null,
    step text not null,
    engine text not null,
    prompt text not null,
    threshold bigint not null,
    labels bigint not null,
    accepted bigint not null,
    wrong bigint not null,
    error bigint not null,
    risk bigint not null,
    look bigint not null,
    issued_at bigint not null,
    ended_at bigint,
    ended_why text
);
create index certificates_by_agent on certificates (process, step, engine, prompt, issued_at);
-- At most one is in force for an agent, whichever machine issues it.
create unique index certificates_in_force on certificates (process, step, engine, prompt) where ended_at is null;
