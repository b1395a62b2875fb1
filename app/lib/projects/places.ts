import type { Project } from '#shared/projects/project.ts';
import type { ProjectTree } from '#shared/projects/tree.ts';
import { inTreeOrder } from './filter.ts';

/** Where a project can lie, as choices: '' is the top. @param project null: a new one */
export function placesFor(
	tree: ProjectTree<Project>,
	project: string | null
): { value: string; label: string }[] {
	const choices = [{ value: '', label: 'Nothing: at the top' }];
	const add = (parent: string | null, level: number) => {
		for (const each of tree.childrenOf(parent).toSorted(inTreeOrder)) {
			if (each.type === 'event' || tree.isTrashed(each.id) || each.id === project) continue;
			choices.push({ value: each.id, label: `${'\u2003'.repeat(level)}${each.name}` });
			add(each.id, level + 1);
		}
	};
	add(null, 0);
	return choices;
}
