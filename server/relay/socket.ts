import { upgradeWebSocket } from '@hono/node-server';
import type { Hono } from 'hono';
import type { WSContext } from 'hono/ws';
import type { Connection, Room } from '#sync/relay/room.ts';
import type { Relay } from '#sync/relay/relay.ts';
import { closeCodes } from '#sync/relay/protocol.ts';
import type { Author } from '#sync/documents/authorise.ts';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../database/database.ts';
import type { Sessions } from '../features/auth/sessions.ts';
import { identityOf } from '../features/auth/service.ts';
import type { Variables } from '../http/context.ts';
import { isOwnOrigin } from '../http/edge.ts';
import { ownerOfDocument } from './store.ts';

interface Refusal {
	code: number;
	reason: string;
}

/** Who may open this document, or the code to close with; foreign documents look like absent ones. */
async function admit(
	database: Database,
	sessions: Sessions,
	cookie: string | undefined,
	document: string
): Promise<Author | Refusal> {
	const session = await sessions.check(cookie);
	if (!session) return { code: closeCodes.unauthenticated, reason: 'sign in' };
	const workspace = await ownerOfDocument(database, document);
	const { workspaces } = await identityOf(database, session.userId);
	const membership = workspaces.find(({ id }) => id === workspace);
	if (!membership) return { code: closeCodes.notFound, reason: 'no such document' };
	return { id: session.userId, role: membership.role };
}

/** The relay's address: /sync/<document>, in the y-websocket protocol. */
export function relaySocket(
	app: Hono<{ Variables: Variables }>,
	relay: Relay,
	database: Database,
	sessions: Sessions,
	publicUrl: string | undefined,
	report: (error: unknown) => void
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
			const admitted = await admit(database, sessions, c.req.header('cookie'), document);
			if ('code' in admitted)
				return { onOpen: (_, ws) => ws.close(admitted.code, admitted.reason) };
			const room = await relay.open(document);
			return roomEvents(room, admitted, c.req.query('aura') === '1', report);
		})
	);
}

function roomEvents(
	room: Room,
	author: Author,
	speaksAura: boolean,
	report: (error: unknown) => void
) {
	let connection: Connection | null = null;
	return {
		onOpen(_: Event, ws: WSContext) {
			connection = {
				author,
				speaksAura,
				send: (message) => ws.send(message as Uint8Array<ArrayBuffer>),
				close: (code, reason) => ws.close(code, reason)
			};
			room.join(connection);
		},
		onMessage(event: MessageEvent, ws: WSContext) {
			if (!connection) return;
			if (!(event.data instanceof ArrayBuffer)) return ws.close(1003, 'binary messages only');
			try {
				room.receive(connection, new Uint8Array(event.data));
			} catch (error) {
				report(error);
				ws.close(closeCodes.unavailable, 'something went wrong; try again');
			}
		},
		onClose() {
			if (connection) room.leave(connection);
			connection = null;
		},
		onError() {
			if (connection) room.leave(connection);
			connection = null;
		}
	};
}
