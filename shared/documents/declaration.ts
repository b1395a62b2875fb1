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
	/** Schema of a key's value; null besides it means 'cleared'. */
	value: (key: string) => z.ZodType<Value>;
	writer: Writer;
	/** What the permission table is asked for. */
	resource: Resource;
	create: Action;
	update: Action;
	delete: Action;
	/** A value says that what its key names is taken away; none, that it is there. */
	removes?: true;
	/**
	 * The person whom a value names as its author; it must be the writer or whoever was named before. Null: values of this
	 * key name nobody.
	 */
	author?: (value: Value, key: string) => string | undefined | null;
}

/** A document's root maps by name. */
export type DocumentDeclaration = Record<string, RootDeclaration<unknown>>;

type Optional = 'writer' | 'create' | 'update' | 'delete';
type Given<Value> = Omit<RootDeclaration<Value>, Optional | 'value'> &
	Partial<Pick<RootDeclaration<Value>, Optional>> & { value: z.ZodType<Value> };

const usual = { writer: 'member', create: 'create', update: 'update', delete: 'delete' } as const;

/** Declares a root map whose values are all of one kind. */
export function root<Value>({ value, ...given }: Given<Value>): RootDeclaration<Value> {
	return { ...usual, ...given, value: () => value };
}

const fieldOf = (key: string) => key.slice(key.indexOf('/') + 1);

/**
 * Declares a root map with one key per thing and field, `<id>/<field>`, each field with a schema of its own.
 * Setting and clearing a field is an update of the thing that it belongs to.
 * @param id source of a regular expression for the id
 * @param author name of the field whose value is the person who writes it
 */
export function fields(
	id: string,
	schemas: Record<string, z.ZodType>,
	resource: Resource,
	author?: string
): RootDeclaration<unknown> {
	return {
		...usual,
		create: 'update',
		delete: 'update',
		resource,
		key: new RegExp(`^${id}/(?:${Object.keys(schemas).join('|')})$`),
		value: (key) => schemas[fieldOf(key)]!,
		...(author
			? { author: (value, key) => (fieldOf(key) === author ? (value as string) : null) }
			: {})
	};
}

/** Limit of one value as JSON, in characters. */
export const MAX_VALUE_LENGTH = 16 * 1024;
/** Limit of one key, in characters. */
export const MAX_KEY_LENGTH = 256;
