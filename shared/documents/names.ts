import type { DocumentDeclaration } from './declaration.ts';
import { eventDocument } from './event.ts';
import { deskDocument, workspaceDocument } from './workspace.ts';

export type DocumentKind = 'workspace' | 'event' | 'desk';

export const declarations: Record<DocumentKind, DocumentDeclaration> = {
	workspace: workspaceDocument as unknown as DocumentDeclaration,
	event: eventDocument as unknown as DocumentDeclaration,
	desk: deskDocument as unknown as DocumentDeclaration
};

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const grammar = new RegExp(`^(?:(workspace|event)/(${uuid})|desk/(${uuid})/(${uuid}))$`);

/** What a document's name says: `workspace/<id>`, `event/<id>` or `desk/<workspace>/<person>`. */
export type DocumentName =
	{ kind: 'workspace' | 'event'; id: string } | { kind: 'desk'; id: string; person: string };

/** @returns null when it is no document's name. */
export function parseDocumentName(name: string): DocumentName | null {
	const match = grammar.exec(name);
	if (!match) return null;
	const [, kind, id, workspace, person] = match;
	if (workspace) return { kind: 'desk', id: workspace, person: person! };
	return { kind: kind as 'workspace' | 'event', id: id! };
}
