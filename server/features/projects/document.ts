import type * as Y from 'yjs';
import { joinProject } from '#shared/projects/document.ts';
import type { Project, ProjectFacts } from '#shared/projects/project.ts';

/** A project as the workspace's document says it; null when it knows none of this id. */
export function projectIn(doc: Y.Doc, id: string): Project | null {
	const facts = doc.getMap<ProjectFacts | null>('projects').get(id);
	if (!facts) return null;
	const fields = doc.getMap('projectFields');
	return joinProject(id, facts, (name) => fields.get(`${id}/${name}`));
}

/** All projects of the workspace's document. */
export const projectsIn = (doc: Y.Doc): Project[] =>
	[...doc.getMap('projects').keys()].flatMap((id) => projectIn(doc, id) ?? []);
