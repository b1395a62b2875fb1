import type { Project } from '#shared/projects.ts';
import type { Queries } from '../../database/database.ts';

const columns = `id, type, coalesce(name, 'Untitled') as name, to_char(date, 'YYYY-MM-DD') as date, parent, status, created_at`;

type Row = Omit<Project, 'createdAt'> & { created_at: Date };

const toProject = ({ created_at, ...row }: Row): Project => ({
	...row,
	createdAt: created_at.toISOString()
});

/** Projects of a workspace, newest first. */
export async function listProjects(queries: Queries, workspace: string): Promise<Project[]> {
	const rows = await queries.query<Row>(
		`select ${columns} from projects where workspace_id = $1 and type is not null order by created_at desc, id`,
		[workspace]
	);
	return rows.map(toProject);
}

export async function findProject(
	queries: Queries,
	workspace: string,
	id: string
): Promise<Project | null> {
	const rows = await queries.query<Row>(
		`select ${columns} from projects where workspace_id = $1 and id::text = $2 and type is not null`,
		[workspace, id]
	);
	return rows[0] ? toProject(rows[0]) : null;
}
