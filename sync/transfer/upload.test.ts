import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeManifest, readManifest, chunkBytes } from '#shared/files/manifest.ts';
import { fileKinds } from '#shared/files/kinds.ts';
import type { FileState } from '#shared/files/upload.ts';
import { seededRandom } from '../../tests/simulation/world.ts';
import { noise } from '../../tests/support/noise.ts';
import { cutIntoChunks, hashOf, transfersIn } from '../../tests/support/upload.ts';
import '../../tests/support/property.ts';
import { readFrames } from './frames.ts';
import type { Transfer, TransferServer, UploadPorts } from './ports.ts';
import { retryDelay } from './retry.ts';
import { drain } from './upload.ts';

const chunksFor = ({ sha256, size, chunks }: Transfer) =>
	chunks ? readManifest(chunks) : [{ length: size, hash: sha256 }];

/** What happens to one request: the network breaks before it, within it at a fraction, or before its answer. */
type Fate = 'fine' | 'before' | 'after' | number;

/** A server as the contract describes it, in memory. */
function fakeServer(fate: (request: number) => Fate) {
	const offered = new Map<string, Transfer>();
	const pieces = new Map<string, Uint8Array>();
	const stored = new Map<string, Uint8Array>();
	const log = { up: 0, again: 0, requests: 0, commits: [] as string[], sends: [] as string[][] };
	const stateOf = (file: Transfer): FileState => {
		if (stored.has(file.id)) return { stored: true, missing: [] };
		const missing = chunksFor(file).flatMap(({ hash, length }, index): [number, number][] => {
			const have = pieces.get(hash)?.length ?? 0;
			return have === length ? [] : [[index, have]];
		});
		return { stored: false, missing };
	};
	const cut = async <T>(run: (part: number) => T | Promise<T>): Promise<T> => {
		log.requests++;
		const what = fate(log.requests);
		await Promise.resolve();
		if (what === 'before') throw new Error('cut');
		const result = await run(typeof what === 'number' ? what : 1);
		if (what !== 'fine') throw new Error('cut');
		return result;
	};
	const server: TransferServer = {
		offer: (_, files) =>
			cut(() => {
				for (const file of files) offered.set(file.sha256, file);
				return files.map(stateOf);
			}),
		send: (_, body) =>
			cut(async (part) => {
				const arrived = body.subarray(0, Math.floor(body.length * part));
				log.up += arrived.length;
				const kinds: string[] = [];
				log.sends.push(kinds);
				let open: { hash: string; offset: number; length: number; parts: Uint8Array[] } | null =
					null;
				const end = () => {
					if (!open) return;
					const had = pieces.get(open.hash) ?? new Uint8Array();
					const came = Buffer.concat(open.parts);
					if (open.offset > had.length) throw new Error('a gap');
					log.again += Math.min(came.length, had.length - open.offset);
					const whole = Buffer.concat([had, came.subarray(had.length - open.offset)]);
					if (whole.length === open.length) expect(hashOf(whole)).toBe(open.hash);
					pieces.set(open.hash, whole);
					open = null;
				};
				const reading = readFrames(
					(async function* () {
						for (let at = 0; at < arrived.length; at += 9_999)
							yield await Promise.resolve(arrived.subarray(at, at + 9_999));
					})(),
					{
						begin({ sha256, index, offset }) {
							const file = offered.get(sha256)!;
							kinds.push(file.kind);
							const chunk = chunksFor(file)[index]!;
							open = { ...chunk, offset, parts: [] };
						},
						bytes: (bytes) => void open?.parts.push(bytes),
						end
					}
				);
				for await (const _ of reading);
			}),
		commit: (_, files) =>
			cut(() =>
				files.map((file) => {
					const state = stateOf(file);
					if (state.missing.length > 0 || state.stored) return state;
					const bytes = Buffer.concat(chunksFor(file).map(({ hash }) => pieces.get(hash)!));
					expect(hashOf(bytes)).toBe(file.sha256);
					stored.set(file.id, bytes);
					log.commits.push(file.kind);
					return { stored: true, missing: [] };
				})
			)
	};
	return { server, stored, log };
}

