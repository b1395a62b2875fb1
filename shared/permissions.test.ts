import { expect, it } from 'vitest';
import type { Resource, Role } from './permissions.ts';
import { actions, can, grantOf, reachOf, resources, roles } from './permissions.ts';

const rights = (role: Role, resource: Resource) => {
	const granted = actions.filter((action) => can(role, action, resource));
	const isLimited = granted.some((action) => grantOf(role, action, resource) === 'assigned');
	return (granted.join(' ') || '-') + (isLimited ? ' (assigned)' : '');
};

it('is the whole table of who may do what', () => {
	const table = roles.map((role) =>
		[role, ...resources.map((resource) => `${resource}: ${rights(role, resource)}`)].join('\n  ')
	);
	expect(table.join('\n')).toMatchSnapshot();
});

it('lets viewers read and photographers delete nothing', () => {
	for (const resource of resources)
		for (const action of actions) {
			if (action !== 'read') expect(can('viewer', action, resource)).toBe(false);
			if (action === 'delete') expect(can('photographer', action, resource)).toBe(false);
		}
});

it('limits photographers, and nobody else, to what they are assigned to', () => {
	expect(roles.filter((role) => reachOf(role) === 'assigned')).toEqual(['photographer']);
});
