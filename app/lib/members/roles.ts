import type { Role } from '#shared/permissions.ts';

/** Roles as people call them, with one sentence each. */
export const roleWords: Record<Role, { name: string; sentence: string }> = {
	owner: {
		name: 'Owner',
		sentence: 'Everything, and alone may delete the workspace or hand it over.'
	},
	admin: { name: 'Admin', sentence: 'Runs the studio: people, settings, brand, events.' },
	editor: { name: 'Editor', sentence: 'Culls, edits, makes films and publishes. No settings.' },
	photographer: {
		name: 'Photographer',
		sentence: 'Imports and marks photos. Deletes nothing, sees no settings.'
	},
	viewer: { name: 'Viewer', sentence: 'Looks, and changes nothing.' }
};
