-- Each document counts its own entries, and whoever stores one holds the document's row meanwhile: entries become
-- visible in their order, and several processes see what the others stored before they go on.
create table documents (
	workspace_id uuid not null references workspaces on delete cascade,
	document text not null,
	head bigint not null default 0, -- number of the last entry
	primary key (workspace_id, document)
);
-- One document as it was after an entry; entries up to it may be gone from the log.
create table document_snapshots (
	workspace_id uuid not null references workspaces on delete cascade,
	document text not null,
	seq bigint not null,
	bytes bytea not null,
	sha256 bytea not null,
	created_at timestamptz not null default now(),
	primary key (workspace_id, document, seq)
);
do $$
declare tenant_table text;
begin
	foreach tenant_table in array array['documents', 'document_snapshots'] loop
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

-- the owner of the tables is bound by row-level security too
alter table document_updates no force row level security;
alter table documents no force row level security;
insert into documents (workspace_id, document, head)
	select workspace_id, document, max(seq) from document_updates group by workspace_id, document;
alter table document_updates force row level security;
alter table documents force row level security;

alter table document_updates alter column seq drop identity;
-- who wrote it, with the server's seal; null: from before there were receipts
alter table document_updates add column receipt bytea;

-- what was refused: which structs, instead of all that was sent with it
alter table document_refusals alter column bytes drop not null;
alter table document_refusals add column structs jsonb not null default '[]';
alter table document_refusals add column lost jsonb not null default '[]';
create index document_refusals_author on document_refusals (workspace_id, document, author, id);

-- Which life of the database this is: changes when it is put back to an earlier state.
create table installation (
	one boolean primary key default true check (one),
	epoch uuid not null default gen_random_uuid()
);
insert into installation default values;
