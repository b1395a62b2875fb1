/**
 * The one family of errors. A code is stable: clients and tests rely on it; the message is for people
 * and says what happened, to what, and what to do.
 */
export const statusOfCode = {
	bad_request: 400,
	unauthenticated: 401,
	forbidden: 403,
	suspended: 403,
	sign_in_again: 403,
	not_found: 404,
	method_not_allowed: 405,
	conflict: 409,
	archived: 409,
	missing_chunks: 409,
	unknown_model: 409,
	gone: 410,
	too_large: 413,
	over_quota: 413,
	unsupported_type: 415,
	range_not_satisfiable: 416,
	invalid: 422,
	upgrade_required: 426,
	too_many_requests: 429,
	internal: 500,
	unavailable: 503,
	storage_full: 507
} as const;

export type ErrorCode = keyof typeof statusOfCode;

/** An expected failure. `details` are added to the RFC 9457 problem document; keep secrets out of them. */
export class AuraError extends Error {
	override readonly name = 'AuraError';
	constructor(
		readonly code: ErrorCode,
		message: string,
		readonly details: Record<string, unknown> = {}
	) {
		super(message);
	}
	/** HTTP status of this code. */
	get status(): number {
		return statusOfCode[this.code];
	}
}

/** RFC 9457 problem details, as every failing response of the API carries them. */
export interface Problem {
	type: string;
	title: string;
	status: number;
	code: ErrorCode;
	detail: string;
	[extension: string]: unknown;
}

/** @returns the problem document of an error; anything unexpected becomes an 'internal' one without its message. */
export function toProblem(error: unknown, supportId?: string): Problem {
	const known = error instanceof AuraError ? error : undefined;
	const code: ErrorCode = known?.code ?? 'internal';
	return {
		type: 'about:blank',
		title: code.replaceAll('_', ' '),
		status: statusOfCode[code],
		code,
		detail:
			known?.message ??
			'Something went wrong on the server. Nothing you did is lost; try again in a moment.',
		...(supportId ? { supportId } : {}),
		...known?.details
	};
}
