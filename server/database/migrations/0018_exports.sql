-- Everything of a workspace in one archive, for its admins to take away.
create table exports (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null default gen_random_uuid(),
	state text not null default 'running' check (state in ('running', 'ready', 'failed')),
	has_faces boolean not null,
	created_by uuid, -- null: the command line
	created_at timestamptz not null default now(),
	alive_at timestamptz not null default now(), -- whoever makes it says so now and then
	done bigint not null default 0, -- bytes of files that are in it
	total bigint not null default 0,
	size bigint, -- of the archive
	sha256 text,
	primary key (workspace_id, id)
);
alter table exports enable row level security;
alter table exports force row level security;
create policy tenant on exports to aura_tenant
	using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
	with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update, delete on exports to aura_tenant;
