import { declarations, parseDocumentName } from '#shared/documents/names.ts';
import { GroupCommit } from './group-commit.ts';
import { type Commit, Room, type StoredDocument } from './room.ts';

/** Where the relay keeps documents. */
export interface RelayStore {
	load(document: string): Promise<StoredDocument>;
	/** stores all or none; when it returns, all of it is durable */
	commit(commits: Commit[]): Promise<void>;
}

export interface Relay {
	/** @throws when the name is no document's. The room stays open while it has connections. */
	open(document: string): Promise<Room>;
	/** Called with what has become durable. */
	onCommit(listener: (commits: Commit[]) => void): void;
}

/** @param schedule runs a function later (idle rooms leave memory after `idleMs`) */
export function createRelay(
	store: RelayStore,
	schedule: (run: () => void, ms: number) => void,
	idleMs = 30_000
): Relay {
	const rooms = new Map<string, Promise<Room>>();
	const listeners = new Set<(commits: Commit[]) => void>();
	const commits = new GroupCommit<Commit>(async (entries) => {
		await store.commit(entries);
		for (const listener of listeners) listener(entries);
	});

	const open = (document: string): Promise<Room> => {
		const existing = rooms.get(document);
		if (existing) return existing;
		const name = parseDocumentName(document);
		if (!name) return Promise.reject(new Error(`${document} is not a document`));
		const opening = store.load(document).then(
			(stored) =>
				new Room(document, declarations[name.kind], stored, commits, () => {
					if (rooms.get(document) === opening) rooms.delete(document);
				})
		);
		rooms.set(document, opening);
		opening.then(
			(room) => forgetWhenIdle(document, room),
			() => rooms.delete(document)
		);
		return opening;
	};

	const forgetWhenIdle = (document: string, room: Room) =>
		schedule(async () => {
			if ((await rooms.get(document)?.catch(() => undefined)) !== room) return;
			if (room.connections.size > 0 || room.isBusy) forgetWhenIdle(document, room);
			else {
				rooms.delete(document);
				room.doc.destroy();
			}
		}, idleMs);

	return { open, onCommit: (listener) => void listeners.add(listener) };
}
