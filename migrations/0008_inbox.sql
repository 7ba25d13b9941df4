-- What an inbox sorts and counts by stands beside each person, so that a page of it does not read every task that
-- waits for them. `standing` says how the task stands to the person: theirs, anybody's of a role of theirs, or taken by
-- somebody else.
alter table task_people add column due_at bigint not null default 0;
alter table task_people add column standing text not null default 'own';
update task_people set
    due_at = (select t.due_at from tasks t
        where t.case_id = task_people.case_id and t.number = task_people.number),
    standing = (select case
            when t.assignee = task_people.person then 'own'
            when t.assignee is not null then 'taken'
            when t.role is null then 'own'
            else 'role' end
        from tasks t where t.case_id = task_people.case_id and t.number = task_people.number);
create index task_people_by_due on task_people (person, due_at, case_id, number, standing);
