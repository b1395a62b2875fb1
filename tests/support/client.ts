import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { SETUP_TOKEN, type TestServer } from './server.ts';

/** A person's session against a test server, as a browser would hold it. */
export interface Session {
	cookie: string;
	userId: string;
	workspace: string;
	request(
		method: string,
		path: string,
		body?: unknown,
		headers?: Record<string, string>,
		signal?: AbortSignal
	): Promise<Response>;
	json<T = never>(method: string, path: string, body?: unknown): Promise<T>;
}

export function sessionOf(url: string, cookie: string, userId: string, workspace: string): Session {
	const request: Session['request'] = (method, path, body, headers = {}, signal = undefined) =>
		fetch(`${url}${path}`, {
			method,
			...(signal ? { signal } : {}),
			headers: {
				cookie,
				...(body === undefined || body instanceof Uint8Array
					? {}
					: { 'content-type': 'application/json' }),
				...headers
			},
			...(body === undefined
				? {}
				: { body: body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body) })
		});
	return {
		cookie,
		userId,
		workspace,
		request,
		async json(method, path, body) {
			const response = await request(method, path, body);
			if (!response.ok)
				throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
			return (await response.json()) as never;
		}
	};
}

interface Identity {
	user: { id: string };
	workspaces: { id: string; slug: string }[];
}

export const cookieOf = (response: Response): string =>
	response.headers
		.getSetCookie()
		.map((each) => each.split(';')[0]!)
		.join('; ');

/** Sets the server up: its first person, with a studio. */
export async function setUp(server: Pick<TestServer, 'url'>): Promise<Session> {
	const response = await fetch(`${server.url}/api/setup`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({
			token: SETUP_TOKEN,
			name: 'Hana Alemu',
			email: 'hana@example.com',
			password: 'a long password',
			workspace: { name: 'Studio Abeba', slug: 'studio-abeba' }
		})
	});
	if (response.status !== 201)
		throw new Error(`setup: ${response.status} ${await response.text()}`);
	const identity = (await response.json()) as Identity;
	return sessionOf(server.url, cookieOf(response), identity.user.id, identity.workspaces[0]!.id);
}

/** Makes an event. @returns its id. */
export async function makeEvent(session: Session, name = 'Timket 2026'): Promise<string> {
	const made = await session.json<{ id: string }>(
		'POST',
		`/api/workspaces/${session.workspace}/projects`,
		{
			type: 'event',
			name,
			date: '2026-01-19'
		}
	);
	return made.id;
}

export interface StockClient {
	doc: Y.Doc;
	provider: WebsocketProvider;
	/** close code of the server, once it closed the connection for good */
	closed: Promise<number>;
	synced: Promise<void>;
	/** the durable state vector that the server said last; only with `aura` */
	saved(): Map<number, number>;
	destroy(): void;
}

/** The y-websocket package as it is, or speaking our messages too. */
export function openStockClient(
	url: string,
	cookie: string,
	document: string,
	options: { aura?: boolean; doc?: Y.Doc } = {}
): StockClient {
	const doc = options.doc ?? new Y.Doc();
	class SignedInSocket extends WebSocket {
		constructor(address: string | URL, protocols?: string | string[]) {
			super(address, protocols, { headers: { cookie } });
		}
	}
	const provider = new WebsocketProvider(`${url.replace(/^http/, 'ws')}/sync`, document, doc, {
		WebSocketPolyfill: SignedInSocket as unknown as typeof globalThis.WebSocket,
		disableBc: true,
		connect: false,
		...(options.aura ? { params: { aura: '1' } } : {})
	});
	let saved = new Map<number, number>();
	provider.messageHandlers[4] = (_encoder, decoder) => {
		const length = decoder.arr[decoder.pos++]!;
		let size = length & 127;
		for (let shift = 7, byte = length; byte & 128; shift += 7) {
			byte = decoder.arr[decoder.pos++]!;
			size |= (byte & 127) << shift;
		}
		saved = Y.decodeStateVector(decoder.arr.slice(decoder.pos, decoder.pos + size));
	};
	provider.messageHandlers[5] = () => undefined;
	const closed = new Promise<number>((done) =>
		provider.once('closed', ({ code }: { code: number }) => done(code))
	);
	const synced = new Promise<void>((done) =>
		provider.on('sync', (state: boolean) => state && done())
	);
	provider.connect();
	return { doc, provider, closed, synced, saved: () => saved, destroy: () => provider.destroy() };
}

/** Waits until something holds. @throws after `ms`, naming what did not come */
export async function until(
	what: string,
	holds: () => boolean | Promise<boolean>,
	ms = 30_000
): Promise<void> {
	const end = Date.now() + ms;
	while (!(await holds())) {
		if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
		await new Promise((done) => setTimeout(done, 20));
	}
}

export const photoFacts = (by: string, changes: Record<string, unknown> = {}) => ({
	name: 'IMG_0001.JPG',
	sha256: randomUUID().replaceAll('-', '') + randomUUID().replaceAll('-', ''),
	size: 2_500_000,
	type: 'image/jpeg',
	width: 6000,
	height: 4000,
	orientation: 1,
	takenAt: '2026-01-19T10:00:00',
	camera: 'NIKON Z 6',
	by,
	importedAt: '2026-01-19T12:00:00.000Z',
	preview: 'full',
	...changes
});
