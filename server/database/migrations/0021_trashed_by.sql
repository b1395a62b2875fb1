-- Who put a project into the trash, as its document says.
alter table projects add column trashed_by uuid;
