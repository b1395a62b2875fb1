// The typed client of the API: types from the contract, nothing of it at run time.
import type { Answer, Request } from '#shared/api/endpoint.ts';
import type { EndpointKey, Endpoints } from '#shared/api/endpoints.ts';
import { AuraError, type ErrorCode, type Problem } from '#shared/errors.ts';

type Given<Key extends EndpointKey> = Request<Key, Endpoints[Key]>;
type IsAbsent<Value> = [Value] extends [undefined]
	? true
	: [keyof Value] extends [never]
		? true
		: false;
/** What a call must name: params, query and body as far as the endpoint has them. */
type Input<Key extends EndpointKey> = {
	[
		Part in keyof Given<Key> as IsAbsent<Given<Key>[Part]> extends true ? never : Part
	]: Given<Key>[Part];
} & { signal?: AbortSignal; headers?: Record<string, string> };

/** The server could not be reached: no network, or the server is down. Nothing was lost. */
export class Unreachable extends Error {
	override readonly name = 'Unreachable';
}

/** Address of an endpoint with its parameters filled in. */
export function addressOf(
	key: EndpointKey,
	params: Record<string, string> = {},
	query: Record<string, string> = {}
): string {
	const path = key
		.slice(key.indexOf(' ') + 1)
		.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name]!));
	const search = new URLSearchParams(query).toString();
	return search ? `${path}?${search}` : path;
}

/**
 * Asks the API.
 * @throws AuraError with the code that the server gave
 * @throws Unreachable when there is no server to ask
 */
export async function call<Key extends EndpointKey>(
	key: Key,
	input: Input<Key>
): Promise<Answer<Endpoints[Key]>> {
	const { params, query, body, signal, headers } = input as {
		params?: Record<string, string>;
		query?: Record<string, string>;
		body?: unknown;
		signal?: AbortSignal;
		headers?: Record<string, string>;
	};
	const isBytes = body instanceof Uint8Array || body instanceof Blob;
	let response: Response;
	try {
		response = await fetch(addressOf(key, params, query), {
			method: key.slice(0, key.indexOf(' ')),
			...(body === undefined ? {} : { body: isBytes ? (body as BodyInit) : JSON.stringify(body) }),
			headers: {
				...headers,
				...(body === undefined
					? {}
					: { 'Content-Type': isBytes ? 'application/octet-stream' : 'application/json' })
			},
			...(signal ? { signal } : {})
		});
	} catch (error) {
		if ((error as Error).name === 'AbortError') throw error;
		throw new Unreachable('The server cannot be reached.');
	}
	if (response.ok)
		return (
			response.headers.get('content-type')?.includes('json') ? await response.json() : undefined
		) as never;
	const problem = (await response.json().catch(() => null)) as Problem | null;
	if (!problem?.code) {
		if (response.status >= 502 && response.status <= 504)
			throw new Unreachable('The server cannot be reached.');
		throw new AuraError('internal', `The server answered ${response.status}.`);
	}
	const { code, detail, type: _type, title: _title, status: _status, ...details } = problem;
	throw new AuraError(code as ErrorCode, detail, details);
}
