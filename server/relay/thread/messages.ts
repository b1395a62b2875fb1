// What the main thread and the relay's thread say to each other.
import type { Author } from '#sync/documents/authorise.ts';
import type { PresenceState } from '#sync/presence/codec.ts';
import type { Change } from '#sync/relay/entries.ts';
import type { Dialect } from '#sync/relay/protocol.ts';
import type { Parameter } from '../../database/database.ts';
import type { PackedFrames } from './frames.ts';

/** Errors cross threads without their class; a code decides what is done about them. */
export interface PlainError {
	message: string;
	stack: string | undefined;
	code: string | undefined;
}

export const toPlain = (error: unknown): PlainError =>
	error instanceof Error
		? { message: error.message, stack: error.stack, code: (error as { code?: string }).code }
		: { message: String(error), stack: undefined, code: undefined };

export const fromPlain = ({ message, stack, code }: PlainError): Error => {
	const error = new Error(message);
	if (stack) error.stack = stack;
	return code === undefined ? error : Object.assign(error, { code });
};

/** A statement, alone or in a transaction. */
export interface Statement {
	sql: string;
	parameters: Parameter[];
}

export interface JoinRequest {
	/** numbers count up from 1 */
	seat: number;
	/** in the shared counters */
	place: number;
	document: string;
	author: Author;
	name: string;
	dialect: Dialect;
	refusalsSeen: number;
	takesPieces: boolean;
}

export type ToRelay =
	| { kind: 'join'; join: JoinRequest }
	| { kind: 'frames'; packed: PackedFrames }
	| { kind: 'leave'; seat: number }
	| { kind: 'read'; id: number; document: string; roots: string[] }
	| { kind: 'edit'; id: number; document: string; values: Change[] }
	| { kind: 'look'; id: number }
	| { kind: 'hear'; document: string; head: number }
	| { kind: 'hearPresence'; document: string; states: PresenceState[] | null }
	| { kind: 'beat' }
	| DatabaseAnswer;

export type DatabaseAnswer =
	| { kind: 'rows'; id: number; rows: object[] }
	| { kind: 'failedStatement'; id: number; error: PlainError };

export type FromRelay =
	| { kind: 'ready' }
	| { kind: 'joined'; seat: number }
	| { kind: 'notJoined'; seat: number; error: PlainError }
	| { kind: 'frames'; packed: PackedFrames }
	| { kind: 'close'; seat: number; code: number; reason: string }
	/** it says nothing more of this seat, nor counts for it */
	| { kind: 'left'; seat: number }
	| { kind: 'done'; id: number; answer: unknown }
	| { kind: 'failed'; id: number; error: PlainError }
	| { kind: 'opens'; document: string }
	| { kind: 'opened'; document: string }
	| { kind: 'changed'; document: string }
	| { kind: 'count'; document: string; entries: number }
	| { kind: 'heads'; heads: Map<string, number> }
	| { kind: 'presence'; document: string; states: PresenceState[] | null }
	| { kind: 'report'; error: PlainError }
	/** transaction 0: none */
	| { kind: 'statement'; id: number; transaction: number; statement: Statement }
	| { kind: 'begin'; id: number; transaction: number }
	| { kind: 'end'; transaction: number; isCommit: boolean };
