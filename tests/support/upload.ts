// A device that sends files, without a browser around it.
import { createHash, randomUUID } from 'node:crypto';
import { type FileKind, fileKinds } from '#shared/files/kinds.ts';
import { type Chunk, base64Of, chunkBytes, writeManifest } from '#shared/files/manifest.ts';
import type { FileState } from '#shared/files/upload.ts';
import { chunksOf } from '#sync/transfer/chunker.ts';
import { FRAME_HEADER, type FrameHeader, writeFrameHeader } from '#sync/transfer/frames.ts';
import {
	type Transfer,
	type TransferServer,
	type TransferStore,
	type UploadPorts,
	isDue
} from '#sync/transfer/ports.ts';
import { drain } from '#sync/transfer/upload.ts';
import type { Session } from './client.ts';

export const hashOf = (bytes: Uint8Array): string =>
	createHash('sha256').update(bytes).digest('hex');

export async function cutIntoChunks(bytes: Uint8Array): Promise<Chunk[]> {
	const chunks: Chunk[] = [];
	for await (const chunk of chunksOf([bytes]))
		chunks.push({ length: chunk.length, hash: hashOf(chunk) });
	return chunks;
}

export interface Content {
	event: string;
	photo: string;
	kind: FileKind;
	bytes: Uint8Array<ArrayBuffer>;
}

export const transferOf = (session: Session, { event, photo, kind, bytes }: Content): Transfer => ({
	id: `${event}/${photo}/${kind}`,
	workspace: session.workspace,
	event,
	photo,
	kind,
	sha256: hashOf(bytes),
	size: bytes.length,
	order: fileKinds.indexOf(kind),
	notBefore: 0,
	attempts: 0,
	problem: null
});

/** The offer of a file, as the API takes it. */
export async function offerOf(content: Content): Promise<Record<string, unknown>> {
	const { event, photo, kind, bytes } = content;
	const isWhole = bytes.length <= chunkBytes.max;
	return {
		event,
		photo,
		kind,
		sha256: hashOf(bytes),
		size: bytes.length,
		...(isWhole ? {} : { chunks: base64Of(writeManifest(await cutIntoChunks(bytes))) })
	};
}

export function frameOf(header: FrameHeader, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const frame = new Uint8Array(FRAME_HEADER + bytes.length);
	frame.set(writeFrameHeader(header));
	frame.set(bytes, FRAME_HEADER);
	return frame;
}

/** A failed answer as the application's client throws it. */
async function problemOf(response: Response): Promise<Error> {
	const { detail, ...problem } = (await response.json().catch(() => ({}))) as {
		detail?: string;
		code?: string;
	};
	return Object.assign(new Error(detail ?? `${response.status}`), {
		...(problem.code ? { code: problem.code } : {}),
		details: problem
	});
}

/** @param sender names the page */
export function serverOf(session: Session, sender: string = randomUUID()): TransferServer {
	const ask = async (method: string, path: string, body: unknown, signal: AbortSignal) => {
		const response = await session.request(
			method,
			`/api/workspaces/${session.workspace}/uploads/${path}`,
			body,
			{},
			signal
		);
		if (!response.ok) throw await problemOf(response);
		return (await response.json()) as { files: FileState[] };
	};
	const refOf = ({ event, photo, kind, sha256, size }: Transfer) => ({
		event,
		photo,
		kind,
		sha256,
		size
	});
	return {
		offer: async (_, files, isAgain, patience) =>
			(
				await ask(
					'POST',
					'offer',
					{
						sender,
						isAgain,
						files: files.map((file) => ({
							...refOf(file),
							...(file.chunks ? { chunks: base64Of(file.chunks) } : {})
						}))
					},
					patience
				)
			).files,
		async send(_, body, patience) {
			await ask('PUT', `chunks?sender=${sender}`, body, patience);
		},
		commit: async (_, files, patience) =>
			(await ask('POST', 'commit', { files: files.map(refOf) }, patience)).files
	};
}

