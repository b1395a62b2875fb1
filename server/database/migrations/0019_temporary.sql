alter table photos add column source text not null default 'cloud' check (source in ('cloud', 'local_sync', 'event_temp'));
alter table projects add column intake text check (intake in ('cloud', 'event_temp'));

-- Photos of an event's temporary storage. Rows stay as long as the photo does: whether it was approved is another table's.
create table temporary_photos (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	heard_at timestamptz not null default now(), -- by the server's clock: the days are counted from here
	warned smallint not null default 0, -- how many warnings were given
	warned_at timestamptz,
	primary key (workspace_id, event_id, photo_id)
);
create index temporary_photos_heard on temporary_photos (workspace_id, heard_at);

create table approvals (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	at timestamptz not null, -- by the clock of whoever did it
	by uuid not null,
	primary key (workspace_id, event_id, photo_id)
);

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['temporary_photos', 'approvals'] loop
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

-- The view names its columns when it is made.
drop view live_photos;
create view live_photos with (security_invoker = true) as
	select p.* from photos p where not exists (
		select 1 from trashed t
		where t.workspace_id = p.workspace_id and t.project_id = p.event_id and t.photo_id = p.id
	);
grant select on live_photos to aura_tenant;

-- Photos that wait for approval: neither approved nor in the trash.
create view waiting_photos with (security_invoker = true) as
	select t.* from temporary_photos t
	join live_photos p on p.workspace_id = t.workspace_id and p.event_id = t.event_id and p.id = t.photo_id
	where not exists (
		select 1 from approvals a
		where a.workspace_id = t.workspace_id and a.event_id = t.event_id and a.photo_id = t.photo_id
	);
grant select on waiting_photos to aura_tenant;
