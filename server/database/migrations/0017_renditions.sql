-- The server makes pictures that no device made; and it gives up first what it has not been asked for the longest.
alter table photo_files alter column created_by drop not null;
create index assets_unused on assets (workspace_id, last_accessed_at) where created_by is null;
