// Relays as processes of their own, all on one Postgres, and the generator that loads them.
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import postgres from 'postgres';
import { startPostgres } from '../../../tools/services.mjs';
import { type Session, makeEvent, setUp, until } from '../../support/client.ts';
import { root } from '../../support/paths.ts';
import { freePort, serverProcess } from '../../support/server.ts';

/**
 * Seconds of one measurement. Hocuspocus stores a document that is edited all the time every ten seconds, in the process that
 * delivers: what is measured for less tells mostly whether that fell into it.
 */
export const CYCLE = 10;

const here = join(root, 'tests/bench');
const peers = join(here, 'peers');

export type Kind = 'aura' | 'hocuspocus' | 'y-websocket';

/** One running relay with documents to edit. */
export interface RunningRelay {
	kind: Kind;
	port: number;
	pid: number;
	/** of each connection, from the first again after the last */
	headers: Record<string, string>[];
	/** ours: somebody signed in */
	session: Session | null;
	/** @returns names of new documents */
	documents(count: number): Promise<string[]>;
	/** told what a peer has stored, and when */
	onStored(hear: (message: unknown) => void): void;
	stop(): Promise<void>;
}

export interface Load {
	failure: string;
	rateDelivered: number;
	expected: number;
	arrived: number;
	p50: number;
	p99: number;
	saved50: number;
	saved99: number;
	saves: number;
	lag99: number;
	cpu: number;
}

export function installPeers(): void {
	const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
		cwd: peers,
		stdio: ['ignore', 2, 2]
	});
	if (result.status !== 0) throw new Error('the peers could not be installed');
}

/** Runs with a Postgres, and a database of its own for each asked. */
export async function withPostgres<T>(run: (database: () => Promise<string>) => Promise<T>) {
	const service = await startPostgres(root);
	const sql = postgres(service.url, { max: 1, onnotice: () => {} });
	let count = 0;
	const names: string[] = [];
	try {
		return await run(async () => {
			const name = `aura_bench_${process.pid}_${++count}`;
			names.push(name);
			await sql.unsafe(`create database ${name}`);
			const url = new URL(service.url);
			url.pathname = `/${name}`;
			return url.href;
		});
	} finally {
		for (const name of names) await sql.unsafe(`drop database if exists ${name} with (force)`);
		await sql.end();
		service.stop();
	}
}

const ended = (child: ChildProcess) =>
	child.exitCode !== null || child.signalCode !== null
		? Promise.resolve()
		: new Promise<void>((done) => child.once('exit', () => done()));

let hasPeers = false;

export async function startRelay(kind: Kind, databaseUrl: string): Promise<RunningRelay> {
	if (kind === 'aura') return startAura(databaseUrl);
	if (!hasPeers) installPeers();
	hasPeers = true;
	const names = (count: number) =>
		Promise.resolve(Array.from({ length: count }, () => `event-${crypto.randomUUID()}`));
	if (kind === 'y-websocket') {
		const port = await freePort();
		const bin = join(peers, 'node_modules/y-websocket/bin/server.cjs');
		const child = spawn(process.execPath, [bin], {
			env: { ...process.env, HOST: '127.0.0.1', PORT: String(port) },
			stdio: 'ignore'
		});
		await until('y-websocket', () =>
			fetch(`http://127.0.0.1:${port}`).then(
				() => true,
				() => false
			)
		);
		return {
			...{ kind, port, pid: child.pid!, headers: [], session: null, documents: names },
			onStored: () => {},
			async stop() {
				child.kill('SIGKILL');
				await ended(child);
			}
		};
	}
	const child = fork(join(peers, 'hocuspocus.mjs'), {
		env: { ...process.env, DATABASE_URL: databaseUrl },
		stdio: ['ignore', 'ignore', 'inherit', 'ipc']
	});
	const port = await new Promise<number>((done, fail) => {
		child.once('message', (message: { port: number }) => done(message.port));
		child.once('exit', () => fail(new Error('Hocuspocus did not start')));
	});
	return {
		...{ kind, port, pid: child.pid!, headers: [], session: null, documents: names },
		onStored: (hear) => void child.on('message', hear),
		async stop() {
			child.kill('SIGKILL');
			await ended(child);
		}
	};
}

/** Nobody may keep the relay busy alone: besides whoever set it up, so many edit, a connection each. */
const PEOPLE = 199;

