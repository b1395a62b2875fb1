import { projectFactsSchema, projectFieldSchemas } from '../projects.ts';
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
	projectFields: fields(uuid, projectFieldSchemas, 'project')
};