function device(contents: Map<string, Uint8Array<ArrayBuffer>>, rows: Transfer[]) {
	let clock = 0;
	const ports = (server: TransferServer, random = Math.random): UploadPorts => ({
		server,
		store: transfersIn(rows),
		read: ({ id }, start, end) => Promise.resolve(contents.get(id)!.slice(start, end)),
		cut: async ({ id }) => writeManifest(await cutIntoChunks(contents.get(id)!)),
		now: () => (clock += 100),
		sleep: (ms) => {
			clock += ms;
			return Promise.resolve();
		},
		patience: () => new AbortController().signal,
		random,
		isOpen: () => true
	});
	return { ports, tick: (ms: number) => (clock += ms) };
}

function fileOf(id: string, bytes: Uint8Array, kind: Transfer['kind'] = 'original'): Transfer {
	return {
		id,
		workspace: 'w',
		event: 'e',
		photo: id,
		kind,
		sha256: hashOf(bytes),
		size: bytes.length,
		order: fileKinds.indexOf(kind),
		notBefore: 0,
		attempts: 0,
		problem: null
	};
}

const fates = fc.array(
	fc.oneof(
		{ arbitrary: fc.constant<Fate>('fine'), weight: 4 },
		{ arbitrary: fc.constantFrom<Fate>('before', 'after'), weight: 1 },
		{ arbitrary: fc.double({ min: 0, max: 1, noNaN: true }), weight: 2 }
	),
	{ maxLength: 60 }
);

