import type { Project, ProjectType } from '#shared/projects/project.ts';
import type { ProjectTree } from '#shared/projects/tree.ts';

export type StatusFilter = 'active' | 'archived';

export interface ProjectFilter {
	status: StatusFilter;
	/** null: all */
	type: ProjectType | null;
	search: string;
}

/** @returns ids of projects that fit, and of what they lie under, so that they are seen in their place */
export function visibleProjects(tree: ProjectTree<Project>, filter: ProjectFilter): Set<string> {
	const words = filter.search.trim().toLocaleLowerCase();
	const visible = new Set<string>();
	for (const top of tree.childrenOf(null))
		for (const { id, type, name } of tree.allUnder(top.id)) {
			if (tree.isTrashed(id)) continue;
			if (tree.isArchived(id) !== (filter.status === 'archived')) continue;
			if (filter.type && type !== filter.type) continue;
			if (words && !name.toLocaleLowerCase().includes(words)) continue;
			for (const each of tree.pathTo(id)) visible.add(each.id);
		}
	return visible;
}

/** Containers by name, then events, latest first. */
export const inTreeOrder = (a: Project, b: Project): number => {
	const isEvent = (project: Project) => (project.type === 'event' ? 1 : 0);
	return (
		isEvent(a) - isEvent(b) ||
		(a.type === 'event'
			? (b.date ?? b.createdAt).localeCompare(a.date ?? a.createdAt)
			: a.name.localeCompare(b.name)) ||
		a.id.localeCompare(b.id)
	);
};
