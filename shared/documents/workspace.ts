import { z } from 'zod';
import { personFactsSchema, personFieldSchemas } from '../people/person.ts';
import { presetSchema } from '../photos/rights.ts';
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
	projectFields: fields(uuid, projectFieldSchemas, 'project', 'trashedBy'),
	/** person id -> what never changes of them */
	people: root({
		key: new RegExp(`^${uuid}$`),
		value: personFactsSchema,
		resource: 'person',
		author: (facts) => facts.by
	}),
	/** person id/field -> value */
	personFields: fields(uuid, personFieldSchemas, 'person'),
	/** preset id -> what is said of photos that it is applied to */
	presets: root({
		key: new RegExp(`^${uuid}$`),
		value: presetSchema,
		resource: 'template'
	}),
	/** event id -> how many faces were forgotten in it, for devices that have it closed; written by the server alone */
	forgotten: root({
		key: new RegExp(`^${uuid}$`),
		value: z.int().positive(),
		resource: 'person',
		writer: 'server'
	})
};

/**
 * `desk/<workspace>/<person>`: the projects that somebody sees who sees only what they are assigned to, and the people
 * on their photos, in the words of the workspace's document. Written by the server alone; others never reach that person's devices.
 */
export const deskDocument = {
	projects: { ...workspaceDocument.projects, writer: 'server' as const },
	projectFields: { ...workspaceDocument.projectFields, writer: 'server' as const },
	people: { ...workspaceDocument.people, writer: 'server' as const },
	personFields: { ...workspaceDocument.personFields, writer: 'server' as const },
	presets: { ...workspaceDocument.presets, writer: 'server' as const },
	forgotten: workspaceDocument.forgotten
};
