-- Every stored file is an asset: one for each content and way of making it, however many photos show it. Uploads in
-- progress reserve their room, and the pieces that have arrived are known by their hash.

create table assets (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null default gen_random_uuid(),
	kind text not null,
	source_asset_id uuid,
	cache_key text not null, -- content and parameters
	sha256 text not null,
	size bigint not null,
	path text not null,
	chunks bytea, -- length and hash of each piece; null: one piece, or made by the server
	created_by uuid, -- null: the server
	created_at timestamptz not null default now(),
	expires_at timestamptz,
	access_count bigint not null default 0,
	last_accessed_at timestamptz not null default now(),
	primary key (workspace_id, id)
);
create unique index assets_cache_key on assets (workspace_id, cache_key);
create index assets_path on assets (workspace_id, path);
create index assets_source on assets (workspace_id, source_asset_id);

-- Some of the pieces of an asset, to find those that share content with a new file (sparse indexing, Lillibridge et al.,
-- FAST 2009).
create table chunk_samples (
	workspace_id uuid not null,
	sample bigint not null,
	asset_id uuid not null,
	primary key (workspace_id, sample, asset_id),
	foreign key (workspace_id, asset_id) references assets on delete cascade
);

create table uploads (
	workspace_id uuid not null references workspaces on delete cascade,
	sha256 text not null,
	size bigint not null, -- reserved until it is stored
	chunks bytea, -- null: one piece
	created_by uuid not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	primary key (workspace_id, sha256)
);

-- Pieces that have arrived, whole or from their start on: where their bytes are.
create table staged_chunks (
	workspace_id uuid not null references workspaces on delete cascade,
	hash text not null,
	start integer not null,
	length integer not null,
	object text not null,
	object_offset integer not null,
	expires_at timestamptz not null,
	primary key (workspace_id, hash, start)
);
create index staged_chunks_object on staged_chunks (workspace_id, object);

-- Bytes that a workspace stores, kept with every change of an asset.
create table workspace_bytes (
	workspace_id uuid primary key references workspaces on delete cascade,
	bytes bigint not null default 0
);

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['assets', 'chunk_samples', 'uploads', 'staged_chunks', 'workspace_bytes'] loop
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

create function count_asset_bytes() returns trigger language plpgsql as $$
declare
	workspace uuid := coalesce(new.workspace_id, old.workspace_id);
	change bigint := coalesce(new.size, 0) - coalesce(old.size, 0);
begin
	if change <> 0 then
		-- a workspace that is being removed takes its count with it
		update workspace_bytes set bytes = bytes + change where workspace_id = workspace;
		if not found and tg_op = 'INSERT' then
			insert into workspace_bytes (workspace_id, bytes) values (workspace, change)
			on conflict (workspace_id) do update set bytes = workspace_bytes.bytes + excluded.bytes;
		end if;
	end if;
	return null;
end $$;
create trigger assets_bytes after insert or update of size or delete on assets
	for each row execute function count_asset_bytes();

-- What was stored before: the same content made the same way becomes one asset.
alter table photo_files no force row level security;
alter table assets no force row level security;
alter table workspace_bytes no force row level security;
insert into assets (workspace_id, kind, cache_key, sha256, size, path, created_by, created_at)
select distinct on (workspace_id, cache_key) workspace_id, kind, cache_key, sha256, size, path, created_by, created_at
from (
	select *, case kind
		when 'original' then 'original/' || sha256
		when 'thumb' then 'thumb/' || photo_id || '/webp-400-78'
		when 'web' then 'web/' || photo_id || '/webp-2000-80'
		else kind || '/' || sha256 end as cache_key
	from photo_files
) f order by workspace_id, cache_key, created_at;
alter table photo_files add column asset_id uuid;
update photo_files f set asset_id = a.id from assets a
where a.workspace_id = f.workspace_id and a.cache_key = case f.kind
	when 'original' then 'original/' || f.sha256
	when 'thumb' then 'thumb/' || f.photo_id || '/webp-400-78'
	when 'web' then 'web/' || f.photo_id || '/webp-2000-80'
	else f.kind || '/' || f.sha256 end;
update assets a set source_asset_id = o.id from photo_files f, photo_files fo, assets o
where f.workspace_id = a.workspace_id and f.asset_id = a.id and f.kind <> 'original'
	and fo.workspace_id = f.workspace_id and fo.event_id = f.event_id and fo.photo_id = f.photo_id and fo.kind = 'original'
	and o.workspace_id = fo.workspace_id and o.id = fo.asset_id;
alter table photo_files alter column asset_id set not null;
alter table photo_files drop column sha256, drop column size, drop column path;
alter table photo_files add foreign key (workspace_id, asset_id) references assets;
create index photo_files_asset on photo_files (workspace_id, asset_id);
alter table photo_files force row level security;
alter table assets force row level security;
alter table workspace_bytes force row level security;
