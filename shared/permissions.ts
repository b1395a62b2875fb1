/**
 * Who may do what in a workspace: the only judge, asked by server routes, relay and interface alike.
 * /admin/team/roles draws it for people; a snapshot makes each change of it visible in review.
 */
export const roles = ['owner', 'admin', 'editor', 'photographer', 'viewer'] as const;
export type Role = (typeof roles)[number];

/** Roles that an invitation gives; ownership is handed over, never invited. */
export const invitedRoles = ['admin', 'editor', 'photographer', 'viewer'] as const;

export const resources = [
	'workspace',
	'settings',
	'member',
	'invitation',
	'project',
	'event',
	'photo',
	'file',
	'person',
	'bundle',
	'gallery',
	'brand_kit',
	'template',
	'film',
	'render',
	'publication',
	'source',
	'task',
	'approval',
	'api_key',
	'usage',
	'audit',
	'trash'
] as const;
export type Resource = (typeof resources)[number];

export const actions = [
	'create',
	'read',
	'update',
	'delete',
	'manage',
	'render',
	'export',
	'invite',
	'publish',
	'approve',
	'restore'
] as const;
export type Action = (typeof actions)[number];

type Grants = Partial<Record<Resource, readonly Action[]>>;

const edit = ['create', 'read', 'update', 'delete'] as const;
const add = ['create', 'read', 'update'] as const;
const read = ['read'] as const;

/** What whoever belongs to a workspace sees. */
const viewer: Grants = {
	workspace: read,
	project: read,
	event: read,
	photo: read,
	file: read,
	person: read,
	bundle: read,
	gallery: read,
	template: read,
	brand_kit: read,
	film: read,
	render: read,
	publication: read,
	task: read
};

const editor: Grants = {
	...viewer,
	member: read,
	project: edit,
	event: edit,
	photo: [...edit, 'export', 'restore'],
	file: edit,
	person: [...edit, 'manage'],
	bundle: [...edit, 'export', 'publish'],
	gallery: [...edit, 'publish'],
	film: [...edit, 'export'],
	render: [...edit, 'render'],
	publication: [...add, 'publish'],
	source: read,
	task: edit,
	approval: ['create', 'read', 'approve'],
	usage: read,
	trash: ['read', 'restore']
};

/** What only the owner may, beyond an admin: end the workspace, and give it away. */
const ownersAlone: Grants = { workspace: ['delete', 'manage'] };

const table: Record<Role, Grants> = {
	owner: Object.fromEntries(resources.map((resource) => [resource, actions])),
	admin: Object.fromEntries(
		resources.map((resource) => [
			resource,
			actions.filter((action) => !ownersAlone[resource]?.includes(action))
		])
	),
	editor,
	photographer: {
		...viewer,
		photo: [...add, 'export'],
		file: add,
		bundle: add,
		task: add,
		approval: ['create', 'read']
	},
	viewer
};

/** What a role does only where the person is assigned: to an event, or to something that it lies under. */
const assignedOnly: Partial<Record<Role, readonly Resource[]>> = {
	photographer: [
		'project',
		'event',
		'photo',
		'file',
		'person',
		'bundle',
		'gallery',
		'film',
		'render',
		'publication'
	]
};

/** Everywhere in the workspace, where one is assigned, or nowhere. */
export type Grant = 'always' | 'assigned' | 'never';

export function grantOf(role: Role, action: Action, resource: Resource): Grant {
	if (!table[role][resource]?.includes(action)) return 'never';
	return assignedOnly[role]?.includes(resource) ? 'assigned' : 'always';
}

/** @returns whether a member with this role may do this to this kind of thing: everywhere, or where assigned. */
export function can(role: Role, action: Action, resource: Resource): boolean {
	return grantOf(role, action, resource) !== 'never';
}

/** What of a workspace somebody sees at all. */
export type Reach = 'all' | 'assigned';

export const reachOf = (role: Role): Reach =>
	grantOf(role, 'read', 'event') === 'assigned' ? 'assigned' : 'all';

/**
 * Whether somebody may change another member: nobody but an owner touches an owner or makes one, and who changes
 * people must be allowed to manage them.
 * @param to the role after the change; null: removed
 */
export function mayChangeMember(actor: Role, from: Role, to: Role | null): boolean {
	if (!can(actor, 'manage', 'member')) return false;
	return actor === 'owner' || (from !== 'owner' && to !== 'owner');
}
