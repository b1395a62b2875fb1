-- What a workspace may use, what it has spent, and what its people set.

alter table workspaces add column plan text not null default 'free' check (plan in ('free', 'pro', 'enterprise'));
alter table workspaces add column quota_bytes bigint check (quota_bytes > 0); -- null: no limit
alter table workspaces add column budget_usd numeric(12, 2) check (budget_usd >= 0); -- a month; null: none
alter table workspaces add column settings jsonb not null default '{}';

create table costs (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null,
	day date not null,
	usd numeric(12, 2) not null check (usd > 0),
	what text not null,
	project_id uuid,
	noted_by uuid not null,
	noted_by_name text not null,
	created_at timestamptz not null default now(),
	primary key (workspace_id, id)
);
create index costs_day on costs (workspace_id, day);

alter table costs enable row level security;
alter table costs force row level security;
create policy tenant on costs to aura_tenant
	using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid)
	with check (workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid);
grant select, insert, update, delete on costs to aura_tenant;
