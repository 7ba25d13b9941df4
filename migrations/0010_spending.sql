-- What models cost on each day, by process (empty for what belongs to none), kept with every call, so that a budget is
-- checked without adding up all calls of the day. `day` counts days of UTC from 1970-01-01.
create table model_days (
    day bigint not null,
    process text not null,
    tokens bigint not null,
    micros bigint not null,
    primary key (day, process)
);
insert into model_days (day, process, tokens, micros)
    select at / 86400000, coalesce(process, ''), cast(sum(tokens) as bigint), cast(sum(micros) as bigint)
    from model_calls
    group by at / 86400000, coalesce(process, '');
