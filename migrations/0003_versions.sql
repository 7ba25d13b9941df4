-- What was known about a process before a version of it was published: JSON, so that a later measure can join it.
create table baselines (
    version text primary key references versions (hash),
    body text not null
);

-- Processes that are only rehearsed: real people, and nothing that leaves the house. A row is never deleted, since
-- its cases stay rehearsals for ever.
create table rehearsals (
    process text primary key references processes (id),
    of_process text not null,
    person text not null,
    started_at bigint not null,
    ended_at bigint
);
create index rehearsals_by_person on rehearsals (person, ended_at);
