import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#shared/bytes.ts';
import { fetchFile } from './fetch.ts';

const bytes = Uint8Array.from({ length: 10_000 }, (_, n) => (n * 7) % 251);
const tag = `"${await sha256Hex(bytes)}"`;

/** A server whose answers break off after so many bytes each. */
function server(breaks: number[], given: { etag?: string | null; bytes?: Uint8Array } = {}) {
	const asked: (string | null)[] = [];
	let sent = 0;
	const etag = given.etag === undefined ? tag : given.etag;
	const fetch = (_: unknown, { headers = {} }: { headers?: Record<string, string> } = {}) => {
		asked.push(headers['Range'] ?? null);
		const from =
			headers['Range'] && headers['If-Range'] === etag
				? Number(/\d+/.exec(headers['Range'])![0])
				: 0;
		const whole = (given.bytes ?? bytes).slice(from);
		const most = breaks.shift() ?? Infinity;
		if (most < 0) return Promise.reject(new TypeError('no network'));
		const parts = [whole.slice(0, most)];
		sent += parts[0]!.length;
		const stream = new ReadableStream(
			{
				// what was given is read before the error comes
				pull(controller) {
					const part = parts.shift();
					if (part) controller.enqueue(part);
					else if (most < whole.length) controller.error(new TypeError('broke off'));
					else controller.close();
				}
			},
			{ highWaterMark: 0 }
		);
		return Promise.resolve(
			new Response(stream, {
				status: from > 0 ? 206 : 200,
				headers: { 'content-length': String(whole.length), ...(etag ? { etag } : {}) }
			})
		);
	};
	const ports = { fetch: fetch as never, sleep: () => Promise.resolve() };
	return {
		asked,
		sent: () => sent,
		load: (isPatient = true) => fetchFile('/file', isPatient, ports)
	};
}
const bytesOf = async (loaded: Awaited<ReturnType<typeof fetchFile>>) =>
	new Uint8Array(await loaded!.blob.arrayBuffer());

describe('a file that is fetched', () => {
	it('goes on where it broke off, and costs no byte twice', async () => {
		const { asked, sent, load } = server([3_000, 2_000, 1]);
		expect(await bytesOf(await load())).toEqual(bytes);
		expect(asked).toEqual([null, 'bytes=3000-', 'bytes=5000-', 'bytes=5001-']);
		expect(sent()).toBe(bytes.length);
	});
	it('waits while there is no network, and gives up after a while', async () => {
		const { load } = server([4_000, -1, -1, -1]);
		expect(await bytesOf(await load())).toEqual(bytes);
		await expect(server(Array.from({ length: 9 }, () => -1)).load()).rejects.toThrow(
			'Check the network'
		);
	});
	it('is not waited for by whoever only looks, unless some of it is there', async () => {
		const { asked, load } = server([-1]);
		await expect(load(false)).rejects.toThrow();
		expect(asked).toHaveLength(1);
		expect(await bytesOf(await server([4_000, -1]).load(false))).toEqual(bytes);
	});
	it('is given up where it always breaks off and cannot be gone on from', async () => {
		const { asked, load } = server(
			Array.from({ length: 50 }, () => 9_000),
			{ etag: null }
		);
		await expect(load()).rejects.toThrow('Check the network');
		expect(asked).toHaveLength(5);
	});
	it('begins anew where the server does not say what it is', async () => {
		const { asked, load } = server([3_000], { etag: null });
		expect(await bytesOf(await load())).toEqual(bytes);
		expect(asked).toEqual([null, null]);
	});
	it('is not taken when it is not what the server says', async () => {
		const wrong = bytes.slice();
		wrong[5_000]! ^= 1;
		const { asked, load } = server([], { bytes: wrong });
		await expect(load()).rejects.toThrow('could not be loaded');
		expect(asked).toHaveLength(2);
	});
	it('is null where the server has none', async () => {
		const ports = {
			fetch: (() => Promise.resolve(new Response('', { status: 404 }))) as never,
			sleep: () => Promise.resolve()
		};
		expect(await fetchFile('/file', true, ports)).toBeNull();
	});
});
