-- People whom a studio told apart, and what it said of faces: both as documents say it.
create table people (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null,
	created_by uuid, -- null: fields of somebody who is gone
	created_at timestamptz,
	name text,
	hidden boolean not null default false,
	cover_event uuid,
	cover_face text, -- photo/x,y
	merged_into uuid,
	primary key (workspace_id, id)
);

create table face_decisions (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	key text not null, -- photo/x,y where it is this person; photo/x,y/person where it is not
	person_id uuid not null,
	is_person boolean not null,
	primary key (workspace_id, event_id, key)
);
create index face_decisions_person on face_decisions (workspace_id, person_id);

-- Who is on which photo, as faces and decisions make it: one row for each face whose person is known. Made again whenever
-- either has changed.
create table appearances (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	face integer not null,
	person_id uuid not null, -- whom others were merged into
	box real[] not null,
	share real not null, -- of the picture, by area
	rank smallint not null, -- 1: the largest face of the photo
	origin text not null check (origin in ('said', 'grouped', 'known')), -- here, by likeness to such, or from other events
	primary key (workspace_id, event_id, photo_id, face)
);
create index appearances_person on appearances (workspace_id, person_id, event_id);

-- Reasons to make appearances again, each a row of its own: whoever sends photos waits for nobody else who does.
create table appearances_due (
	workspace_id uuid not null references workspaces on delete cascade,
	id bigint generated always as identity,
	event_id uuid, -- null: all events, once an hour, as somebody was named in one
	primary key (workspace_id, id)
);
create index appearances_due_event on appearances_due (workspace_id, event_id);

-- Faces of which nothing is kept: what a device finds there again is not taken.
create table forgotten_faces (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	photo_id text not null,
	x real not null, -- of the centre, as a fraction of the photo
	y real not null,
	primary key (workspace_id, event_id, photo_id, x, y)
);

-- That guests agreed, by words and day; nothing of who they are.
create table guest_consents (
	workspace_id uuid not null references workspaces on delete cascade,
	event_id uuid not null,
	day date not null,
	language text not null,
	version text not null, -- of the words
	text text not null,
	count integer not null default 1,
	primary key (workspace_id, event_id, day, language, version)
);

-- Guests who ask to be forgotten: where their face was found, for the studio to look at; no embedding.
create table forget_requests (
	workspace_id uuid not null references workspaces on delete cascade,
	id uuid not null default gen_random_uuid(),
	event_id uuid not null,
	asked_at timestamptz not null default now(),
	faces text[] not null, -- photo/x,y
	primary key (workspace_id, id)
);

-- Whether faces are looked for on an event's photos.
alter table projects add column faces text check (faces in ('on', 'off'));

do $$
declare
	tenant_table text;
begin
	foreach tenant_table in array array['people', 'face_decisions', 'appearances', 'appearances_due', 'forgotten_faces', 'guest_consents', 'forget_requests'] loop
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

-- What was found before anybody could be named.
alter table faces no force row level security;
alter table appearances_due no force row level security;
insert into appearances_due (workspace_id, event_id) select distinct workspace_id, event_id from faces;
alter table faces force row level security;
alter table appearances_due force row level security;
