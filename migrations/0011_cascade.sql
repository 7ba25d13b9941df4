-- Several stages may answer as one. A label then tells what each of them said, and a certificate from which score on
-- each settles the matter; both are JSON lists in the order of the stages, and null where one alone answers.
alter table labels add column stages text;
alter table certificates add column stages text;

-- Which agent was asked, and what settled the question: a stage, an engine, or `person`. Null in rows of programs before
-- this one.
alter table decision_records add column agent text;
alter table decision_records add column settled text;
create index decision_records_by_share on decision_records (at, agent, settled);
drop index decision_records_by_time;
