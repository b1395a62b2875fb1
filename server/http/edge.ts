// What every request passes first: its id, its address, headers of the answer, the check of its origin.
import type { HttpBindings } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { randomBytes } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import type { Variables } from './context.ts';

type Middleware = MiddlewareHandler<{ Variables: Variables }>;

/**
 * Address of a client for counting: an IPv6 network counts as one (/64).
 * @param trustedProxies how many proxies in front add to X-Forwarded-For
 */
export function clientAddress(
	socket: string,
	forwarded: string | undefined,
	trustedProxies: number
): string {
	const hops = [...(forwarded?.split(',').map((hop) => hop.trim()) ?? []), socket];
	const address = (hops[Math.max(0, hops.length - 1 - trustedProxies)] || socket).replace(
		/^::ffff:/,
		''
	);
	return address.includes(':') ? address.split(':').slice(0, 4).join(':') + '::/64' : address;
}

/** Whether a browser sent this from a page of ours; tools that are no browser send no Origin. */
export function isOwnOrigin(
	origin: string | undefined,
	host: string | undefined,
	publicUrl?: string
): boolean {
	if (origin === undefined) return true;
	if (publicUrl && origin === new URL(publicUrl).origin) return true;
	return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}

export const edge =
	(trustedProxies: number, publicUrl: string | undefined): Middleware =>
	async (c, next) => {
		c.set('requestId', randomBytes(6).toString('hex'));
		const socket = getConnInfo(c).remote.address ?? '';
		c.set('address', clientAddress(socket, c.req.header('x-forwarded-for'), trustedProxies));
		// two readers would take two different ones (RFC 9112, 3.2)
		const { rawHeaders = [] } = (c.env as Partial<HttpBindings>).incoming ?? {};
		const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && /^host$/i.test(name));
		if (hosts.length > 1) throw new AuraError('bad_request', 'A request has one Host header.');
		const isChange = !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
		if (isChange) {
			const site = c.req.header('sec-fetch-site');
			const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
			if (isForeign || !isOwnOrigin(c.req.header('origin'), c.req.header('host'), publicUrl))
				throw new AuraError('forbidden', 'This request came from another site.');
		}
		await next();
	};

/**
 * Headers of every answer. `script-src` names the hashes of the inline scripts that the built pages
 * have; styles may be inline because Svelte sets style attributes.
 */
export const securityHeaders = (scriptHashes: string[], isTls: boolean): Middleware =>
	secureHeaders({
		contentSecurityPolicy: {
			defaultSrc: [`'self'`],
			scriptSrc: [
				`'self'`,
				`'wasm-unsafe-eval'`,
				...scriptHashes.map((hash) => `'sha256-${hash}'`)
			],
			styleSrc: [`'self'`, `'unsafe-inline'`],
			imgSrc: [`'self'`, 'blob:', 'data:'],
			mediaSrc: [`'self'`, 'blob:'],
			connectSrc: [`'self'`, 'blob:'],
			workerSrc: [`'self'`, 'blob:'],
			objectSrc: [`'none'`],
			baseUri: [`'none'`],
			formAction: [`'self'`],
			frameAncestors: [`'none'`]
		},
		crossOriginEmbedderPolicy: 'require-corp',
		crossOriginOpenerPolicy: 'same-origin',
		crossOriginResourcePolicy: 'same-origin',
		permissionsPolicy: { camera: ['self'], usb: ['self'], geolocation: [], microphone: [] },
		referrerPolicy: 'no-referrer',
		strictTransportSecurity: isTls ? 'max-age=31536000; includeSubDomains' : false,
		xFrameOptions: 'DENY',
		xXssProtection: false
	});

/** What one person is told is nobody else's to keep. */
export const privateAnswers: Middleware = async (c, next) => {
	await next();
	if (!c.res.headers.has('cache-control')) c.res.headers.set('Cache-Control', 'private, no-store');
};
