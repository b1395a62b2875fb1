import type { Project, ProjectType } from '#shared/projects/project.ts';
import type { ProjectTree } from '#shared/projects/tree.ts';

export type StatusFilter = 'active' | 'archived' | 'trashed';

export interface ProjectFilter {
	status: StatusFilter;
	/** null: all */
	type: ProjectType | null;
	search: string;
}

const statusOf = (tree: ProjectTree, id: string): StatusFilter =>
	tree.isTrashed(id) ? 'trashed' : tree.isArchived(id) ? 'archived' : 'active';

/** @returns ids of projects that fit, and of what they lie under, so that they are seen in their place */
export function visibleProjects(tree: ProjectTree<Project>, filter: ProjectFilter): Set<string> {
	const words = filter.search.trim().toLocaleLowerCase();
	const visible = new Set<string>();
	for (const top of tree.childrenOf(null))
		for (const { id, type, name } of tree.allUnder(top.id)) {
			if (statusOf(tree, id) !== filter.status) continue;
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
