// How projects lie in documents; without schemas, so that pages need not carry them.
import type { Reach } from '../permissions.ts';
import type { Project, ProjectFacts, ProjectField, ProjectMetadata } from './project.ts';

/** The document that tells somebody which projects there are: all of the workspace, or those that they see. */
export const projectsDocument = (workspace: string, person: string, reach: Reach): string =>
	reach === 'all' ? `workspace/${workspace}` : `desk/${workspace}/${person}`;

/** Joins what the document says of a project. @param field gives a field's value, or nothing */
export function joinProject(
	id: string,
	{ type, createdAt }: Pick<ProjectFacts, 'type' | 'createdAt'>,
	field: (name: ProjectField) => unknown
): Project {
	const text = (name: ProjectField) => (field(name) as string | null | undefined) ?? null;
	return {
		id,
		type,
		createdAt,
		name: text('name') ?? 'Untitled',
		slug: text('slug'),
		description: text('description') ?? '',
		date: text('date'),
		endDate: text('endDate'),
		parent: text('parent'),
		status: field('status') === 'archived' ? 'archived' : 'active',
		metadata: (field('metadata') as ProjectMetadata | null | undefined) ?? {},
		intake: field('intake') === 'event_temp' ? 'event_temp' : 'cloud',
		faces: field('faces') === 'off' ? 'off' : 'on',
		trashedAt: text('trashedAt'),
		trashedBy: text('trashedBy')
	};
}
