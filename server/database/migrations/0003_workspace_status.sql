-- Why and since when a workspace is suspended, archived or deleted. Deleted ones are kept for 30 days.
alter table workspaces add column status_reason text;
alter table workspaces add column status_at timestamptz not null default now();
