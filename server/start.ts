import { type ServerType, serve } from '@hono/node-server';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { openDatabase } from './database/open.ts';
import type { Database } from './database/database.ts';
import { makeBackup } from './features/backups/backup.ts';
import { openControl } from './features/backups/control.ts';
import { backUpDaily } from './features/backups/daily.ts';
import { createMarkStored } from './features/files/stored-marks.ts';
import { type Exports, createExports } from './features/exports/service.ts';
import { type Appearances, createAppearances } from './features/people/appearances.ts';
import { createEmptying, stripForgotten } from './features/people/forget.ts';
import { sweepFaces } from './features/people/retention.ts';
import { type Reembed, createReembed } from './features/faces/reembed.ts';
import { createGuestPictures } from './features/scan/pictures.ts';
import { createThread } from './thread.ts';
import { type AccessLog, createAccessLog } from './features/renditions/access.ts';
import { sweepCaches } from './features/renditions/evict.ts';
import { type Renditions, createRenditions } from './features/renditions/service.ts';
import { sweepUploads } from './features/files/sweep.ts';
import { sweepTemporary } from './features/temporary/service.ts';
import { sweepTrash } from './features/trash/service.ts';
import { purgeDeleted } from './features/workspaces/status.ts';
import { createRepeats } from './http/repeats.ts';
import { createMailer } from './mail/mailer.ts';
import { createClaimsSigner } from './features/auth/claims.ts';
import { createSessions } from './features/auth/sessions.ts';
import { createSetup } from './features/platform/setup.ts';
import { createSigner } from './features/scan/signed.ts';
import { processesOf } from './relay/processes.ts';
import { createSnapshots } from './relay/snapshots.ts';
import { createThreadedRelay } from './relay/thread/host.ts';
import { openRedis } from './redis.ts';
import { createSecretBox, readKey, secretKeyOf } from './secrets.ts';
import type { Storage } from './storage/storage.ts';
import { openStorage } from './storage/open.ts';
import { AuraError } from '#shared/errors.ts';
import type { Relay } from '#sync/relay/relay.ts';
import { limits } from '#sync/documents/update.ts';

/** How often expired sessions are forgotten, and long deleted workspaces removed. */
const SWEEP_MS = 60 * 60 * 1000;
/** How often it is written down how often files were asked for. */
const ACCESS_MS = 60_000;
/** How often connections are asked whether they live. */
const ROUND_MS = 30_000;
/** How often it is looked for what other processes stored and died before they told. */
const LOOK_MS = 2_000;
/** How often other processes are told again who is here. */
const BEAT_MS = 20_000;

export interface RunningServer {
	port: number;
	setupToken: string | null;
	database: Database;
	relay: Relay;
	storage: Storage;
	access: AccessLog;
	renditions: Renditions;
	exports: Exports;
	appearances: Appearances;
	reembed: Reembed;
	stop(): Promise<void>;
}

