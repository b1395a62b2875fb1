-- Counts of tries, shared by all processes of an installation on Postgres.
create table rate_limits (
	key text primary key,
	points integer not null default 0,
	expire bigint -- milliseconds since 1970
);
