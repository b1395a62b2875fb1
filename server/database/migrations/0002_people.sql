-- People: invitations, password resets, what is known of a session's device, and the log of what was done.

alter table sessions add column device text not null default '';
alter table sessions add column address text;
alter table sessions add column last_seen_at timestamptz not null default now();

create table password_resets (
	token_hash text primary key, -- SHA-256 of the token in the link
	user_id uuid not null references users on delete cascade,
	expires_at timestamptz not null
);

-- Which invitation a link means: asked before a tenant is known.
create table invitation_tokens (
	token_hash text primary key, -- SHA-256 of the token in the link
	workspace_id uuid not null references workspaces on delete cascade,
	invitation_id uuid not null
);

create table invitations (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null,
	email text not null check (email = lower(email)),
	role text not null check (role in ('admin', 'editor', 'photographer', 'viewer')),
	invited_by uuid not null,
	invited_by_name text not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	accepted_at timestamptz,
	revoked_at timestamptz,
	primary key (workspace_id, id)
);
create unique index invitations_open on invitations (workspace_id, email)
	where accepted_at is null and revoked_at is null;

-- No foreign key: what was done to a workspace outlives it.
create table audit_log (
	workspace_id uuid not null,
	id bigint generated always as identity,
	at timestamptz not null default now(),
	actor uuid,
	actor_name text,
	action text not null,
	subject text not null,
	before jsonb,
	after jsonb,
	address text,
	primary key (workspace_id, id)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
	raise exception '% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on audit_log
	for each statement execute function refuse_change();

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['invitations', 'audit_log'] loop
		execute format('alter table %I enable row level security', tenant_table);
		execute format('alter table %I force row level security', tenant_table);
		execute format(
			'create policy tenant on %I to aura_tenant
			 using (workspace_id = nullif(current_setting(''app.workspace_id'', true), '''')::uuid)
			 with check (workspace_id = nullif(current_setting(''app.workspace_id'', true), '''')::uuid)',
			tenant_table
		);
	end loop;
end $$;
grant select, insert, update, delete on invitations to aura_tenant;
grant select, insert on audit_log to aura_tenant;
grant usage on all sequences in schema public to aura_tenant;
