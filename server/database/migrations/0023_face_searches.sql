-- How often faces were searched for, by day; nothing of whose, and of who asked only whether they belong to the studio.
create table face_searches (
	workspace_id uuid not null references workspaces on delete cascade,
	day date not null,
	guests integer not null default 0,
	team integer not null default 0,
	primary key (workspace_id, day)
);
alter table face_searches enable row level security;
alter table face_searches force row level security;
create policy tenant on face_searches to aura_tenant
	using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
	with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update, delete on face_searches to aura_tenant;
