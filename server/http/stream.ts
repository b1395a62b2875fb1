import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { AuraError } from '#shared/errors.ts';

/** What is said of a body that is larger than its endpoint takes. */
export const tooLarge = (): AuraError =>
	new AuraError('too_large', 'The request is larger than this endpoint takes.');

/**
 * The body of a request as it arrives; read from the socket itself where there is one, which takes half the work of a
 * web stream.
 * @throws AuraError too_large, at once where the request says how long it is, else while it is read
 */
export function streamBody(c: Context, most: number): AsyncIterable<Uint8Array> {
	if (Number(c.req.header('content-length') ?? 0) > most) throw tooLarge();
	const { incoming } = c.env as Partial<HttpBindings>;
	// whoever stops reading can still answer
	const body: unknown = incoming?.iterator({ destroyOnReturn: false }) ?? c.req.raw.body ?? [];
	return limited(body as AsyncIterable<Uint8Array>, most);
}

async function* limited(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
	let size = 0;
	for await (const bytes of body) {
		size += bytes.length;
		if (size > most) throw tooLarge();
		yield bytes;
	}
}
