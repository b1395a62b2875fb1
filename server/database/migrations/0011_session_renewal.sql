-- A session of somebody whose rights have changed ('due') gets a new id with the next request; the former id ('former')
-- is good for a minute, for requests that were under way.
alter table sessions add column renewal text not null default 'none' check (renewal in ('none', 'due', 'former'));
