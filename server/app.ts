import { Hono } from 'hono';
import { join } from 'node:path';
import { AuraError, toProblem } from '#shared/errors.ts';
import type { Config } from './config.ts';
import { type Database, isUnreachable } from './database/database.ts';
import { createGate } from './features/auth/gate.ts';
import { authRoutes } from './features/auth/routes.ts';
import type { Sessions } from './features/auth/sessions.ts';
import { fileRoutes } from './features/files/routes.ts';
import { backupRoutes } from './features/backups/routes.ts';
import { createFileService } from './features/files/service.ts';
import type { MarkStored } from './features/files/stored-marks.ts';
import { exportRoutes } from './features/exports/routes.ts';
import type { Exports } from './features/exports/service.ts';
import type { AccessLog } from './features/renditions/access.ts';
import { evict } from './features/renditions/evict.ts';
import type { Renditions } from './features/renditions/service.ts';
import { photoRoutes } from './features/photos/routes.ts';
import { apiKeyRoutes } from './features/api-keys/routes.ts';
import { createDesks } from './features/assignments/desks.ts';
import { assignmentRoutes } from './features/assignments/routes.ts';
import { auditRoutes } from './features/audit/routes.ts';
import { documentRoutes } from './features/documents/routes.ts';
import { passkeyRoutes } from './features/auth/passkey-routes.ts';
import { createPasswordResets } from './features/auth/resets.ts';
import { createPasswordSignIn } from './features/auth/service.ts';
import { createGithubClient } from './features/auth/github-client.ts';
import { githubRoutes } from './features/auth/github-routes.ts';
import { createGithubSignIn } from './features/auth/github.ts';
import type { ClaimsSigner } from './features/auth/claims.ts';
import { stationRoutes } from './features/auth/station-routes.ts';
import { createInvitationService } from './features/invitations/service.ts';
import { invitationRoutes } from './features/invitations/routes.ts';
import { memberRoutes } from './features/members/routes.ts';
import type { Mailer } from './mail/mailer.ts';
import { createConnections } from './relay/connections.ts';
import { platformRoutes } from './features/platform/routes.ts';
import type { Setup } from './features/platform/setup.ts';
import { historyRoutes } from './features/history/routes.ts';
import { projectRoutes } from './features/projects/routes.ts';
import { teamRoutes } from './features/teams/routes.ts';
import { createQuota } from './features/usage/quota.ts';
import { usageRoutes } from './features/usage/routes.ts';
import { scanRoutes } from './features/scan/routes.ts';
import type { GuestPictures } from './features/scan/pictures.ts';
import type { Signer } from './features/scan/signed.ts';
import { faceModelRoutes } from './features/faces/model-routes.ts';
import { serveModels } from './features/faces/serve.ts';
import type { Reembed } from './features/faces/reembed.ts';
import type { Appearances } from './features/people/appearances.ts';
import { peopleRoutes } from './features/people/routes.ts';
import { temporaryRoutes } from './features/temporary/routes.ts';
import { trashRoutes } from './features/trash/routes.ts';
import { workspaceRoutes } from './features/workspaces/routes.ts';
import type { AuraContext, Variables } from './http/context.ts';
import { edge, privateAnswers, securityHeaders } from './http/edge.ts';
import { createApi, methodsAt } from './http/endpoint.ts';
import { createLimits } from './http/limits.ts';
import type { Repeats } from './http/repeats.ts';
import { openApiDocument } from './http/openapi.ts';
import { inlineScriptHashes, staticFiles } from './http/static.ts';
import type { Processes } from './relay/processes.ts';
import { relaySocket } from './relay/socket.ts';
import type { ThreadedRelay } from './relay/thread/host.ts';
import type { Redis } from './redis.ts';
import type { SecretBox } from './secrets.ts';
import type { Storage } from './storage/storage.ts';

/** What the server is made of; `main.ts` makes real ones. */
export interface Parts {
	config: Config;
	database: Database;
	storage: Storage;
	relay: ThreadedRelay;
	markStored: MarkStored;
	renditions: Renditions;
	access: AccessLog;
	exports: Exports;
	appearances: Appearances;
	reembed: Reembed;
	pictures: GuestPictures;
	processes: Processes;
	setup: Setup;
	/** null: there is none */
	redis: Redis | null;
	signer: Signer;
	claims: ClaimsSigner;
	secrets: SecretBox;
	sessions: Sessions;
	repeats: Repeats;
	mailer: Mailer;
	/** tells the operator of an unexpected failure */
	report: (error: unknown, requestId?: string) => void;
}

const unreachable = new AuraError(
	'unavailable',
	'The database cannot be reached at the moment. Nothing you did is lost; it is tried again.'
);

