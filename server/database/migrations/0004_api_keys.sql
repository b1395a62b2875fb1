-- Keys for programs of a workspace. A key has one secret in force; after a rotation the former one works for a while.
create table api_keys (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null,
	name text not null,
	scope text not null check (scope in ('read', 'import', 'edit')),
	hint text not null, -- the secret's first characters, to tell keys apart
	created_by text not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz,
	last_used_at timestamptz,
	revoked_at timestamptz,
	primary key (workspace_id, id)
);

-- Which key a secret is: asked before a tenant is known.
create table api_key_secrets (
	hash text primary key, -- SHA-256 of the secret
	workspace_id uuid not null references workspaces on delete cascade,
	key_id uuid not null,
	expires_at timestamptz
);

alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy tenant on api_keys to aura_tenant
	using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
	with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update, delete on api_keys to aura_tenant;
