/**
 * Who may do what in a workspace: the only judge, asked by server routes, relay and interface alike.
 * Conditions (own, assigned) and the remaining resources join this table as their features come.
 */
export const roles = ['owner', 'admin', 'editor', 'photographer', 'viewer'] as const;
export type Role = (typeof roles)[number];

export const resources = ['workspace', 'project', 'event', 'photo', 'file', 'gallery'] as const;
export type Resource = (typeof resources)[number];

export const actions = ['create', 'read', 'update', 'delete', 'publish'] as const;
export type Action = (typeof actions)[number];

type Table = Record<Role, Partial<Record<Resource, readonly Action[]>>>;

const all = actions;
const readOnly = ['read'] as const;
const edit = ['create', 'read', 'update', 'delete'] as const;
const add = ['create', 'read', 'update'] as const;

const table: Table = {
	owner: { workspace: all, project: all, event: all, photo: all, file: all, gallery: all },
	admin: {
		workspace: ['read', 'update'],
		project: all,
		event: all,
		photo: all,
		file: all,
		gallery: all
	},
	editor: {
		workspace: readOnly,
		project: edit,
		event: edit,
		photo: edit,
		file: edit,
		gallery: ['read', 'publish']
	},
	photographer: {
		workspace: readOnly,
		project: readOnly,
		event: readOnly,
		photo: add,
		file: add,
		gallery: readOnly
	},
	viewer: {
		workspace: readOnly,
		project: readOnly,
		event: readOnly,
		photo: readOnly,
		file: readOnly,
		gallery: readOnly
	}
};

/** @returns whether a member with this role may do this to this kind of thing. */
export function can(role: Role, action: Action, resource: Resource): boolean {
	return table[role][resource]?.includes(action) ?? false;
}
