-- Models that whoever runs the installation added to the application's own. Studios share them: their files are large,
-- and what they do with a face is the same for everybody.
create table face_models (
	id text primary key, -- name and hash of everything that decides what comes out
	manifest jsonb not null,
	contract jsonb, -- names of input and output, and how many at a time: what running it has shown
	sha256 text not null,
	size bigint, -- null: the file is not here yet
	path text,
	created_by uuid,
	created_at timestamptz not null default now()
);

-- null: the application's own model
alter table workspaces add column face_model text;
alter table workspaces add column face_model_next text; -- faces are being made anew with it
alter table workspaces add column faces_held_until timestamptz; -- a process makes them, and says so now and then
alter table workspaces add column face_thresholds jsonb not null default '{}'; -- model -> the studio's own

-- Faces of the next model, beside those that are in use.
create table next_sidecars (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	model text not null,
	made_of uuid not null, -- the asset whose faces they are
	sha256 text not null,
	size bigint not null,
	path text not null,
	faces integer not null,
	primary key (workspace_id, event_id, photo_id)
);
create table next_faces (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	face integer not null,
	model text not null,
	box real[] not null,
	quality real not null,
	embedding vector not null,
	primary key (workspace_id, event_id, photo_id, face)
);

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['next_sidecars', 'next_faces'] loop
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

-- removed from the storage, unless it has become a photo's
create trigger next_sidecars_removed after delete on next_sidecars for each row execute function note_removed_file();
