-- Descriptions of processes while they are being written. Every text that anybody saved is kept as a revision, so
-- that nobody's words are lost when two people write at the same time.

create table drafts (
    id text primary key,
    -- The process whose next version it is to become; null for a new one.
    process text,
    -- The version that it began with.
    base text,
    title text not null,
    -- The revision that is shown.
    revision bigint not null,
    -- Examples, guidelines, pasted prose and answers, as JSON.
    attachments text not null,
    created_by text not null,
    created_at bigint not null,
    changed_by text not null,
    changed_at bigint not null,
    -- The version that it became.
    published text
);
create index drafts_by_time on drafts (changed_at);

create table draft_revisions (
    draft text not null references drafts (id),
    number bigint not null,
    -- The revision that its author saw.
    parent bigint,
    text text not null,
    by text not null,
    at bigint not null,
    -- Whether it stands beside the draft and waits for somebody to choose.
    aside boolean not null,
    primary key (draft, number)
);

-- Who has a draft open.
create table draft_presence (
    draft text not null references drafts (id),
    person text not null,
    at bigint not null,
    primary key (draft, person)
);
