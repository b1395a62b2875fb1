import type { z } from 'zod';
import type { Action, Resource } from '../permissions.ts';

/** Who may write a root map: people by the permission table, or the server alone. */
export type Writer = 'member' | 'server';

/**
 * Declaration of one root map of a document: everything that layers need to know about it.
 * Clearing a key is writing null; keys are not deleted, so that a state vector says all that is saved
 * (docs/decisions/002-flat-documents.md).
 */
export interface RootDeclaration<Value> {
	/** Grammar of the keys; at most 256 characters. */
	key: RegExp;
	/** Schema of a value; null besides it means 'cleared'. */
	value: z.ZodType<Value>;
	writer: Writer;
	/** What the permission table is asked for. */
	resource: Resource;
	create: Action;
	update: Action;
	delete: Action;
	/** The person whom a value names as its author; it must be the writer or whoever was named before. */
	author?: (value: Value) => string | undefined;
}

/** A document's root maps by name. */
export type DocumentDeclaration = Record<string, RootDeclaration<unknown>>;

/** Declares a root map that members edit; keeps its value's type. */
export function root<Value>(
	declaration: Omit<RootDeclaration<Value>, 'writer' | 'create' | 'update' | 'delete'> &
		Partial<Pick<RootDeclaration<Value>, 'writer' | 'create' | 'update' | 'delete'>>
): RootDeclaration<Value> {
	return { writer: 'member', create: 'create', update: 'update', delete: 'delete', ...declaration };
}

/** Limit of one value as JSON, in characters. */
export const MAX_VALUE_LENGTH = 16 * 1024;
/** Limit of one key, in characters. */
export const MAX_KEY_LENGTH = 256;
