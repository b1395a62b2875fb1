-- Accounts elsewhere that people sign in with, their pictures, and how a session began.

create table oauth_accounts (
	provider text not null check (provider in ('github')),
	subject text not null, -- the account's id there; names and addresses change
	user_id uuid not null references users on delete cascade,
	login text not null,
	token bytea not null, -- access token, sealed with the installation's key
	created_at timestamptz not null default now(),
	last_used_at timestamptz not null default now(),
	primary key (provider, subject)
);
create unique index oauth_accounts_user on oauth_accounts (user_id, provider);

create table avatars (
	user_id uuid primary key references users on delete cascade,
	type text not null,
	bytes bytea not null
);

alter table sessions add column method text not null default 'password'
	check (method in ('password', 'passkey', 'github', 'pin', 'face', 'invitation'));

-- A device on which somebody signs in with a PIN or their face. The device keeps the key, the server its hash.
create table stations (
	id uuid primary key,
	user_id uuid not null references users on delete cascade,
	key_hash text not null,
	name text not null,
	pin_hash text,
	face bytea, -- embedding of the owner's face, sealed with the installation's key
	failures integer not null default 0, -- wrong answers since the last right one
	locked_until timestamptz,
	created_at timestamptz not null default now(),
	last_used_at timestamptz
);
create index stations_user on stations (user_id);
