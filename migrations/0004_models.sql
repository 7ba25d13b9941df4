-- Every call of a language model: what it was for and what it cost, never its words. Budgets are read from here, so
-- that all machines on one database share them.
create table model_calls (
    id text primary key,
    at bigint not null,
    agent text not null,
    decision text not null,
    case_id text,
    process text,
    model text not null,
    tokens bigint not null,
    micros bigint not null,
    took_ms bigint not null,
    failure text
);
create index model_calls_by_time on model_calls (at);
create index model_calls_by_case on model_calls (case_id);
create index model_calls_by_decision on model_calls (decision);
