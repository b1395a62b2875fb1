import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../server/database/database.ts';
import type { Relay } from '#sync/relay/relay.ts';
import type { AccessLog } from '../../server/features/renditions/access.ts';
import type { Renditions } from '../../server/features/renditions/service.ts';
import type { Appearances } from '../../server/features/people/appearances.ts';
import type { Reembed } from '../../server/features/faces/reembed.ts';
import type { Exports } from '../../server/features/exports/service.ts';
import type { Storage } from '../../server/storage/storage.ts';
import type { Config } from '../../server/config.ts';
import { start } from '../../server/start.ts';
import { freshDatabase } from './database.ts';
import { root } from './paths.ts';
import { layDatabase } from './template.ts';
import { s3Environment, testS3 } from './s3.ts';
import { embedThread, facesThread, peopleThread, relayThread } from './relay-thread.ts';

/** What `npm start` gives Node. */
const flags = (
	JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start
	.split(' ')
	.filter((word) => word.startsWith('--'));

export const SETUP_TOKEN = 'test-setup-token';

export interface TestServer {
	url: string;
	dataDir: string;
	database: Database;
	relay: Relay;
	storage: Storage;
	access: AccessLog;
	renditions: Renditions;
	exports: Exports;
	appearances: Appearances;
	reembed: Reembed;
	/** unexpected failures that the server reported */
	reports: unknown[];
	stop(): Promise<void>;
}

/** A server in this process, on a database and folder of its own. */
export async function startTestServer(
	given: Partial<
		Pick<
			Config,
			'github' | 'rateLimits' | 'redisUrl' | 'databaseUrl' | 'requestTimeout' | 'relayThread'
		>
	> & {
		isEmbedded?: boolean;
	} = {}
): Promise<TestServer> {
	const dataDir = mkdtempSync(join(tmpdir(), 'aura-test-'));
	const database = given.isEmbedded || given.databaseUrl ? undefined : await freshDatabase();
	if (!given.databaseUrl && !database) await layDatabase(dataDir, 'migrated');
	const reports: unknown[] = [];
	const server = await start(
		{
			port: 0,
			host: '127.0.0.1',
			dataDir,
			databaseUrl: given.databaseUrl ?? database?.url,
			s3: testS3(),
			setupToken: SETUP_TOKEN,
			publicUrl: undefined,
			smtpUrl: undefined,
			github: given.github,
			secretKey: undefined,
			redisUrl: given.redisUrl,
			backups: undefined,
			rateLimits: given.rateLimits ?? { person: 0, workspace: 0, address: 0 },
			mailFrom: 'aura@localhost',
			trustedProxies: 0,
			requestTimeout: given.requestTimeout ?? 120_000,
			appDir: join(root, 'build/app'),
			relayThread: given.relayThread ?? relayThread,
			peopleThread,
			facesThread,
			embedThread,
			version: 'test'
		},
		(error) => reports.push(error)
	);
	return {
		url: `http://localhost:${server.port}`,
		dataDir,
		database: server.database,
		relay: server.relay,
		storage: server.storage,
		access: server.access,
		renditions: server.renditions,
		exports: server.exports,
		appearances: server.appearances,
		reembed: server.reembed,
		reports,
		async stop() {
			await server.stop();
			await database?.drop();
			rmSync(dataDir, { recursive: true, force: true });
		}
	};
}

/** A port that nobody uses at the moment. */
export function freePort(): Promise<number> {
	return new Promise((done, fail) => {
		const probe = createServer().listen(0, '127.0.0.1', () => {
			const address = probe.address();
			probe.close(() =>
				address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))
			);
		});
	});
}

export interface ServerProcess {
	url: string;
	dataDir: string;
	/** Starts it (again), on the same port and data. */
	start(): Promise<void>;
	/** Ends it: 'SIGKILL' as a crash would. */
	stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
	/** Ends it and removes its data. */
	remove(): Promise<void>;
	output(): string;
	pid(): number;
	/** what it runs with, for a command on the same installation */
	env: NodeJS.ProcessEnv;
}

/**
 * The built server as a process of its own, for tests that kill and restart it.
 * @param build folder of the build
 * @param isFirstStart it makes its database itself, as on a new installation
 */
export async function serverProcess(
	more: NodeJS.ProcessEnv = {},
	build = join(root, 'build'),
	isFirstStart = false
): Promise<ServerProcess> {
	const dataDir = mkdtempSync(join(tmpdir(), 'aura-e2e-'));
	const database = await freshDatabase();
	const isElsewhere = database || more['DATABASE_URL'] || more['DATA_DIR'];
	if (!isElsewhere && !isFirstStart) await layDatabase(dataDir, 'migrated');
	const port = await freePort();
	const url = `http://localhost:${port}`;
	let child: ChildProcess | null = null;
	let output = '';
	const stop: ServerProcess['stop'] = async (signal = 'SIGTERM') => {
		const running = child;
		child = null;
		if (!running || running.exitCode !== null) return;
		const ended = new Promise((done) => running.once('exit', done));
		running.kill(signal);
		await ended;
	};
	const env = {
		...process.env,
		PORT: String(port),
		HOST: '127.0.0.1',
		DATA_DIR: dataDir,
		AURA_SETUP_TOKEN: SETUP_TOKEN,
		DATABASE_URL: database?.url ?? '',
		...s3Environment(),
		...more
	};
	const begin = async () => {
		child = spawn(process.execPath, [...flags, join(build, 'server/main.js')], {
			cwd: root,
			env
		});
		child.stdout!.on('data', (chunk) => (output += String(chunk)));
		child.stderr!.on('data', (chunk) => (output += String(chunk)));
		for (let attempt = 0; attempt < 300; attempt++) {
			const response = await fetch(`${url}/api/health`).catch(() => null);
			if (response?.ok) return;
			if (child.exitCode !== null) break;
			await new Promise((done) => setTimeout(done, 100));
		}
		throw new Error(`The server did not start:\n${output}`);
	};
	await begin();
	return {
		url,
		dataDir,
		start: begin,
		stop,
		async remove() {
			await stop();
			await database?.drop();
			rmSync(dataDir, { recursive: true, force: true });
		},
		output: () => output,
		pid: () => child!.pid!,
		env
	};
}