describe('sending', () => {
	it('ends whole however the network breaks off, and sends no byte twice that arrived', async () => {
		await fc.assert(
			fc.asyncProperty(
				fates,
				fc.array(fc.integer({ min: 1, max: 3_000_000 }), { minLength: 1, maxLength: 6 }),
				fc.integer({ min: 1, max: 1e6 }),
				async (plan, sizes, seed) => {
					const contents = new Map(sizes.map((size, n) => [`f${n}`, noise(size, seed + n)]));
					const rows = [...contents].map(([id, bytes]) => fileOf(id, bytes));
					const { server, stored, log } = fakeServer((n) => plan[n - 1] ?? 'fine');
					const { ports, tick } = device(contents, rows);
					const random = seededRandom(seed);
					for (let round = 0; round < 20 && rows.length > 0; round++) {
						await drain(ports(server, random));
						tick(120_000);
					}
					expect(rows).toEqual([]);
					for (const [id, bytes] of contents)
						expect(Buffer.compare(stored.get(id)!, bytes)).toBe(0);
					expect(log.again).toBe(0);
				}
			),
			{ numRuns: 60, endOnFailure: true }
		);
	});
	it('brings hundreds of small files with a handful of requests', async () => {
		const contents = new Map(
			Array.from({ length: 200 }, (_, n) => [`t${n}`, noise(20_000 + n, n + 1)] as const)
		);
		const rows = [...contents].map(([id, bytes]) => fileOf(id, bytes, 'thumb'));
		const { server, stored, log } = fakeServer(() => 'fine');
		const { ports } = device(contents, rows);
		expect(await drain(ports(server))).toBe(200);
		expect(stored.size).toBe(200);
		expect(log.requests).toBeLessThan(60);
	});
	it('holds few of ten thousand files at a time, and brings them with hundreds of requests', async () => {
		const COUNT = 10_000;
		const bytesOf = (id: string) => noise(900 + (Number(id) % 300), Number(id) + 1);
		const rows = Array.from({ length: COUNT }, (_, n) => fileOf(`${n}`, bytesOf(`${n}`), 'thumb'));
		const { server, stored, log } = fakeServer(() => 'fine');
		const ports = device(new Map(), []).ports(server);
		let sent = 0;
		const out = new Set<string>();
		let most = 0;
		await drain({
			...ports,
			store: {
				// as a database gives them: in their order, without those that are gone
				next: (_, limit) => {
					const found = rows.slice(sent, sent + limit);
					for (const { id } of found) out.add(id);
					most = Math.max(most, out.size);
					return Promise.resolve(found);
				},
				update: () => Promise.resolve(),
				remove: (ids) => {
					for (const id of ids) out.delete(id);
					// they end about in their order: a gap is waited for
					while (sent < COUNT && stored.has(rows[sent]!.id) && !out.has(rows[sent]!.id)) sent++;
					return Promise.resolve();
				}
			},
			read: ({ id }, start, end) => Promise.resolve(bytesOf(id).slice(start, end))
		});
		expect(stored.size).toBe(COUNT);
		expect(most).toBeLessThan(COUNT / 10);
		expect(log.requests).toBeLessThan(COUNT / 10);
	}, 30_000);
	it('costs one request for content that the server knows', async () => {
		const bytes = noise(2_000_000, 5);
		const { server, log } = fakeServer(() => 'fine');
		const rows = () => [fileOf('a', bytes)];
		await drain(device(new Map([['a', bytes]]), rows()).ports(server));
		const { requests, up } = log;
		await drain(device(new Map([['a', bytes]]), rows()).ports(server));
		expect(log.requests - requests).toBe(1);
		expect(log.up).toBe(up);
	});
	it('sends small kinds of all photos before any original, as the store says', async () => {
		const kinds = ['thumb', 'thumb', 'faces', 'faces', 'web', 'web', 'original'] as const;
		const sizes = { thumb: 30_000, faces: 5_000, web: 250_000, original: 3_000_000 };
		const contents = new Map(kinds.map((kind, n) => [`${kind}${n}`, noise(sizes[kind], n + 1)]));
		const rows = kinds.map((kind, n) => fileOf(`${kind}${n}`, contents.get(`${kind}${n}`)!, kind));
		const { server, log } = fakeServer(() => 'fine');
		await drain(device(contents, rows).ports(server));
		// of what is small nothing is begun after the original is
		const first = log.sends.findIndex((sent) => sent.includes('original'));
		const rest = log.sends.slice(first + 1).flat();
		expect(rest.filter((kind) => kind === 'thumb' || kind === 'faces')).toEqual([]);
		expect(log.commits.at(-1)).toBe('original');
	});
	describe('what comes while a large file is on its way', () => {
		const large = noise(12_000_000, 6);
		const small = noise(30_000, 7);
		const contents = new Map([
			['large', large],
			['small', small]
		]);
		/** @returns a promise that is kept once `open` is called */
		const gate = () => {
			let open = () => {};
			const opened = new Promise<void>((resolve) => (open = resolve));
			return { open, opened };
		};
		/** @returns kinds in the order in which they got there */
		const withNews = async (
			change: (ports: UploadPorts, news: () => void) => UploadPorts
		): Promise<string[]> => {
			const rows = [fileOf('large', large)];
			const { server, stored, log } = fakeServer(() => 'fine');
			let look = () => {};
			const news = () => {
				if (rows.every(({ id }) => id !== 'small') && !stored.has('small')) {
					rows.unshift(fileOf('small', small, 'thumb'));
					look();
				}
			};
			const ports = device(contents, rows).ports(server);
			const sent = await drain(
				change({ ...ports, onNews: (each) => ((look = each), () => (look = () => {})) }, news)
			);
			expect(sent).toBe(2);
			return log.commits;
		};
		it('goes before the rest of it', async () => {
			let sends = 0;
			const commits = await withNews((ports, news) => ({
				...ports,
				server: {
					...ports.server,
					async send(...given) {
						// the lanes are full, and half of the large file lies ready
						if (++sends === 4) news();
						await new Promise((resolve) => setTimeout(resolve, 1));
						return ports.server.send(...given);
					}
				}
			}));
			expect(commits).toEqual(['thumb', 'original']);
		});
		it('does not wait until it is cut', async () => {
			const arrived = gate();
			const commits = await withNews((ports, news) => ({
				...ports,
				async cut(transfer) {
					news();
					await arrived.opened;
					return ports.cut(transfer);
				},
				onProgress: ({ kind }, { phase }) =>
					void (kind === 'thumb' && phase === 'sent' && arrived.open())
			}));
			expect(commits).toEqual(['thumb', 'original']);
		});
		it('does not wait for a free lane', async () => {
			const free = gate();
			let sends = 0;
			const commits = await withNews((ports, news) => ({
				...ports,
				server: {
					...ports.server,
					async send(workspace, body, patience) {
						// all that is under way hangs until the small file is there
						const isSmall = body.length < 40_000 && body.length > small.length;
						if (++sends === 3) news();
						if (!isSmall) await free.opened;
						return ports.server.send(workspace, body, patience);
					}
				},
				onProgress: ({ kind }, { phase }) =>
					void (kind === 'thumb' && phase === 'sent' && free.open())
			}));
			expect(commits).toEqual(['thumb', 'original']);
		});
	});
	it('two devices with the same large file share the work', async () => {
		const bytes = noise(24_000_000, 9);
		const { server, stored, log } = fakeServer(() => 'fine');
		const ports = () => {
			const { ports: portsFor, tick } = device(new Map([['a', bytes]]), [fileOf('a', bytes)]);
			return portsFor({
				...server,
				// a megabit a second
				async send(workspace, body, patience) {
					await new Promise((resolve) => setTimeout(resolve, 1));
					tick(body.length / 125);
					return server.send(workspace, body, patience);
				}
			});
		};
		await Promise.all([drain(ports()), drain(ports())]);
		expect(stored.size).toBe(1);
		expect(log.up).toBeLessThan(bytes.length * 1.5);
	});
	it('stays below the limit that the person set', async () => {
		const bytes = noise(1_500_000, 4);
		const { server } = fakeServer(() => 'fine');
		const asked: number[] = [];
		let spent = 0;
		const ports: UploadPorts = {
			...device(new Map([['a', bytes]]), [fileOf('a', bytes)]).ports(server),
			limit: {
				room: (wanted) => {
					asked.push(wanted);
					return Promise.resolve(Math.min(wanted, 50_000));
				},
				spend: (sent) => {
					expect(sent).toBeLessThanOrEqual(50_000 + 100);
					spent += sent;
				}
			}
		};
		expect(await drain(ports)).toBe(1);
		expect(spent).toBeGreaterThanOrEqual(bytes.length);
	});
});

