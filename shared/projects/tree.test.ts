import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Node, assignedProjects, buildTree } from './tree.ts';

const node = (id: string, parent: string | null, changes: Partial<Node> = {}): Node => ({
	id,
	parent,
	type: 'folder',
	status: 'active',
	trashedAt: null,
	...changes
});
const ids = (nodes: Iterable<Node>) => [...nodes].map(({ id }) => id).sort();

describe('a tree of projects', () => {
	it('finds ways up and down', () => {
		const tree = buildTree([node('a', null), node('b', 'a'), node('c', 'b', { type: 'event' })]);
		expect(tree.pathTo('c').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
		expect(ids(tree.allUnder('a'))).toEqual(['a', 'b', 'c']);
		expect(tree.parentOf('a')).toBeNull();
		expect(tree.pathTo('nothing')).toEqual([]);
	});
	it('puts to the top what lies under nothing, or under an event', () => {
		const tree = buildTree([node('a', 'gone'), node('e', null, { type: 'event' }), node('b', 'e')]);
		expect(ids(tree.childrenOf(null))).toEqual(['a', 'b', 'e']);
	});
	it('opens a circle that two devices made, at the smallest id', () => {
		const tree = buildTree([node('b', 'a'), node('a', 'b'), node('c', 'b')]);
		expect(tree.pathTo('c').map(({ id }) => id)).toEqual(['a', 'b', 'c']);
	});
	it('inherits trash and archive', () => {
		const tree = buildTree([
			node('a', null, { trashedAt: '2026-01-01T00:00:00Z' }),
			node('b', 'a'),
			node('c', null, { status: 'archived' }),
			node('d', 'c')
		]);
		expect([tree.isTrashed('b'), tree.isTrashed('d')]).toEqual([true, false]);
		expect([tree.isArchived('b'), tree.isArchived('d')]).toEqual([false, true]);
	});
	it('refuses moves under itself, under an event, under nothing', () => {
		const tree = buildTree([node('a', null), node('b', 'a'), node('e', null, { type: 'event' })]);
		expect(tree.moveFault('a', 'b')).toMatch(/under itself/);
		expect(tree.moveFault('a', 'a')).toMatch(/under itself/);
		expect(tree.moveFault('a', 'e')).toMatch(/under an event/);
		expect(tree.moveFault('a', 'x')).toMatch(/no such/);
		expect(tree.moveFault('b', null)).toBeNull();
	});
	it('is a tree whatever the parents say, in any order', () => {
		const names = [...'abcdef'];
		const parents = fc.array(fc.option(fc.constantFrom(...names, 'gone')), {
			minLength: 6,
			maxLength: 6
		});
		fc.assert(
			fc.property(parents, fc.shuffledSubarray(names, { minLength: 6 }), (given, order) => {
				const nodes = names.map((id, index) => node(id, given[index]!));
				const tree = buildTree(nodes);
				const shuffled = buildTree(order.map((id) => nodes.find((each) => each.id === id)!));
				for (const { id } of nodes) {
					expect(tree.pathTo(id).at(-1)?.id).toBe(id);
					expect(shuffled.parentOf(id)?.id).toBe(tree.parentOf(id)?.id);
				}
				const fromTheTop = tree.childrenOf(null).flatMap(({ id }) => tree.allUnder(id));
				expect(ids(fromTheTop)).toEqual(names);
			})
		);
	});
});

it('shows the assigned what is assigned, with all below and without the trash', () => {
	const tree = buildTree([
		node('a', null),
		node('b', 'a'),
		node('c', 'b', { type: 'event' }),
		node('d', 'b', { type: 'event', trashedAt: '2026-01-01T00:00:00Z' }),
		node('e', 'a', { type: 'event' })
	]);
	expect(ids(assignedProjects(tree, ['b', 'gone']).values())).toEqual(['b', 'c']);
	expect(ids(assignedProjects(tree, ['c', 'b', 'd']).values())).toEqual(['b', 'c']);
});
