-- What stands in a column of an event is no longer written into its header too, and what an event was decided with is
-- a snapshot that its header names. The hash of the event before it is that event's own; nothing needs it twice.
alter table events drop column prev_hash;
