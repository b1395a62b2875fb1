import type { Project } from './project.ts';
import type { Node, ProjectTree } from './tree.ts';

/** Longest name of a project. */
const MAX_NAME = 120;

/**
 * What takes a project out of the trash: back to where it was, or to the top where that is in the trash itself; with the
 * time in its name where another one has taken the name meanwhile.
 * @param now ISO 8601
 */
export function restoring<Item extends Node & Pick<Project, 'name'>>(
	tree: ProjectTree<Item>,
	project: Item,
	now: string
): { trashedAt: null; trashedBy: null; parent?: null; name?: string } {
	const parent = tree.parentOf(project.id);
	const isHidden = parent !== null && tree.isTrashed(parent.id);
	const place = isHidden ? null : (parent?.id ?? null);
	const isTaken = tree
		.childrenOf(place)
		.some(
			({ id, name }) =>
				id !== project.id &&
				!tree.isTrashed(id) &&
				name.toLowerCase() === project.name.toLowerCase()
		);
	const suffix = ` (restored ${now.slice(0, 16).replace('T', ' ')})`;
	return {
		trashedAt: null,
		trashedBy: null,
		...(isHidden ? { parent: null } : {}),
		...(isTaken ? { name: project.name.slice(0, MAX_NAME - suffix.length) + suffix } : {})
	};
}
