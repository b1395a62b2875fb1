import { projectFactsSchema, projectFieldSchemas } from '../projects/project.ts';
import { fields, root } from './declaration.ts';

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** `workspace/<id>`: what a studio's people edit together, apart from events' contents. */
export const workspaceDocument = {
	/** project id -> what never changes of it */
	projects: root({
		key: new RegExp(`^${uuid}$`),
		value: projectFactsSchema,
		resource: 'project',
		author: (facts) => facts.by
	}),
	/** project id/field -> value */
	projectFields: fields(uuid, projectFieldSchemas, 'project', 'trashedBy')
};

/**
 * `desk/<workspace>/<person>`: the projects that somebody sees who sees only what they are assigned to, in the words of
 * the workspace's document. Written by the server alone; other projects never reach that person's devices.
 */
export const deskDocument = {
	projects: { ...workspaceDocument.projects, writer: 'server' as const },
	projectFields: { ...workspaceDocument.projectFields, writer: 'server' as const }
};
