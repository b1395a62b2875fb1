alter table installation
	add column backup_until timestamptz, -- a backup is being made: no stored file goes before that
	add column backed_up_at timestamptz;
grant select on installation to aura_tenant;