/** A store of transfers in memory; `rows` is what it holds. */
export const transfersIn = (rows: Transfer[]): TransferStore => ({
	next: (now, limit) =>
		Promise.resolve(
			rows
				.filter((row) => isDue(row, now))
				.sort((a, b) => a.order - b.order)
				.slice(0, limit)
		),
	update(id, changes) {
		const at = rows.findIndex((row) => row.id === id);
		if (at >= 0) rows[at] = { ...rows[at]!, ...changes };
		return Promise.resolve();
	},
	remove(ids) {
		for (const id of ids) {
			const at = rows.findIndex((row) => row.id === id);
			if (at >= 0) rows.splice(at, 1);
		}
		return Promise.resolve();
	}
});

export interface Device {
	/** what it has not sent */
	rows: Transfer[];
	ports: UploadPorts;
	drain(): Promise<number>;
}

/** @param speed milliseconds that pass for each one that is waited for */
export function uploadingDevice(
	session: Session,
	contents: readonly Content[],
	options: { server?: TransferServer; random?: () => number; speed?: number } = {}
): Device {
	const rows = contents.map((content) => transferOf(session, content));
	const bytesOf = new Map(rows.map(({ id }, n) => [id, contents[n]!.bytes]));
	const speed = options.speed ?? 1;
	const ports: UploadPorts = {
		server: options.server ?? serverOf(session),
		store: transfersIn(rows),
		read: ({ id }, start, end) => Promise.resolve(bytesOf.get(id)!.slice(start, end)),
		cut: async ({ id }) => writeManifest(await cutIntoChunks(bytesOf.get(id)!)),
		now: () => performance.now() * speed,
		sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / speed)),
		patience: (ms) => AbortSignal.timeout(Math.ceil(ms / speed)),
		random: options.random ?? Math.random,
		isOpen: () => true
	};
	return { rows, ports, drain: () => drain(ports) };
}

/** Sends one file. @returns what became of it: null when it was stored, else the problem's code */
export async function sendFile(session: Session, content: Content): Promise<string | null> {
	const device = uploadingDevice(session, [content]);
	await device.drain();
	const [row] = device.rows;
	return row ? (row.code ?? 'waits') : null;
}

/** Names the page of the requests below. */
const SENDER = 'test-sender';
const uploadsOf = ({ workspace }: Session) => `/api/workspaces/${workspace}/uploads`;

/** Asks about one file. @returns the answer for it; of a request that failed, its problem */
export async function askUploads(
	who: Session,
	step: 'offer' | 'commit',
	body: object
): Promise<FileState> {
	const response = await who.request('POST', `${uploadsOf(who)}/${step}`, body);
	const answer = (await response.json()) as { files: FileState[]; code: string; detail: string };
	if (response.ok) return answer.files[0]!;
	return { stored: false, missing: [], problem: { code: answer.code, detail: answer.detail } };
}
export const offerBody = (...files: object[]) => ({ sender: SENDER, isAgain: false, files });
export const offerFile = async (who: Session, content: Content): Promise<FileState> =>
	askUploads(who, 'offer', offerBody(await offerOf(content)));
export async function commitFile(who: Session, content: Content): Promise<FileState> {
	const { chunks: _, ...file } = await offerOf(content);
	return askUploads(who, 'commit', { files: [file] });
}
export const putFrames = (who: Session, body: Uint8Array<ArrayBuffer>): Promise<Response> =>
	who.request('PUT', `${uploadsOf(who)}/chunks?sender=${SENDER}`, body);

export const addressOfFile = (
	{ workspace }: Session,
	{ event, photo, kind }: Omit<Content, 'bytes'>
): string => `/api/workspaces/${workspace}/events/${event}/photos/${photo}/files/${kind}`;
export const readStored = async (who: Session, content: Content): Promise<Uint8Array> =>
	new Uint8Array(await (await who.request('GET', addressOfFile(who, content))).arrayBuffer());
export const isEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
