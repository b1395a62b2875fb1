-- A session keeps its public name when it gets a new id: lists, sockets and revoking go by it.
alter table sessions add column family text not null default gen_random_uuid()::text;
create index sessions_family on sessions (family);
