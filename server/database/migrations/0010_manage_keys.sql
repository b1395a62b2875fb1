-- Keys that run a studio from outside, as an admin would.
alter table api_keys drop constraint api_keys_scope_check;
alter table api_keys add constraint api_keys_scope_check check (scope in ('read', 'import', 'edit', 'manage'));
