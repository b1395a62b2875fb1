-- RAW and JPEG of one shot are one photo where people are listed: files of one person with one name but for its ending,
-- taken at one time by one camera where both say so, as devices pair them (shared/photos/pairs.ts). Two JPEGs that fit tell nothing.
create index photos_stem on photos (workspace_id, event_id, imported_by, lower(regexp_replace(name, '\.[^.]*$', '')));

create view live_shots with (security_invoker = true) as
	select p.* from live_photos p where p.type <> 'image/x-raw' or 1 <> (
		select count(*) from live_photos j
		where j.workspace_id = p.workspace_id and j.event_id = p.event_id and j.imported_by = p.imported_by
			and lower(regexp_replace(j.name, '\.[^.]*$', '')) = lower(regexp_replace(p.name, '\.[^.]*$', ''))
			and j.type <> 'image/x-raw' and j.type not like 'video/%'
			and (j.taken_at is null or p.taken_at is null or j.taken_at = p.taken_at)
			and (j.camera is null or p.camera is null or j.camera = p.camera)
	);
grant select on live_shots to aura_tenant;
