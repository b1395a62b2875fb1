import { upgradeWebSocket } from '@hono/node-server';
import type { Hono } from 'hono';
import type { WSContext } from 'hono/ws';
import type { WebSocket } from 'ws';
import type { Connection } from '#sync/relay/peer.ts';
import type { Connections } from './connections.ts';
import type { Seat } from '#sync/relay/relay.ts';
import { type Dialect, closeCodes } from '#sync/relay/protocol.ts';
import type { Author } from '#sync/documents/authorise.ts';
import { AuraError } from '#shared/errors.ts';
import { parseDocumentName } from '#shared/documents/names.ts';
import { type Reach, reachOf } from '#shared/permissions.ts';
import { roleIn } from '#shared/workspace-status.ts';
import type { Database } from '../database/database.ts';
import type { Sessions } from '../features/auth/sessions.ts';
import { identityOfKey } from '../features/api-keys/service.ts';
import type { Variables } from '../http/context.ts';
import { isOwnOrigin } from '../http/edge.ts';
import type { Desks } from '../features/assignments/desks.ts';
import { isAssigned } from '../features/projects/events.ts';
import { ownerOfDocument } from './store.ts';
import type { ThreadedRelay } from './thread/host.ts';

interface Refusal {
	code: number;
	reason: string;
}

interface Admitted {
	author: Author;
	/** what others see of them */
	name: string;
	reach: Reach;
	workspace: string;
	session: string;
}

export interface SocketParts {
	relay: ThreadedRelay;
	database: Database;
	sessions: Sessions;
	connections: Connections;
	desks: Desks;
	report: (error: unknown) => void;
}

/** Whether somebody who belongs to the workspace sees this document of it. */
async function isSeen(
	database: Database,
	workspace: string,
	person: string,
	reach: Reach,
	document: string
): Promise<boolean> {
	const name = parseDocumentName(document)!;
	if (name.kind === 'desk') return reach === 'assigned' && name.person === person;
	if (reach === 'all') return true;
	return name.kind === 'event' && (await isAssigned(database, workspace, person, name.id));
}

/** Who may open this document, or the code to close with; foreign documents look like absent ones. */
async function admit(
	{ database, sessions }: SocketParts,
	given: { cookie?: string | undefined; authorization?: string | undefined },
	document: string
): Promise<Admitted | Refusal> {
	const byKey = await identityOfKey(database, given.authorization).catch(() => null);
	const found = byKey
		? { userId: byKey.key, session: byKey.key, identity: byKey.identity }
		: await sessions.check(given.cookie);
	if (!found) return { code: closeCodes.unauthenticated, reason: 'sign in' };
	const workspace = await ownerOfDocument(database, document);
	const { workspaces } = found.identity;
	const membership = workspaces.find(({ id }) => id === workspace);
	if (!membership || membership.status === 'deleted')
		return { code: closeCodes.notFound, reason: 'no such document' };
	if (membership.status === 'suspended')
		return { code: closeCodes.forbidden, reason: 'this workspace is suspended' };
	const role = roleIn(membership.role, membership.status);
	const reach = byKey ? 'all' : reachOf(role);
	if (!(await isSeen(database, membership.id, found.userId, reach, document)))
		return { code: closeCodes.notFound, reason: 'no such document' };
	return {
		author: { id: found.userId, role },
		name: found.identity.user.name,
		reach,
		workspace: membership.id,
		session: found.session
	};
}

/** The relay's address: /sync/<document>, in the y-websocket protocol. */
export function relaySocket(
	app: Hono<{ Variables: Variables }>,
	parts: SocketParts,
	publicUrl: string | undefined
): void {
	app.get(
		'/sync/*',
		async (c, next) => {
			const { origin, host } = c.req.header();
			if (!isOwnOrigin(origin, host, publicUrl))
				throw new AuraError('forbidden', 'This connection came from another site.');
			if (c.req.header('upgrade')?.toLowerCase() !== 'websocket')
				throw new AuraError('upgrade_required', 'Documents are spoken over WebSocket.');
			await next();
		},
		upgradeWebSocket(async (c) => {
			const document = c.req.path.slice('/sync/'.length);
			const ask = () => admit(parts, c.req.header(), document);
			const admitted = await ask();
			if ('code' in admitted)
				return { onOpen: (_, ws) => ws.close(admitted.code, admitted.reason) };
			const name = parseDocumentName(document);
			if (name?.kind === 'desk') await parts.desks.write(name.id, name.person);
			const asked = {
				dialect: dialectOf(c.req.query('aura'), c.req.query('v')),
				refusalsSeen: Number(c.req.query('refusals')) || 0,
				takesPieces: c.req.query('pieces') === '1'
			};
			return roomEvents(document, admitted, ask, asked, parts);
		})
	);
}

const dialectOf = (aura: string | undefined, version: string | undefined): Dialect =>
	aura !== '1' ? 'stock' : version === '2' ? 'v2' : 'v1';

/** Frames that a connection may send before it has its place. */
const MAX_EARLY = 64;

function roomEvents(
	document: string,
	{ author, name, reach, workspace, session }: Admitted,
	/** asks again whether it may */
	ask: () => Promise<Admitted | Refusal>,
	asked: Pick<Connection, 'dialect' | 'refusalsSeen' | 'takesPieces'>,
	{ relay, connections, report }: SocketParts
) {
	let seat: Seat | null = null;
	let isGone = false;
	const early: Uint8Array[] = [];
	let forget = () => {};
	const leave = () => {
		isGone = true;
		seat?.leave();
		seat = null;
		forget();
	};
	return {
		onOpen(_: Event, ws: WSContext) {
			const raw = ws.raw as WebSocket;
			const end = (code: number, reason: string) => {
				leave();
				ws.close(code, reason);
			};
			const failed = (error: unknown) => {
				if (!(error instanceof AuraError)) report(error);
				end(closeCodes.unavailable, 'something went wrong; try again');
			};
			const receive = (frame: Uint8Array) => {
				try {
					seat?.receive(frame);
				} catch (error) {
					failed(error);
				}
			};
			// not by an event for each: at thousands of edits a second that is most of the work
			raw.on('message', (data: Buffer, isBinary: boolean) => {
				if (isGone) return;
				if (!isBinary) ws.close(1003, 'binary messages only');
				else if (seat) receive(data);
				else if (early.length < MAX_EARLY) early.push(data);
				else ws.close(closeCodes.tooMany, 'too much before the greeting');
			});
			forget = connections.add({ user: author.id, workspace, session, document, reach, end });
			relay
				.join(document, {
					...asked,
					author,
					name,
					send: (frame) => raw.send(frame),
					close: (code, reason) => ws.close(code, reason),
					buffered: () => raw.bufferedAmount,
					hold: (isHeld) => (isHeld ? raw.pause() : raw.resume())
				})
				.then((taken) => {
					if (isGone) return taken.leave();
					seat = taken;
					for (const frame of early.splice(0)) receive(frame);
				})
				.catch(failed);
			// rights that changed between the first answer and this moment were told to nobody
			ask().then((now) => {
				if ('code' in now) end(now.code, now.reason);
				else if (now.author.role !== author.role) end(1012, 'your role has changed');
			}, report);
		},
		onClose: leave,
		onError: leave
	};
}
