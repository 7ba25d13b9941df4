-- Money that left without a signature on an agent's word: one row for each call, kept before the call is made, so that
-- an attempt that is repeated counts once. Beside it what has left in a case and on a day, so that a limit is checked
-- without adding up all calls. `day` counts days of UTC from 1970-01-01.
create table releases (
    key text not null primary key,
    case_id text not null,
    currency text not null,
    minor bigint not null,
    at bigint not null
);
create index releases_by_case on releases (case_id);
create table release_cases (
    case_id text not null,
    currency text not null,
    minor bigint not null,
    primary key (case_id, currency)
);
create table release_days (
    day bigint not null,
    currency text not null,
    minor bigint not null,
    primary key (day, currency)
);
