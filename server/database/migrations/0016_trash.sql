-- What lies in the trash, from the documents: photos of an event, and projects (photo_id '').
create table trashed (
	workspace_id uuid not null references workspaces on delete cascade,
	project_id uuid not null, -- of a photo: its event
	photo_id text not null,
	at timestamptz not null, -- by the clock of whoever did it
	by uuid, -- null: not known
	heard_at timestamptz not null default now(),
	primary key (workspace_id, project_id, photo_id)
);
create index trashed_heard on trashed (workspace_id, heard_at);

-- Bytes that nothing refers to any more: removed from the storage after the rows are.
create table removed_files (
	workspace_id uuid not null references workspaces on delete cascade,
	path text not null,
	removed_at timestamptz not null default now(),
	primary key (workspace_id, path)
);

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['trashed', 'removed_files'] loop
		execute format('alter table %I enable row level security', tenant_table);
		execute format('alter table %I force row level security', tenant_table);
		execute format(
			'create policy tenant on %I to aura_tenant
			 using (workspace_id = nullif(current_setting(''app.workspace_id'', true), '''')::uuid)
			 with check (workspace_id = nullif(current_setting(''app.workspace_id'', true), '''')::uuid)',
			tenant_table
		);
		execute format('grant select, insert, update, delete on %I to aura_tenant', tenant_table);
	end loop;
end $$;

create function note_removed_file() returns trigger language plpgsql as $$
begin
	-- a workspace that goes as a whole takes its folder with it
	if exists (select 1 from workspaces where id = old.workspace_id) then
		insert into removed_files (workspace_id, path) values (old.workspace_id, old.path) on conflict do nothing;
	end if;
	return null;
end $$;
create trigger assets_removed after delete on assets for each row execute function note_removed_file();

-- Photos that are seen: neither in the trash themselves nor gone.
create view live_photos with (security_invoker = true) as
	select p.* from photos p where not exists (
		select 1 from trashed t
		where t.workspace_id = p.workspace_id and t.project_id = p.event_id and t.photo_id = p.id
	);
grant select on live_photos to aura_tenant;

alter table projects no force row level security;
alter table trashed no force row level security;
insert into trashed (workspace_id, project_id, photo_id, at)
	select workspace_id, id, '', trashed_at from projects where trashed_at is not null;
alter table projects force row level security;
alter table trashed force row level security;
