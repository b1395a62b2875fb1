import type { DocumentDeclaration } from '#shared/documents/declaration.ts';
import { MAX_VALUE_LENGTH } from '#shared/documents/declaration.ts';
import { isStorable } from '#shared/text.ts';
import { type Action, type Role, can } from '#shared/permissions.ts';
import type { KeyChange } from './inspect.ts';
import type { Json } from './update.ts';

/** Whoever writes: a member with a role, or the server itself. */
export type Author = { id: string; role: Role } | { id: string; role: 'server' };

/** Why one key was not changed. */
export type RefusalReason =
	'unknown_root' | 'key' | 'value' | 'author' | 'role' | 'server_only' | 'full' | 'lost';

export interface Refusal {
	root: string;
	key: string;
	reason: RefusalReason;
	/** what was wrong with the value, for people */
	message: string;
}

const verbs: Partial<Record<Action, string>> = { create: 'add', update: 'change' };

/**
 * @param current gives the key's value in the document before the change
 * @returns why this person may not make this change, or null when it stands
 */
export function refusalOf(
	declaration: DocumentDeclaration,
	change: KeyChange,
	author: Author,
	current: () => unknown
): Refusal | null {
	const { root, key } = change;
	const refuse = (reason: RefusalReason, message: string): Refusal => ({
		root,
		key,
		reason,
		message
	});
	const rules = Object.hasOwn(declaration, root) ? declaration[root] : undefined;
	if (!rules) return refuse('unknown_root', `There is no ${root} in this document.`);
	if (!rules.key.test(key)) return refuse('key', `${key} is not a key of ${root}.`);
	if (author.role !== 'server') {
		if (rules.writer === 'server') return refuse('server_only', `Only the server writes ${root}.`);
		const action = change.deletes ? rules.delete : change.exists ? rules.update : rules.create;
		if (!can(author.role, action, rules.resource))
			return refuse(
				'role',
				`The role ${author.role} may not ${verbs[action] ?? action} ${rules.resource.replace('_', ' ')}s.`
			);
	}
	for (const value of change.values) {
		const wrong = valueFault(rules, key, value, author, current);
		if (wrong) return refuse(wrong.reason, wrong.message);
	}
	return null;
}

function valueFault(
	rules: DocumentDeclaration[string],
	key: string,
	value: Json,
	author: Author,
	current: () => unknown
): Pick<Refusal, 'reason' | 'message'> | null {
	if (value === null) return null;
	if (JSON.stringify(value).length > MAX_VALUE_LENGTH)
		return { reason: 'value', message: 'The value is too large.' };
	if (!isStorable(value))
		return { reason: 'value', message: 'The text has NUL or half a character in it.' };
	const schema = rules.value(key);
	const parsed = schema.safeParse(value);
	if (!parsed.success)
		return {
			reason: 'value',
			message: parsed.error.issues[0]?.message ?? 'The value does not fit.'
		};
	if (!rules.author || author.role === 'server') return null;
	const named = rules.author(parsed.data, key);
	if (named === null) return null;
	if (named === author.id) return null;
	const before = schema.safeParse(current());
	const earlier = before.success ? rules.author(before.data, key) : undefined;
	if (earlier !== undefined && named === earlier) return null;
	return { reason: 'author', message: 'It names somebody else as its author.' };
}
