-- States of a case along its log: a reader begins at the nearest one instead of the first event. They can be made
-- again from the log, and go when what a case holds of people is erased.
create table case_states (
    case_id text not null references cases (id),
    seq bigint not null,
    state text not null,
    primary key (case_id, seq)
);
