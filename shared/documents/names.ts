import type { DocumentDeclaration } from './declaration.ts';
import { eventDocument } from './event.ts';
import { workspaceDocument } from './workspace.ts';

export type DocumentKind = 'workspace' | 'event';

export const declarations: Record<DocumentKind, DocumentDeclaration> = {
	workspace: workspaceDocument as unknown as DocumentDeclaration,
	event: eventDocument as unknown as DocumentDeclaration
};

const grammar = /^(workspace|event)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** @returns the kind and id that a document's name says, or null when it is no document's name. */
export function parseDocumentName(name: string): { kind: DocumentKind; id: string } | null {
	const match = grammar.exec(name);
	return match ? { kind: match[1] as DocumentKind, id: match[2]! } : null;
}