/** The whole server as one Hono application: API, relay, built pages. */
export function createApp(parts: Parts): Hono<{ Variables: Variables }> {
	const { config, database, storage, relay, processes, sessions, mailer, report } = parts;
	const connections = createConnections((ending) => processes.tell({ ending }));
	const isTls = config.publicUrl?.startsWith('https:') ?? false;
	const app = new Hono<{ Variables: Variables }>();

	app.onError((error, c) => {
		const id = c.get('requestId');
		if (!(error instanceof AuraError)) report(error, id);
		const problem = toProblem(isUnreachable(error) ? unreachable : error, id);
		if (typeof problem['retryAfter'] === 'number')
			c.header('Retry-After', String(problem['retryAfter']));
		// the rest of the body is not read: nothing more can come over this connection
		if (problem.code === 'too_large') c.header('Connection', 'close');
		return c.body(JSON.stringify(problem), problem.status as 500, {
			'Content-Type': 'application/problem+json'
		});
	});
	app.notFound((c) => {
		const problem = toProblem(new AuraError('not_found', `There is nothing at ${c.req.path}.`));
		return c.body(JSON.stringify(problem), 404, { 'Content-Type': 'application/problem+json' });
	});
	app.use('*', securityHeaders(inlineScriptHashes(config.appDir), isTls));
	app.use('/api/*', privateAnswers);
	app.use('*', edge(config.trustedProxies, config.publicUrl));

	const { router, implement } = createApi(
		createGate(database, sessions),
		config.rateLimits,
		parts.repeats
	);
	const makeLimit = createLimits(database, parts.redis);
	const { markStored, renditions, access, reembed } = parts;
	const originOf = (c: AuraContext) => config.publicUrl ?? new URL(c.req.url).origin;
	platformRoutes(implement, database, sessions, parts.setup, config.version, makeLimit);
	const signIn = createPasswordSignIn(database, makeLimit);
	const resets = createPasswordResets(database, sessions, mailer, report, makeLimit);
	authRoutes(implement, database, sessions, signIn, resets, connections, originOf);
	passkeyRoutes(implement, database, sessions, originOf, makeLimit);
	memberRoutes(implement, database, connections);
	const invitations = createInvitationService(database, mailer, signIn, makeLimit);
	invitationRoutes(implement, database, sessions, invitations, originOf);
	githubRoutes(
		implement,
		database,
		sessions,
		config.github
			? createGithubSignIn(
					database,
					createGithubClient(config.github),
					parts.secrets,
					config.github.allowedOrg !== undefined
				)
			: null,
		parts.setup,
		config.github?.allowedOrg,
		(token, address) =>
			invitations.open(token, address).then(
				() => true,
				(error: unknown) => {
					if (error instanceof AuraError) return false;
					throw error;
				}
			),
		originOf,
		makeLimit
	);
	stationRoutes(implement, database, sessions, parts.secrets, parts.claims, makeLimit);
	apiKeyRoutes(implement, database, connections);
	auditRoutes(implement, database);
	documentRoutes(implement, database);
	backupRoutes(implement, database, config.backups?.folder);
	workspaceRoutes(implement, database, connections);
	usageRoutes(implement, database);
	projectRoutes(implement, database, relay);
	historyRoutes(implement, database, relay);
	const desks = createDesks(
		database,
		relay,
		connections,
		(workspace) => processes.tell({ desks: workspace }),
		report
	);
	parts.appearances.onPeople((workspace) => void desks.refresh(workspace).catch(report));
	processes.listen({
		ending: (ending) => connections.hear(ending),
		desks: (workspace) => void desks.refreshHere(workspace).catch(report),
		head: (document, head) => relay.hear(document, head),
		presence: (document, states) => relay.hearPresence(document, states)
	});
	teamRoutes(implement, database, desks);
	assignmentRoutes(implement, database, desks);
	photoRoutes(implement, database);
	exportRoutes(implement, database, storage, parts.exports);
	temporaryRoutes(implement, database);
	const { catchUp } = parts.appearances;
	peopleRoutes(implement, { database, relay, storage, markStored, catchUp }, makeLimit);
	trashRoutes(implement, database, relay, storage);
	const files = createFileService(
		database,
		storage,
		markStored,
		createQuota(database, (workspace, bytes) =>
			evict({ database, storage, markStored }, workspace, bytes)
		),
		report,
		(ref, kind) => {
			if (kind === 'original') renditions.later(ref);
			if (kind !== 'thumb') reembed.wake(ref.workspace);
		}
	);
	fileRoutes(implement, database, storage, files, renditions, access);
	faceModelRoutes(implement, {
		...{ database, storage, reembed, folder: join(config.dataDir, 'face-models') },
		onThreshold: (workspace) => void parts.appearances.sweep(workspace).catch(report)
	});
	const { signer, pictures } = parts;
	scanRoutes(
		implement,
		{ database, storage, signer, renditions, access, pictures },
		originOf,
		makeLimit,
		isTls
	);
	const openapi = openApiDocument(config.version);
	router.get('/api/openapi.json', (c) => c.json(openapi));
	app.route('/', router);
	app.all('/api/*', (c) => {
		const allowed = methodsAt(c.req.path);
		if (allowed.length === 0) return c.notFound();
		c.header('Allow', allowed.join(', '));
		throw new AuraError('method_not_allowed', `${c.req.path} is asked with ${allowed.join(', ')}.`);
	});
	relaySocket(app, { relay, database, sessions, connections, desks, report }, config.publicUrl);
	app.route('/', serveModels(database, storage));
	app.route('/', staticFiles(config.appDir));
	return app;
}