/** Makes everything real and listens. @throws Error that says what to do when it cannot. */
export async function start(
	config: Config,
	report: (error: unknown, requestId?: string) => void
): Promise<RunningServer> {
	const storage = await openStorage(config);
	const database = await openDatabase(config);
	const redis = config.redisUrl
		? await openRedis(config.redisUrl, report).catch(async (error: unknown) => {
				await database.close();
				throw error;
			})
		: null;
	const secretKey = secretKeyOf(config);
	const processes = processesOf(database, redis, report);
	const snapshots = createSnapshots(database, report);
	const relay = await createThreadedRelay({
		file: config.relayThread,
		database,
		secretKey,
		tellHeads: processes.tellHeads,
		tellPresence: processes.tellPresence,
		count: snapshots.count,
		report
	});
	let isLooking = false;
	const look = setInterval(() => {
		if (isLooking) return;
		isLooking = true;
		relay
			.look()
			// why it was away is reported where it is known
			.catch((error: unknown) => error instanceof AuraError || report(error))
			.finally(() => (isLooking = false));
	}, LOOK_MS).unref();
	const beat = setInterval(() => relay.beat(), BEAT_MS).unref();
	const setup = createSetup(database, config.dataDir, config.setupToken);
	const sessions = createSessions(database, config.publicUrl?.startsWith('https:') ?? false);
	const secrets = createSecretBox(secretKey);
	const repeats = createRepeats(database, secrets);
	const markStored = createMarkStored(database, relay);
	const renditions = createRenditions(database, storage, markStored, report);
	const access = createAccessLog(database);
	const exports = createExports(database, storage, report);
	const appearances = createAppearances(database, createThread(config.peopleThread), report);
	const reembed = createReembed(
		{
			...{ database, storage, thread: createThread(config.embedThread) },
			...{ folder: join(config.dataDir, 'face-models'), appDir: config.appDir }
		},
		report
	);
	const pictures = createGuestPictures(
		createThread(config.facesThread, config.appDir),
		reembed.fileOf
	);
	relay.onChange(appearances.changed);
	const emptyOff = createEmptying({ database, storage, markStored }, report);
	relay.onChange(emptyOff.changed);
	const counting = setInterval(() => void access.flush().catch(report), ACCESS_MS).unref();
	const readDisk = async () => {
		if (config.s3) return null;
		const { bavail, blocks, bsize } = await statfs(config.dataDir);
		return { free: bavail * bsize, total: blocks * bsize };
	};
	const mailer = createMailer(
		config.smtpUrl,
		config.mailFrom,
		join(config.dataDir, 'mail'),
		report
	);
	const origin = config.publicUrl ?? `http://localhost:${config.port}`;
	const makeUp = async () => {
		const workspaces = await database.query<{ id: string }>(
			`select id from workspaces where status = 'active'`
		);
		for (const { id } of workspaces) {
			await renditions.sweep(id);
			await stripForgotten({ database, storage, markStored }, id);
			await appearances.sweep(id);
		}
		await reembed.sweep();
	};
	const { dataDir, version } = config;
	const backupPorts = { database, storage, dataDir, version };
	const closeControl =
		database.kind === 'embedded'
			? await openControl(
					dataDir,
					({ folder, ...options }) => makeBackup(backupPorts, folder, options),
					report
				)
			: null;
	const tidy = () =>
		sessions
			.sweep()
			.then(() => repeats.sweep())
			.then(() => purgeDeleted(database, storage))
			.then(() => sweepUploads(database, storage))
			.then(() => sweepTemporary({ database, relay, mailer, origin }, report))
			.then(() => sweepFaces({ database, relay }, report))
			.then(() => sweepTrash({ database, relay, storage }, report))
			.then(() => sweepCaches({ database, storage, markStored }, readDisk, report))
			.then(makeUp)
			.then(() => exports.sweep())
			.then(() => config.backups && backUpDaily(backupPorts, config.backups))
			.catch(report);
	const sweep = setInterval(() => void tidy(), SWEEP_MS).unref();
	const app = createApp({
		config,
		database,
		storage,
		relay,
		markStored,
		renditions,
		access,
		exports,
		appearances,
		reembed,
		pictures,
		processes,
		setup,
		sessions,
		repeats,
		mailer,
		redis,
		claims: createClaimsSigner(config.dataDir),
		secrets,
		signer: createSigner(readKey(config.dataDir, 'signing-key'), () =>
			Math.floor(Date.now() / 1000)
		),
		report
	});
	const sockets = new WebSocketServer({
		noServer: true,
		maxPayload: limits.bytes + 1024,
		// states are long and repeat themselves, edits are short and do not
		perMessageDeflate: {
			threshold: 4096,
			serverNoContextTakeover: true,
			clientNoContextTakeover: true,
			zlibDeflateOptions: { level: 3 }
		}
	});
	const heartbeat = keepAlive(sockets);
	const server = await listen(app.fetch, config, sockets);
	const address = server.address();
	return {
		port: typeof address === 'object' && address ? address.port : config.port,
		setupToken: await setup.token(),
		database,
		relay,
		storage,
		access,
		renditions,
		exports,
		appearances,
		reembed,
		async stop() {
			clearInterval(sweep);
			clearInterval(counting);
			await renditions.stop();
			await appearances.stop();
			await pictures.stop();
			await reembed.stop();
			await emptyOff.stop();
			clearInterval(look);
			clearInterval(beat);
			clearInterval(heartbeat);
			for (const socket of sockets.clients) socket.terminate();
			await new Promise((resolve) => {
				server.close(resolve);
				if ('closeAllConnections' in server) server.closeAllConnections();
			});
			await closeControl?.();
			await exports.stop();
			await access.flush().catch(report);
			await relay.stop();
			await snapshots.stop();
			processes.close();
			redis?.destroy();
			await database.close();
		}
	};
}

/** A device that lost its network says no good-bye: whoever does not answer for a whole round is gone. */
function keepAlive(sockets: WebSocketServer): NodeJS.Timeout {
	const silent = new WeakSet<WebSocket>();
	sockets.on('connection', (socket) => socket.on('pong', () => silent.delete(socket)));
	return setInterval(() => {
		for (const socket of sockets.clients) {
			if (silent.has(socket)) {
				socket.terminate();
				continue;
			}
			silent.add(socket);
			socket.ping();
		}
	}, ROUND_MS).unref();
}

function listen(
	fetch: Parameters<typeof serve>[0]['fetch'],
	{ port, host, requestTimeout }: Config,
	sockets: WebSocketServer
): Promise<ServerType> {
	return new Promise((resolve, reject) => {
		const server = serve(
			{
				fetch,
				port,
				hostname: host,
				websocket: { server: sockets },
				serverOptions: {
					requestTimeout,
					headersTimeout: requestTimeout,
					connectionsCheckingInterval: Math.min(10_000, Math.max(100, requestTimeout / 4))
				}
			},
			() => resolve(server)
		);
		server.once('error', (error: NodeJS.ErrnoException) =>
			reject(
				error.code === 'EADDRINUSE'
					? new Error(`Port ${port} is in use. Stop what uses it, or choose another one with PORT.`)
					: error
			)
		);
	});
}
