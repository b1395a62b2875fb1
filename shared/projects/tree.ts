// How projects lie under each other. Two devices can move projects apart from each other so that a parent is gone, in
// the trash, an event, or below its own child: what everybody sees then is decided here, the same everywhere.
import type { Project } from './project.ts';

export type Node = Pick<Project, 'id' | 'type' | 'parent' | 'status' | 'trashedAt'>;

export interface ProjectTree<P extends Node = Node> {
	get(id: string): P | undefined;
	/** The project that it lies under; null at the top. */
	parentOf(id: string): P | null;
	/** What lies directly under a project, or at the top. */
	childrenOf(id: string | null): P[];
	/** From the top down to the project itself; empty when there is none. */
	pathTo(id: string): P[];
	/** The project and all below it. */
	allUnder(id: string): P[];
	/** It, or something that it lies under, is in the trash. */
	isTrashed(id: string): boolean;
	/** It, or something that it lies under, is archived. */
	isArchived(id: string): boolean;
	/** Why it cannot be moved there, in a sentence; null when it can. @param to null: to the top */
	moveFault(id: string, to: string | null): string | null;
}

export function buildTree<P extends Node>(projects: Iterable<P>): ProjectTree<P> {
	const all = new Map([...projects].map((project) => [project.id, project]));
	const parents = new Map<string, P | null>();
	for (const project of all.values()) parents.set(project.id, wantedParent(all, project));
	breakCircles(parents);

	const children = new Map<string | null, P[]>();
	for (const project of all.values()) {
		const key = parents.get(project.id)?.id ?? null;
		const siblings = children.get(key);
		if (siblings) siblings.push(project);
		else children.set(key, [project]);
	}
	const parentOf = (id: string) => parents.get(id) ?? null;
	const pathTo = (id: string): P[] => {
		const path: P[] = [];
		for (let at = all.get(id) ?? null; at; at = parentOf(at.id)) path.unshift(at);
		return path;
	};
	const childrenOf = (id: string | null) => children.get(id) ?? [];
	const allUnder = (id: string): P[] => {
		const found: P[] = [];
		const waiting = all.has(id) ? [all.get(id)!] : [];
		for (let next = waiting.pop(); next; next = waiting.pop()) {
			found.push(next);
			waiting.push(...childrenOf(next.id));
		}
		return found;
	};
	return {
		get: (id) => all.get(id),
		parentOf,
		childrenOf,
		pathTo,
		allUnder,
		isTrashed: (id) => pathTo(id).some(({ trashedAt }) => trashedAt !== null),
		isArchived: (id) => pathTo(id).some(({ status }) => status === 'archived'),
		moveFault(id, to) {
			if (to === null) return null;
			const target = all.get(to);
			if (!target) return 'There is no such project.';
			if (target.type === 'event') return 'Nothing lies under an event.';
			if (pathTo(to).some((each) => each.id === id))
				return 'A project cannot lie under itself or what is below it.';
			return null;
		}
	};
}

function wantedParent<P extends Node>(all: Map<string, P>, project: P): P | null {
	const parent = project.parent === null ? undefined : all.get(project.parent);
	return !parent || parent.type === 'event' ? null : parent;
}

/** Puts the project with the smallest id of each circle to the top. */
function breakCircles<P extends Node>(parents: Map<string, P | null>): void {
	const settled = new Set<string>();
	for (const start of parents.keys()) {
		const walked: string[] = [];
		const onTheWay = new Set<string>();
		let at: string | null = start;
		while (at !== null && !settled.has(at) && !onTheWay.has(at)) {
			walked.push(at);
			onTheWay.add(at);
			at = parents.get(at)?.id ?? null;
		}
		if (at !== null && onTheWay.has(at)) {
			const circle = walked.slice(walked.indexOf(at));
			parents.set(
				circle.reduce((least, id) => (id < least ? id : least)),
				null
			);
		}
		for (const id of walked) settled.add(id);
	}
}

/**
 * What somebody sees who sees only what they are assigned to: those projects and everything below them, without the
 * trash.
 */
export function assignedProjects<P extends Node>(
	tree: ProjectTree<P>,
	assigned: Iterable<string>
): Map<string, P> {
	const seen = new Map<string, P>();
	for (const id of assigned)
		for (const project of tree.allUnder(id))
			if (!tree.isTrashed(project.id)) seen.set(project.id, project);
	return seen;
}
