import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type EndpointKey, type Endpoints, endpoints } from '#shared/api/endpoints.ts';
import type { Access, Answer, Endpoint, Validated } from '#shared/api/endpoint.ts';
import type { Identity } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import { isStorableText } from '#shared/text.ts';
import type { z } from 'zod';
import { createThrottle } from './limits.ts';
import type { Repeats } from './repeats.ts';
import { streamBody, tooLarge } from './stream.ts';
import type { Actor, AuraContext, Variables } from './context.ts';

const MAX_JSON_BYTES = 256 * 1024;

/** Requests in a minute; 0: no limit. */
export interface RateLimits {
	person: number;
	workspace: number;
	/** of a network address; a venue's guests share one */
	address: number;
}

/** Tells who asks; throws AuraError where nobody, or nobody of this workspace, does. */
export interface Gate {
	session(c: AuraContext, endpoint: Endpoint): Promise<Identity>;
	/** @param endpoint what is asked for: closed workspaces answer to little */
	member(c: AuraContext, workspace: string, endpoint: Endpoint): Promise<Actor>;
	superadmin(c: AuraContext, endpoint: Endpoint): Promise<Identity>;
}

type Who<A extends Access> = A extends 'member'
	? Actor
	: A extends 'session' | 'superadmin'
		? Identity
		: null;

export type Handler<Key extends EndpointKey> = (
	input: Validated<Key, Endpoints[Key]> & { who: Who<Endpoints[Key]['access']>; c: AuraContext }
) => Promise<Answer<Endpoints[Key]> | Response>;

/** Registers a handler for an endpoint of the contract. */
export type Implement = <Key extends EndpointKey>(key: Key, handler: Handler<Key>) => void;

function invalid(error: z.ZodError): AuraError {
	const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
	const [first] = issues;
	const detail = first
		? first.path
			? `${first.path}: ${first.message}`
			: first.message
		: 'Not valid.';
	return new AuraError('invalid', detail, { issues });
}

/** Parsing accepts what recursion would not: refuse what no client of ours sends. */
function assertShallow(value: unknown, depth = 0): void {
	if (depth > 32) throw new AuraError('invalid', 'The JSON is nested too deeply.');
	if (typeof value === 'string' && !isStorableText(value))
		throw new AuraError('invalid', 'A text has NUL or half a character in it.');
	if (typeof value !== 'object' || value === null) return;
	for (const [key, inner] of Object.entries(value)) {
		if (key === '__proto__' || key === 'constructor' || key === 'prototype')
			throw new AuraError('invalid', `${key} is not a field.`);
		assertShallow(key);
		assertShallow(inner, depth + 1);
	}
}

async function readJson(c: AuraContext): Promise<unknown> {
	if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
		throw new AuraError('unsupported_type', 'Send JSON with Content-Type: application/json.');
	const text = await c.req.text();
	// Before JSON.parse, which recurses: count the depth that brackets alone can reach.
	let depth = 0;
	for (const char of text) {
		if (char === '{' || char === '[') depth++;
		else if (char === '}' || char === ']') depth--;
		if (depth > 256) throw new AuraError('invalid', 'The JSON is nested too deeply.');
	}
	let value: unknown;
	try {
		value = JSON.parse(text, (key, inner: unknown) => {
			if (key === '__proto__') throw new AuraError('invalid', '__proto__ is not a field.');
			return inner;
		});
	} catch (error) {
		if (error instanceof AuraError) throw error;
		throw new AuraError('bad_request', 'The body is not JSON.');
	}
	assertShallow(value);
	return value;
}

/** Whether a request may carry an Idempotency-Key: then it is carried out once, however often it comes. */
export const isRepeatable = (method: string, { access, bytes, produces }: Endpoint): boolean =>
	method !== 'GET' && access === 'member' && !bytes && !produces;

