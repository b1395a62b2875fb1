-- Projects in a tree with all that people say of them; named teams; who is assigned to what.

alter table projects add column slug text;
alter table projects add column description text;
alter table projects add column end_date date;
alter table projects add column metadata jsonb;
alter table projects add column trashed_at timestamptz;
create index projects_parent on projects (workspace_id, parent);

create table teams (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null,
	name text not null,
	created_at timestamptz not null default now(),
	primary key (workspace_id, id)
);
create unique index teams_name on teams (workspace_id, lower(name));

create table team_members (
	workspace_id uuid not null,
	team_id uuid not null,
	user_id uuid not null,
	primary key (workspace_id, team_id, user_id),
	foreign key (workspace_id, team_id) references teams on delete cascade,
	foreign key (workspace_id, user_id) references members on delete cascade
);
create index team_members_user on team_members (workspace_id, user_id);

-- A project may be known only to its document yet: no foreign key.
create table assignments (
	workspace_id uuid not null references workspaces on delete cascade,
	id bigint generated always as identity,
	project_id uuid not null,
	user_id uuid,
	team_id uuid,
	primary key (workspace_id, id),
	check (num_nonnulls(user_id, team_id) = 1),
	foreign key (workspace_id, user_id) references members on delete cascade,
	foreign key (workspace_id, team_id) references teams on delete cascade
);
create unique index assignments_user on assignments (workspace_id, user_id, project_id) where user_id is not null;
create unique index assignments_team on assignments (workspace_id, team_id, project_id) where team_id is not null;

-- Photographers saw everything before there were assignments, and go on seeing what there is now.
alter table projects no force row level security;
insert into assignments (workspace_id, project_id, user_id)
select m.workspace_id, p.id, m.user_id from members m
join projects p on p.workspace_id = m.workspace_id and p.parent is null and p.type is not null
where m.role = 'photographer';
alter table projects force row level security;

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['teams', 'team_members', 'assignments'] loop
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
grant usage on all sequences in schema public to aura_tenant;