/** @returns what each of many who may edit says who they are with */
async function people(session: Session): Promise<Record<string, string>[]> {
	const all: Record<string, string>[] = [];
	for (let at = 0; at < PEOPLE; at++) {
		const { secret } = await session.json<{ secret: string }>(
			'POST',
			`/api/workspaces/${session.workspace}/api-keys`,
			{ name: `Somebody ${at}`, scope: 'manage' }
		);
		all.push({ Authorization: `Bearer ${secret}` });
	}
	return all;
}

async function startAura(databaseUrl: string): Promise<RunningRelay> {
	const server = await serverProcess({ DATABASE_URL: databaseUrl });
	const session = await setUp(server);
	return {
		kind: 'aura',
		port: Number(new URL(server.url).port),
		pid: server.pid(),
		headers: [{ Cookie: session.cookie }, ...(await people(session))],
		session,
		async documents(count) {
			const names: string[] = [];
			for (let at = 0; at < count; at++)
				names.push(`event/${await makeEvent(session, `Event ${names.length} ${Date.now()}`)}`);
			return names;
		},
		onStored: () => {},
		stop: () => server.remove()
	};
}

/** A script in a process of its own. @returns asks it, and ends it */
function worker(script: string) {
	const child = fork(join(here, 'load', script), { stdio: 'inherit' });
	return {
		child,
		ask: <T>(message: object): Promise<T> =>
			new Promise((done, fail) => {
				child.once('message', (answer: { answer?: T; error?: string }) =>
					answer.error === undefined ? done(answer.answer as T) : fail(new Error(answer.error))
				);
				child.send(message);
			}),
		async close() {
			child.disconnect();
			await ended(child);
		}
	};
}

const whereOf = ({ kind, port, headers }: RunningRelay) => ({ dialect: kind, port, headers });

/** Somebody who fills documents with photos, and takes them. */
export function openFiller(relay: RunningRelay) {
	const { ask, close } = worker('filler.mjs');
	const where = whereOf(relay);
	return {
		fill: (documents: string[], photos: number): Promise<void> =>
			ask({ fill: { where, documents, photos, by: relay.session?.userId ?? 'somebody' } }),
		/** @returns ms until an empty document has all */
		take: (document: string, photos: number): Promise<number> =>
			ask({ take: { where, document, photos } }),
		close
	};
}

/** Connections to a relay in a process of its own. */
export async function openLoad(relay: RunningRelay, documents: string[], clients: number) {
	const { child, ask, close } = worker('generator.mjs');
	relay.onStored((message) => child.connected && child.send(message as object));
	await ask({ open: { ...whereOf(relay), documents, clients } });
	return {
		/**
		 * @param rate edits a second in all
		 * @param seconds that are measured, after as long a beginning as storing takes to come round
		 * @param settle ms to wait for what is on its way
		 */
		run: (rate: number, seconds = CYCLE, settle = 500) =>
			ask<Load>({ load: { rate, beginning: CYCLE, seconds, settle } }),
		close
	};
}

export interface Shape {
	name: string;
	rooms: number;
	clients: number;
	/** edits a second to begin with */
	from: number;
}

export const shapes: Shape[] = [
	{ name: '50 rooms x 4 clients', rooms: 50, clients: 4, from: 1_000 },
	{ name: '1 room x 200 clients', rooms: 1, clients: 200, from: 200 }
];

/** ms within which 99 of 100 edits must be delivered */
const LIMIT = 100;

/** How often a rate is tried before it counts as too much. */
const ATTEMPTS = 4;

/** The highest rate of edits at which p99 delivery stays below the limit, and what was delivered then. */
export async function topRate(relay: RunningRelay, shape: Shape) {
	const load = await openLoad(relay, await relay.documents(shape.rooms), shape.clients);
	let best: { rate: number; load: Load } | null = null;
	try {
		let misses = 0;
		for (let rate = shape.from; misses < ATTEMPTS;) {
			const result = await load.run(rate);
			const isMet = !result.failure && result.p99 <= LIMIT && result.arrived >= result.expected;
			if (process.env['AURA_BENCH_TRACE'])
				console.error(relay.kind, shape.name, rate, JSON.stringify(result));
			if (result.failure) break;
			if (isMet) {
				best = { rate, load: result };
				misses = 0;
				rate = Math.ceil(rate * (result.p99 < LIMIT / 4 ? 1.5 : 1.2));
			} else {
				misses++;
				// the machine itself stands still for a tenth of a second now and then
				await new Promise((done) => setTimeout(done, 2_000));
			}
		}
	} finally {
		await load.close();
	}
	if (!best) throw new Error(`${relay.kind} did not reach ${shape.from} edits a second`);
	return best;
}