/** @returns the router of the API and the function that fills it. */
export function createApi(
	gate: Gate,
	rateLimits: RateLimits,
	repeats: Repeats
): {
	router: Hono<{ Variables: Variables }>;
	implement: Implement;
} {
	const router = new Hono<{ Variables: Variables }>();
	const byAddress = createThrottle(rateLimits.address);
	const byPerson = createThrottle(rateLimits.person);
	const byWorkspace = createThrottle(rateLimits.workspace);
	const onError = () => {
		throw tooLarge();
	};
	const pass: MiddlewareHandler = (_, next) => next();
	const implement: Implement = (key, handler) => {
		const [method, path] = key.split(' ') as [string, string];
		const endpoint: Endpoint = endpoints[key];
		const limit = endpoint.bytes?.maxBytes ?? endpoint.maxBytes ?? MAX_JSON_BYTES;
		router.on(
			method,
			path.replaceAll(/\{(\w+)\}/g, ':$1'),
			endpoint.bytes?.isStream ? pass : bodyLimit({ maxSize: limit, onError }),
			async (c) => {
				const params = c.req.param() as Record<string, string>;
				// no id and no search has what no database holds
				if (!Object.values(params).every(isStorableText))
					throw new AuraError('not_found', `There is nothing at ${c.req.path}.`);
				if (!Object.values(c.req.query()).every(isStorableText))
					throw new AuraError('invalid', 'The query has NUL or half a character in it.');
				const setHeader = (name: string, value: string) => c.header(name, value);
				await byAddress.count(c.get('address'), setHeader);
				const who =
					endpoint.access === 'member'
						? await gate.member(c, params['workspace'] ?? '', endpoint)
						: endpoint.access === 'superadmin'
							? await gate.superadmin(c, endpoint)
							: endpoint.access === 'session'
								? await gate.session(c, endpoint)
								: null;
				const person = who && 'identity' in who ? who.identity : who;
				if (who && 'membership' in who) await byWorkspace.count(who.membership.id, setHeader);
				if (person) await byPerson.count(person.user.id, setHeader);
				// bodies come as they are: nothing is unpacked, so that nothing small becomes large
				const encoding = c.req.header('content-encoding');
				if (encoding && encoding !== 'identity')
					throw new AuraError(
						'unsupported_type',
						`Send the body without Content-Encoding: ${encoding}.`
					);
				const query = endpoint.query?.safeParse(c.req.query());
				if (query && !query.success) throw invalid(query.error);
				let body: unknown;
				if (endpoint.bytes?.isStream) body = streamBody(c, limit);
				else if (endpoint.bytes) body = new Uint8Array(await c.req.arrayBuffer());
				else if (endpoint.body) {
					const parsed = endpoint.body.safeParse(await readJson(c));
					if (!parsed.success) throw invalid(parsed.error);
					body = parsed.data;
				}
				const input = { params, query: query?.data, body, who, c };
				const run = () => (handler as (given: unknown) => Promise<unknown>)(input);
				const repeat = c.req.header('idempotency-key');
				const answer =
					repeat !== undefined && isRepeatable(method, endpoint) && person
						? await repeats.once(
								{
									workspace: params['workspace'] ?? '',
									person: person.user.id,
									key: repeat,
									method,
									path: c.req.path,
									body
								},
								run
							)
						: await run();
				if (answer instanceof Response) return answer;
				const status = (endpoint.status ?? 200) as ContentfulStatusCode;
				return (status as number) === 204 ? c.body(null, 204) : c.json(answer as object, status);
			}
		);
	};
	return { router, implement };
}

/** Paths of the contract, to say what may be asked at one. */
const paths = (Object.keys(endpoints) as EndpointKey[]).map((key) => {
	const [method, path] = key.split(' ') as [string, string];
	return { method, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) };
});

/** Methods that an address answers to; empty where there is nothing. */
export const methodsAt = (path: string): string[] => [
	...new Set(paths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))
];
