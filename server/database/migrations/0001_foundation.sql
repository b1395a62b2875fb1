-- The foundation: people and sessions (platform), workspaces (tenants), the documents' log, and what is
-- projected from it. Every tenant table begins its primary key with workspace_id, has row-level security
-- enabled and forced, and is reached as aura_tenant with app.workspace_id set.
create extension if not exists vector;

do $$ begin
	if not exists (select from pg_roles where rolname = 'aura_tenant') then
		create role aura_tenant nologin;
	end if;
exception when duplicate_object or unique_violation then null; -- another process was first
end $$;
do $$ begin
	execute format('grant aura_tenant to %I', current_user);
exception when others then
	if sqlstate <> '0LP01' then raise; end if; -- already a member
end $$;

-- Platform: reached by narrow functions of the server, never with a tenant's role.
create table users (
	id uuid primary key,
	email text not null unique check (email = lower(email)),
	name text not null,
	password_hash text not null,
	is_superadmin boolean not null default false,
	created_at timestamptz not null default now()
);

create table sessions (
	id text primary key, -- SHA-256 of the token in the cookie
	user_id uuid not null references users on delete cascade,
	expires_at timestamptz not null,
	created_at timestamptz not null default now()
);
create index sessions_user on sessions (user_id);

create table workspaces (
	id uuid primary key,
	slug text not null unique,
	name text not null,
	status text not null default 'active' check (status in ('active', 'suspended', 'archived', 'deleted')),
	created_at timestamptz not null default now()
);

create table members (
	workspace_id uuid not null references workspaces on delete cascade,
	user_id uuid not null references users on delete cascade,
	role text not null check (role in ('owner', 'admin', 'editor', 'photographer', 'viewer')),
	created_at timestamptz not null default now(),
	primary key (workspace_id, user_id)
);
create index members_user on members (user_id);

-- Which workspace a document belongs to: asked before a tenant is known.
create table document_owners (
	document text primary key,
	workspace_id uuid not null references workspaces on delete cascade
);

-- Which event a guest's link means: asked before a tenant is known.
create table guest_codes (
	code text primary key,
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	created_at timestamptz not null default now(),
	revoked_at timestamptz
);
create unique index guest_codes_event on guest_codes (workspace_id, event_id) where revoked_at is null;

-- Tenants.
create table document_updates (
	workspace_id uuid not null references workspaces on delete cascade,
	document text not null,
	seq bigint generated always as identity,
	author text not null,
	bytes bytea not null,
	created_at timestamptz not null default now(),
	primary key (workspace_id, document, seq)
);

create table document_clients (
	workspace_id uuid not null references workspaces on delete cascade,
	document text not null,
	client_id bigint not null,
	owner text not null,
	primary key (workspace_id, document, client_id)
);

create table document_refusals (
	workspace_id uuid not null references workspaces on delete cascade,
	id bigint generated always as identity,
	document text not null,
	author text not null,
	bytes bytea not null,
	refusals jsonb not null,
	created_at timestamptz not null default now(),
	primary key (workspace_id, id)
);

create table projects (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null,
	type text,
	name text,
	date date,
	parent uuid,
	status text not null default 'active',
	created_by uuid,
	created_at timestamptz,
	primary key (workspace_id, id)
);

create table photos (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	id text not null,
	name text not null,
	sha256 text not null,
	size bigint not null,
	type text not null,
	width integer not null,
	height integer not null,
	taken_at timestamp,
	camera text,
	imported_by uuid not null,
	imported_at timestamptz not null,
	primary key (workspace_id, event_id, id)
);

create table photo_marks (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	field text not null,
	value jsonb not null,
	primary key (workspace_id, event_id, photo_id, field)
);

create table photo_files (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	kind text not null check (kind in ('thumb', 'faces', 'web', 'original')),
	sha256 text not null,
	size bigint not null,
	path text not null,
	faces integer,
	created_by uuid not null,
	created_at timestamptz not null default now(),
	primary key (workspace_id, event_id, photo_id, kind)
);

create table faces (
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
	foreach tenant_table in array array[
		'document_updates', 'document_clients', 'document_refusals',
		'projects', 'photos', 'photo_marks', 'photo_files', 'faces'
	] loop
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
-- foreign keys and the projection of events need to see these from inside a tenant's transaction
grant select on workspaces to aura_tenant;
grant select, insert on document_owners to aura_tenant;
grant usage on all sequences in schema public to aura_tenant;