describe('what cannot be sent', () => {
	const bytes = noise(chunkBytes.max + 1, 2);
	const failing = (code: string | null, at: 'offer' | 'commit'): TransferServer => {
		const { server } = fakeServer(() => 'fine');
		const problem = { code: code ?? '', detail: 'no' };
		return {
			...server,
			[at]: () => Promise.resolve([{ stored: false, missing: [], problem }])
		};
	};
	it.each(['offer', 'commit'] as const)(
		'is kept for people to see when %s refuses it for good',
		async (at) => {
			const rows = [fileOf('a', bytes)];
			await drain(device(new Map([['a', bytes]]), rows).ports(failing('unsupported_type', at)));
			expect(rows[0]).toMatchObject({ problem: 'no', code: 'unsupported_type' });
		}
	);
	it('is tried later when the server failed with it, and does not hold up the others', async () => {
		const rows = [fileOf('bad', bytes), fileOf('good', bytes.slice(0, 600_000))];
		const contents = new Map([
			['bad', bytes],
			['good', bytes.slice(0, 600_000)]
		]);
		const { server, stored } = fakeServer(() => 'fine');
		const ports = device(contents, rows).ports({
			...server,
			commit: (workspace, files, patience) =>
				Promise.all(
					files.map(async (file) =>
						file.id === 'bad'
							? { stored: false, missing: [], problem: { code: 'internal', detail: 'no' } }
							: (await server.commit(workspace, [file], patience))[0]!
					)
				)
		});
		await drain(ports);
		expect([...stored.keys()]).toEqual(['good']);
		expect(rows[0]).toMatchObject({ id: 'bad', problem: null, attempts: 1 });
	});
	it('goes in smaller requests to a server that takes less at once', async () => {
		const large = noise(3_000_000, 5);
		const rows = [fileOf('a', large)];
		const { server, stored } = fakeServer(() => 'fine');
		let refusals = 0;
		const ports = device(new Map([['a', large]]), rows).ports({
			...server,
			send(workspace, body, patience) {
				if (body.length <= 150_000) return server.send(workspace, body, patience);
				refusals++;
				return Promise.reject(Object.assign(new Error('large'), { code: 'too_large' }));
			}
		});
		await drain(ports);
		expect([...stored.keys()]).toEqual(['a']);
		expect(refusals).toBeGreaterThan(0);
		expect(refusals).toBeLessThan(6);
	});
	it('is left for later when the server never accepts it', async () => {
		const rows = [fileOf('a', bytes)];
		const { server } = fakeServer(() => 'fine');
		await drain(
			device(new Map([['a', bytes]]), rows).ports({
				...server,
				commit: () => Promise.resolve([{ stored: false, missing: [[0, 0]] }])
			})
		);
		expect(rows[0]!.notBefore).toBeGreaterThan(0);
	});
	it('is said when this device has lost the file, and not when it could not be read once', async () => {
		const rows = [fileOf('a', bytes)];
		const { server, stored } = fakeServer(() => 'fine');
		const { ports, tick } = device(new Map([['a', bytes]]), rows);
		const broken = { ...ports(server), read: () => Promise.reject(new Error('gone')) };
		await drain(broken);
		expect(rows[0]).toMatchObject({ problem: null, attempts: 1 });
		for (let i = 0; i < 10; i++) {
			tick(60_000);
			await drain(broken);
		}
		expect(rows[0]).toMatchObject({ problem: 'gone', code: 'lost' });
		rows[0] = fileOf('a', bytes);
		tick(60_000);
		let reads = 0;
		const once = ports(server);
		const { read } = once;
		once.read = (...given) => (reads++ === 0 ? Promise.reject(new Error('busy')) : read(...given));
		await drain(once);
		tick(60_000);
		await drain(once);
		expect(stored.size).toBe(1);
	});
	it('ends when the device cannot write, and begins nothing more', async () => {
		const contents = new Map([0, 1, 2].map((n) => [`f${n}`, noise(900_000, n + 1)] as const));
		const rows = [...contents].map(([id, of]) => fileOf(id, of));
		const { server, log } = fakeServer(() => 'fine');
		const ports = device(contents, rows).ports(server);
		ports.store = { ...ports.store, remove: () => Promise.reject(new Error('the disk is full')) };
		await expect(drain(ports)).rejects.toThrow('the disk is full');
		await new Promise((resolve) => setTimeout(resolve, 50));
		const { requests } = log;
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(log.requests).toBe(requests);
	});
	it('waits when sending is not wanted', async () => {
		const { server, log } = fakeServer(() => 'fine');
		const ports = device(new Map([['a', bytes]]), [fileOf('a', bytes)]).ports(server);
		expect(await drain({ ...ports, isOpen: () => false })).toBe(0);
		expect(log.requests).toBe(0);
	});
	it('waits longer after each failure, at most a minute', () => {
		expect([1, 2, 3, 30].map((attempts) => retryDelay(attempts, 1))).toEqual([
			250, 500, 1_000, 60_000
		]);
	});
});
