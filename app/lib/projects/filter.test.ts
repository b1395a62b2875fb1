import { describe, expect, it } from 'vitest';
import { joinProject } from '#shared/projects/document.ts';
import type { Project, ProjectType } from '#shared/projects/project.ts';
import { buildTree } from '#shared/projects/tree.ts';
import { inTreeOrder, visibleProjects } from './filter.ts';

const project = (id: string, type: ProjectType, values: Partial<Project> = {}) =>
	joinProject(
		id,
		{ type, createdAt: '2026-01-01T00:00:00Z' },
		(name) => ({ name: id, ...values })[name]
	);
const tree = buildTree([
	project('Autumn', 'campaign'),
	project('Weddings', 'folder', { parent: 'Autumn' }),
	project('Sara', 'event', { parent: 'Weddings' }),
	project('Old', 'event', { status: 'archived' }),
	project('Gone', 'folder', { trashedAt: '2026-01-01T00:00:00Z' }),
	project('Below', 'event', { parent: 'Gone' })
]);
const seen = (filter: Partial<Parameters<typeof visibleProjects>[1]>) =>
	[...visibleProjects(tree, { status: 'active', type: null, search: '', ...filter })].sort();

describe('what is seen of projects', () => {
	it('is what fits, in its place', () => {
		expect(seen({})).toEqual(['Autumn', 'Sara', 'Weddings']);
		expect(seen({ search: 'sar' })).toEqual(['Autumn', 'Sara', 'Weddings']);
		expect(seen({ type: 'campaign' })).toEqual(['Autumn']);
		expect(seen({ search: 'nothing' })).toEqual([]);
	});
	it('has the archive apart, and nothing of the trash', () => {
		expect(seen({ status: 'archived' })).toEqual(['Old']);
	});
	it('begins with containers by name, then events from the latest', () => {
		const list = [
			project('E1', 'event', { date: '2026-01-01' }),
			project('E2', 'event', { date: '2026-02-01' }),
			project('B', 'folder'),
			project('A', 'brand')
		];
		expect(list.sort(inTreeOrder).map(({ id }) => id)).toEqual(['A', 'B', 'E2', 'E1']);
	});
});
