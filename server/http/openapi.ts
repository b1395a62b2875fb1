import { z } from 'zod';
import { endpoints } from '#shared/api/endpoints.ts';
import type { Endpoint } from '#shared/api/endpoint.ts';
import { statusOfCode } from '#shared/errors.ts';
import { isRepeatable } from './endpoint.ts';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
	const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
	return rest;
};

const securityOf = {
	public: [],
	session: [{ session: [] }],
	member: [{ session: [] }, { key: [] }],
	superadmin: [{ session: [] }]
} as const;

const idempotencyKey = {
	name: 'Idempotency-Key',
	in: 'header',
	description:
		'8 to 128 characters of your choice. Whoever repeats the request with the same key within 7 days gets the first answer.',
	schema: { type: 'string' }
};

function operation(method: string, path: string, endpoint: Endpoint): Json {
	const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
	const query = endpoint.query ? schemaOf(endpoint.query, 'input') : null;
	const errors = [
		...(endpoint.errors ?? []),
		...(endpoint.access === 'public' ? [] : (['unauthenticated'] as const)),
		...(endpoint.access === 'member' ? (['not_found', 'suspended'] as const) : []),
		...(endpoint.access === 'superadmin' ? (['forbidden'] as const) : [])
	];
	const status = endpoint.status ?? 200;
	const responses: Json = {
		[status]: {
			description: status === 204 ? 'Done' : 'The answer',
			...(endpoint.response
				? { content: { 'application/json': { schema: schemaOf(endpoint.response, 'output') } } }
				: endpoint.produces
					? { content: { [endpoint.produces]: { schema: { type: 'string', format: 'binary' } } } }
					: {})
		}
	};
	for (const code of errors)
		responses[statusOfCode[code]] = {
			description: code.replaceAll('_', ' '),
			content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
		};
	return {
		summary: endpoint.summary,
		tags: [endpoint.tag],
		security: securityOf[endpoint.access],
		parameters: [
			...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
			...Object.entries((query?.['properties'] as Json) ?? {}).map(([name, schema]) => ({
				name,
				in: 'query',
				required: ((query?.['required'] as string[]) ?? []).includes(name),
				schema
			})),
			...(isRepeatable(method, endpoint) ? [idempotencyKey] : [])
		],
		...(endpoint.body
			? {
					requestBody: {
						required: true,
						content: { 'application/json': { schema: schemaOf(endpoint.body, 'input') } }
					}
				}
			: endpoint.bytes
				? {
						requestBody: {
							required: true,
							content: {
								'application/octet-stream': { schema: { type: 'string', format: 'binary' } }
							}
						}
					}
				: {}),
		responses
	};
}

/** The OpenAPI 3.1 document of the whole API. */
export function openApiDocument(version: string): Json {
	const paths: Record<string, Json> = {};
	for (const [key, endpoint] of Object.entries(endpoints)) {
		const [method, path] = key.split(' ') as [string, string];
		paths[path] = { ...paths[path], [method.toLowerCase()]: operation(method, path, endpoint) };
	}
	return {
		openapi: '3.1.0',
		info: { title: 'Aura Pro', version },
		paths,
		components: {
			securitySchemes: {
				session: { type: 'apiKey', in: 'cookie', name: 'aura_session' },
				key: { type: 'http', scheme: 'bearer' }
			},
			schemas: {
				Problem: {
					type: 'object',
					description: 'RFC 9457 problem details',
					required: ['type', 'title', 'status', 'code', 'detail'],
					properties: {
						type: { type: 'string' },
						title: { type: 'string' },
						status: { type: 'integer' },
						code: { type: 'string', enum: Object.keys(statusOfCode) },
						detail: { type: 'string' },
						supportId: { type: 'string' }
					}
				}
			}
		}
	};
}
