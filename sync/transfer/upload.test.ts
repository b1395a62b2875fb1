import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES } from '#shared/files/kinds.ts';
import type { FileState } from '#shared/files/upload.ts';
import { type QueuedTransfer, drain, retryDelay } from './queue.ts';
import { type Transfer, type TransferServer, upload } from './upload.ts';

const transferOf = (size: number): Transfer => ({
	event: 'e',
	photo: 'p',
	kind: 'original',
	sha256: 's',
	size
});

/** A server that keeps pieces, and a network that breaks off at chosen moments. */
function faithfulServer(size: number, breaksAt: (request: number) => 'before' | 'after' | null) {
	const pieces = new Map<number, number>();
	let placed = false;
	let request = 0;
	const state = (): FileState => {
		const all = Array.from({ length: Math.ceil(size / CHUNK_BYTES) }, (_, index) => index);
		return { stored: placed, missing: placed ? [] : all.filter((index) => !pieces.has(index)) };
	};
	const cut = <T>(run: () => T): Promise<T> => {
		const when = breaksAt(request++);
		if (when === 'before') return Promise.reject(new Error('cut'));
		const result = run();
		return when === 'after' ? Promise.reject(new Error('cut')) : Promise.resolve(result);
	};
	const server: TransferServer = {
		offer: () => cut(state),
		putChunk: (_, index, bytes) =>
			cut(() => {
				pieces.set(index, bytes.length);
			}),
		commit: () =>
			cut(() => {
				if (state().missing.length > 0)
					throw Object.assign(new Error('missing'), {
						code: 'missing_chunks',
						details: { missing: state().missing }
					});
				placed = true;
				return state();
			})
	};
	return { server, pieces, isPlaced: () => placed };
}
const read = (_: Transfer, start: number, end: number) =>
	Promise.resolve(new Uint8Array(end - start));

describe('sending a file', () => {
	it('ends whole however often the network breaks off, and sends no piece twice that arrived', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.integer({ min: 1, max: 6 * CHUNK_BYTES + 1 }),
				fc.array(fc.constantFrom('before' as const, 'after' as const, null, null), {
					maxLength: 25
				}),
				async (size, breaks) => {
					const { server, pieces, isPlaced } = faithfulServer(size, (n) => breaks[n] ?? null);
					const arrived = new Map<number, number>();
					const counting: TransferServer = {
						...server,
						putChunk: (transfer, index, bytes) => {
							if (size > CHUNK_BYTES) expect(pieces.has(index)).toBe(false);
							arrived.set(index, (arrived.get(index) ?? 0) + 1);
							return server.putChunk(transfer, index, bytes);
						}
					};
					for (let attempt = 0; attempt < 40 && !isPlaced(); attempt++)
						await upload(transferOf(size), counting, read).catch(() => undefined);
					expect(isPlaced()).toBe(true);
					expect([...pieces.values()].reduce((a, b) => a + b, 0)).toBe(size);
				}
			),
			{ numRuns: 200 }
		);
	});

	it('gives up, to be tried later, when the server never accepts', async () => {
		const server: TransferServer = {
			offer: () => Promise.resolve({ stored: false, missing: [0] }),
			putChunk: () => Promise.resolve(),
			commit: () => Promise.resolve({ stored: false, missing: [0] })
		};
		await expect(upload(transferOf(CHUNK_BYTES * 2), server, read)).rejects.toThrow('not accepted');
	});
});

describe('the queue', () => {
	const queued = (kind: Transfer['kind'], n: number): QueuedTransfer => ({
		...transferOf(10),
		kind,
		id: `${kind}${n}`,
		notBefore: 0,
		attempts: 0,
		problem: null
	});
	function queue(rows: QueuedTransfer[], commit: TransferServer['commit']) {
		const order: string[] = [];
		return {
			order,
			rows,
			ports: {
				store: {
					next: (now: number, limit: number, kinds: readonly string[]) =>
						Promise.resolve(
							rows
								.filter(({ notBefore, problem }) => notBefore <= now && !problem)
								.sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
								.slice(0, limit)
						),
					update: (id: string, changes: Partial<QueuedTransfer>) => {
						const at = rows.findIndex((row) => row.id === id);
						rows[at] = { ...rows[at]!, ...changes };
						return Promise.resolve();
					},
					remove: (id: string) => {
						rows.splice(
							rows.findIndex((row) => row.id === id),
							1
						);
						return Promise.resolve();
					}
				},
				server: {
					offer: () => Promise.resolve({ stored: false, missing: [0] }),
					putChunk: () => Promise.resolve(),
					commit: (transfer: Transfer) => {
						order.push(transfer.kind);
						return commit(transfer);
					}
				},
				read,
				now: () => 1_000,
				random: () => 0.5,
				isOpen: () => true
			}
		};
	}

	it('sends thumbnails and faces of all before any original', async () => {
		const rows = (['original', 'web', 'faces', 'thumb'] as const).flatMap((kind) => [
			queued(kind, 1),
			queued(kind, 2)
		]);
		const { order, ports } = queue(rows, () => Promise.resolve({ stored: true, missing: [] }));
		expect(await drain(ports, 1)).toBe(8);
		expect(order).toEqual([
			'thumb',
			'thumb',
			'faces',
			'faces',
			'web',
			'web',
			'original',
			'original'
		]);
	});

	it('keeps what failed for later, and what cannot succeed for people to see', async () => {
		const { rows, ports } = queue([queued('thumb', 1), queued('web', 1)], ({ kind }) =>
			Promise.reject(
				Object.assign(new Error('no'), { code: kind === 'web' ? 'unsupported_type' : 'internal' })
			)
		);
		await drain(ports);
		expect(rows.find(({ kind }) => kind === 'thumb')).toMatchObject({ attempts: 1, problem: null });
		expect(rows.find(({ kind }) => kind === 'thumb')!.notBefore).toBeGreaterThan(1_000);
		expect(rows.find(({ kind }) => kind === 'web')).toMatchObject({ problem: 'no' });
	});

	it('waits longer after each failure, at most a minute', () => {
		expect([1, 2, 3, 20].map((attempts) => retryDelay(attempts, 1))).toEqual([
			2_000, 4_000, 8_000, 60_000
		]);
	});
});
