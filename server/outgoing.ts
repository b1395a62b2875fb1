// Gets files from addresses that people typed, and nothing that only this machine can reach. The one place that knows ipaddr.js.
import { type LookupAddress, lookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AuraError } from '#shared/errors.ts';

/** Downloads are sent on to where they lie. */
const MAX_REDIRECTS = 5;
/** Silence after which it is given up, ms. */
const SILENT_MS = 30_000;

/** Whether it is an address of the open internet: not of this machine, its network, or a provider's own services. */
export function isPublicAddress(address: string): boolean {
	return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

const refused = (host: string) =>
	new AuraError('invalid', `${host} is not an address on the open internet.`);

/** Resolves names to public addresses only: what was looked at is what is connected to. */
const publicLookup: LookupFunction = (host, options, done) => {
	lookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
		if (error) return done(error, '');
		const [first] = found;
		if (!first || !found.every(({ address }) => isPublicAddress(address)))
			return done(refused(host), '');
		if (options.all) done(null, found);
		else done(null, first.address, first.family);
	});
};

/** How an address is asked; tests give another one. */
export type Get = (url: URL) => Promise<IncomingMessage>;

export const getPublic: Get = (url) =>
	new Promise((resolve, reject) => {
		const host = url.hostname.replace(/^\[|\]$/g, '');
		if (url.protocol !== 'https:' || url.username !== '')
			return reject(
				new AuraError('invalid', 'Only https:// addresses are asked, without a name in them.')
			);
		// numbers are not looked up
		if (ipaddr.isValid(host) && !isPublicAddress(host)) return reject(refused(host));
		const request = getHttps(url, { lookup: publicLookup, timeout: SILENT_MS }, resolve);
		request.once('timeout', () => request.destroy(new Error('it does not answer')));
		request.once('error', reject);
	});

/**
 * Gets a file.
 * @throws AuraError invalid for an address that is not asked, or that has no such file; too_large; unavailable when it breaks
 */
export async function* fetchFile(
	address: string,
	maxBytes: number,
	get: Get = getPublic
): AsyncGenerator<Uint8Array> {
	let url = new URL(address);
	const broken = (error: unknown) =>
		error instanceof AuraError
			? error
			: new AuraError(
					'unavailable',
					`${url.host} could not be reached: ${(error as Error).message}`
				);
	let answer: IncomingMessage;
	for (let count = 0; ; count++) {
		answer = await get(url).catch((error: unknown) => Promise.reject(broken(error)));
		const { statusCode = 0, headers } = answer;
		if (statusCode < 300 || statusCode >= 400 || !headers.location) break;
		answer.destroy();
		if (count >= MAX_REDIRECTS) throw new AuraError('invalid', 'The address leads in a circle.');
		url = new URL(headers.location, url);
	}
	if (answer.statusCode !== 200) {
		answer.destroy();
		throw new AuraError(
			'invalid',
			`${url.host} answers ${answer.statusCode}: there is no such file.`
		);
	}
	let size = 0;
	try {
		for await (const part of answer as AsyncIterable<Uint8Array>) {
			size += part.length;
			if (size > maxBytes)
				throw new AuraError('too_large', 'The file is larger than models may be.');
			yield part;
		}
	} catch (error) {
		throw broken(error);
	} finally {
		answer.destroy();
	}
}
