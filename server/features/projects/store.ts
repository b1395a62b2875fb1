import type { Project, ProjectMetadata } from '#shared/projects/project.ts';
import type { Queries } from '../../database/database.ts';

const columns = `p.id, p.type, coalesce(p.name, 'Untitled') as name, p.slug, coalesce(p.description, '') as description,
	to_char(p.date, 'YYYY-MM-DD') as date, to_char(p.end_date, 'YYYY-MM-DD') as end_date, p.parent, p.status,
	coalesce(p.metadata, '{}'::jsonb) as metadata, coalesce(p.intake, 'cloud') as intake, coalesce(p.faces, 'on') as faces,
	p.trashed_at, p.trashed_by, p.created_at`;

type Row = Omit<Project, 'createdAt' | 'endDate' | 'trashedAt' | 'trashedBy' | 'metadata'> & {
	end_date: string | null;
	metadata: ProjectMetadata;
	trashed_at: Date | null;
	trashed_by: string | null;
	created_at: Date;
};

const toProject = ({ created_at, end_date, trashed_at, trashed_by, ...row }: Row): Project => ({
	...row,
	endDate: end_date,
	trashedBy: trashed_by,
	trashedAt: trashed_at?.toISOString() ?? null,
	createdAt: created_at.toISOString()
});

/** Projects of a workspace, newest first, those in the trash too. */
export async function listProjects(queries: Queries, workspace: string): Promise<Project[]> {
	const rows = await queries.query<Row>(
		`select ${columns} from projects p where p.workspace_id = $1 and p.type is not null order by p.created_at desc, p.id`,
		[workspace]
	);
	return rows.map(toProject);
}

/** A project and everything that it lies under, in no order; empty when there is none. */
export async function listPath(
	queries: Queries,
	workspace: string,
	id: string
): Promise<Project[]> {
	const rows = await queries.query<Row>(
		`with recursive up(id) as (
		 	select id from projects where workspace_id = $1 and id::text = $2
		 	union
		 	select p.parent from projects p join up on p.id = up.id where p.workspace_id = $1 and p.parent is not null
		 )
		 select ${columns} from projects p join up on up.id = p.id where p.workspace_id = $1 and p.type is not null`,
		[workspace, id]
	);
	return rows.map(toProject);
}

/** A project by itself, with nothing that it lies under. */
export async function findProject(
	queries: Queries,
	workspace: string,
	id: string
): Promise<Project | null> {
	const [row] = await queries.query<Row>(
		`select ${columns} from projects p where p.workspace_id = $1 and p.id = $2 and p.type is not null`,
		[workspace, id]
	);
	return row ? toProject(row) : null;
}
