import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who may ask: 'public' anybody, 'session' whoever is signed in, 'member' whoever belongs to the
 * workspace that the path names, 'superadmin' who runs the platform.
 */
export type Access = 'public' | 'session' | 'member' | 'superadmin';

/** One endpoint of the API: validation, types, OpenAPI document and client all come from it. */
export interface Endpoint {
	summary: string;
	tag: string;
	access: Access;
	/** answers also in a workspace that is archived or deleted: to open it again */
	evenClosed?: true;
	/** changes rights or money: not with a session that began by face alone */
	isStrong?: true;
	query?: z.ZodObject;
	body?: z.ZodType;
	/** bytes instead of JSON, with their limit; as a stream they are handled while they arrive */
	bytes?: { maxBytes: number; isStream?: true };
	/** the most bytes of JSON, where it is more than usual */
	maxBytes?: number;
	status?: 200 | 201 | 204;
	/** absent: no content, or bytes */
	response?: z.ZodType;
	/** media type of an answer that is not JSON */
	produces?: string;
	errors?: readonly ErrorCode[];
}

type PathOf<Key extends string> = Key extends `${Method} ${infer Path}` ? Path : never;
type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
	? Name | ParamsOf<Rest>
	: never;

/** Names in braces of an endpoint's path. */
export type Params<Key extends string> = Record<ParamsOf<PathOf<Key>>, string>;

type Of<E, Part extends string> = E extends { [P in Part]: infer Value } ? Value : undefined;
type In<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;
type Out<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a client gives. */
export interface Request<Key extends string, E> {
	params: Params<Key>;
	query: In<Of<E, 'query'>>;
	body: Of<E, 'bytes'> extends object ? Uint8Array<ArrayBuffer> | Blob : In<Of<E, 'body'>>;
}
/** What a service gets, validated. */
export interface Validated<Key extends string, E> {
	params: Params<Key>;
	query: Out<Of<E, 'query'>>;
	body: Of<E, 'bytes'> extends { isStream: true }
		? AsyncIterable<Uint8Array>
		: Of<E, 'bytes'> extends object
			? Uint8Array<ArrayBuffer>
			: Out<Of<E, 'body'>>;
}
/** What a client gets. */
export type Answer<E> = Out<Of<E, 'response'>>;
