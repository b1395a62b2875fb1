-- What the server answered to requests with an Idempotency-Key: a device that did not hear the answer asks again.
create table command_answers (
	key bytea primary key, -- SHA-256 of workspace, person and the device's key
	workspace_id uuid not null references workspaces on delete cascade,
	request bytea not null, -- SHA-256 of method, path and body
	claim uuid not null, -- whoever carries it out
	answer bytea, -- sealed: it may have a link in it; null: being carried out
	at timestamptz not null default now()
);
create index command_answers_at on command_answers (at);
create index command_answers_workspace on command_answers (workspace_id);
