import { joinProject } from '#shared/projects/document.ts';
import type { Project, ProjectFacts } from '#shared/projects/project.ts';
import type { Relay } from '#sync/relay/relay.ts';

/** The workspace's document, as far as projects are in it. */
export interface ProjectsDocument {
	projects: Map<string, ProjectFacts | null>;
	projectFields: Map<string, unknown>;
}

export async function readProjects(relay: Relay, document: string): Promise<ProjectsDocument> {
	const [projects, projectFields] = await relay.read(document, ['projects', 'projectFields']);
	return {
		projects: projects as Map<string, ProjectFacts | null>,
		projectFields: projectFields!
	};
}

/** A project as the document says it; null when it knows none of this id. */
export function projectIn(
	{ projects, projectFields }: ProjectsDocument,
	id: string
): Project | null {
	const facts = projects.get(id);
	return facts ? joinProject(id, facts, (name) => projectFields.get(`${id}/${name}`)) : null;
}

/** All projects of the document. */
export const projectsIn = (document: ProjectsDocument): Project[] =>
	[...document.projects.keys()].flatMap((id) => projectIn(document, id) ?? []);
