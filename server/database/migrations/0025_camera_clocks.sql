-- What cameras' clocks are corrected by, in each event, and what they said themselves.
create table camera_clocks (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	camera text not null,
	seconds integer not null,
	primary key (workspace_id, event_id, camera)
);

alter table camera_clocks enable row level security;
alter table camera_clocks force row level security;
create policy tenant on camera_clocks to aura_tenant
	using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
	with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update, delete on camera_clocks to aura_tenant;

-- null in rows of older backups: taken_at is what the camera said
alter table photos add column camera_clock timestamp;
alter table photos add column camera_key text;
alter table photos no force row level security;
update photos set camera_clock = taken_at, camera_key = 'name/' || camera;
alter table photos force row level security;
