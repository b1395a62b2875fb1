-- Passkeys (WebAuthn credentials) of people, and the challenges that wait to be answered.
create table passkeys (
	id text primary key, -- credential id, base64url
	user_id uuid not null references users on delete cascade,
	public_key bytea not null, -- COSE
	counter bigint not null,
	transports text[] not null default '{}',
	name text not null,
	created_at timestamptz not null default now(),
	last_used_at timestamptz
);
create index passkeys_user on passkeys (user_id);

create table passkey_challenges (
	challenge text primary key,
	user_id uuid references users on delete cascade, -- who registers; null: somebody who signs in
	expires_at timestamptz not null
);
