import { expect, it } from 'vitest';
import { actions, can, resources, roles } from './permissions.ts';

it('is the whole table of who may do what', () => {
	const table = roles.map((role) =>
		[
			role,
			...resources.map(
				(resource) =>
					`${resource}: ${actions.filter((action) => can(role, action, resource)).join(' ') || '-'}`
			)
		].join('\n  ')
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
