// The documents that this tab has open, each with its replica and its link to the relay.
import { Presence } from '#sync/presence/presence.ts';
import { type Link, type LinkState, openLink } from '#sync/replica/link.ts';
import { Replica } from '#sync/replica/replica.ts';
import type { DeviceDatabase } from '../device/database.ts';
import { replicaStore } from './store.ts';
import { browserLink, openTabs } from './transport.ts';

export interface OpenDocument {
	replica: Replica;
	link: Link;
	/** who else has it open */
	presence: Presence;
	/** @returns stops it */
	onPresence(listener: () => void): () => void;
}

export interface DocumentStatus {
	/** changes that are durable on this device and not at the server */
	waiting: number;
	/** changes that are on their way to this device's storage: nowhere yet but in this page */
	unkept: number;
	link: LinkState;
	/** what the device's storage threw last */
	failure: unknown;
}

export interface DocumentRegistry {
	/** Opens a document, or gives the open one. It stays open: what waits in it must go up. */
	open(name: string): Promise<OpenDocument>;
	/** Closes a document that is not for this person any more, and removes it from this device unless edits wait in it. */
	leave(name: string): Promise<void>;
	/** Over all open documents. */
	status(): DocumentStatus;
	/** @returns stops it */
	onStatus(listener: () => void): () => void;
	/**
	 * Waits until what was edited so far is at the server, for a while; on a page that was just opened also for its connection.
	 * @param ms longest wait: edits may go on and on
	 * @returns whether the server can be reached
	 */
	sent(ms: number): Promise<boolean>;
	/** Tries all connections now, and finds out which of them live. */
	connect(): void;
	/** Lets those connections go that nothing waits for, until `connect` or an edit. */
	rest(): void;
	destroy(): void;
}

/** How soon it is tried again to keep what this device had no room for, ms. */
const RETRY_MS = 3_000;

export function createDocumentRegistry(person: string, database: DeviceDatabase): DocumentRegistry {
	const tabs = openTabs(person);
	const store = replicaStore(database);
	const opened = new Map<string, Promise<OpenDocument>>();
	const ready = new Set<OpenDocument>();
	const listeners = new Set<() => void>();
	const tell = () => {
		for (const listener of listeners) listener();
	};
	const open = (name: string): Promise<OpenDocument> => {
		const existing = opened.get(name);
		if (existing) return existing;
		const opening = Replica.open(name, store, { tabs }).then((replica) => {
			const seen = new Set<() => void>();
			const link: Link = openLink(replica, browserLink, tell, (update) => presence.hear(update));
			const presence = new Presence(person, {
				say: (update) => link.sayAwareness(update),
				after: browserLink.after,
				id: () => Math.floor(Math.random() * 2 ** 32),
				onChange: () => seen.forEach((listener) => listener())
			});
			const document: OpenDocument = {
				replica,
				link,
				presence,
				onPresence(listener) {
					seen.add(listener);
					return () => seen.delete(listener);
				}
			};
			replica.onStatus(tell);
			ready.add(document);
			tell();
			return document;
		});
		opened.set(name, opening);
		opening.catch(() => opened.delete(name));
		return opening;
	};
	// nobody may edit for a while after the device has room again
	const retrying = setInterval(() => {
		for (const { replica } of ready) if (replica.failure() !== null) replica.retry();
	}, RETRY_MS);
	const status = (): DocumentStatus => {
		const documents = [...ready];
		const links = documents.map(({ link }) => link.state());
		const sum = (count: (replica: Replica) => number) =>
			documents.reduce((all, { replica }) => all + count(replica), 0);
		return {
			waiting: sum((replica) => replica.waiting() - replica.unkept()),
			unkept: sum((replica) => replica.unkept()),
			link: links.includes('signedOut')
				? 'signedOut'
				: links.includes('connected')
					? 'connected'
					: 'offline',
			failure:
				documents.map(({ replica }) => replica.failure()).find((failure) => failure !== null) ??
				null
		};
	};
	return {
		open,
		status,
		sent: (ms) =>
			new Promise((resolve) => {
				const done = () => {
					listeners.delete(look);
					stop();
					resolve(status().link === 'connected');
				};
				const look = () => {
					const { waiting, unkept, link } = status();
					const isHopeful = ready.size === 0 || [...ready].some((each) => each.link.isHopeful());
					if (link === 'connected' ? waiting + unkept === 0 : link === 'signedOut' || !isHopeful)
						done();
				};
				const stop = browserLink.after(ms, done);
				listeners.add(look);
				look();
			}),
		async leave(name) {
			const document = await opened.get(name);
			if (!document || document.replica.waiting() > 0) return;
			opened.delete(name);
			ready.delete(document);
			document.link.destroy();
			document.replica.destroy();
			await store.forget(name);
			tell();
		},
		onStatus(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		connect() {
			for (const { link } of ready) link.connect();
		},
		rest() {
			for (const { link } of ready) link.rest();
		},
		destroy() {
			clearInterval(retrying);
			for (const { replica, link } of ready) {
				link.destroy();
				replica.destroy();
			}
			tabs.close();
			opened.clear();
			ready.clear();
			listeners.clear();
		}
	};
}

/** Documents with changes that the server lacked when this device was last used. */
export const waitingDocuments = async (database: DeviceDatabase): Promise<string[]> =>
	(await database.replicas.where('waiting').equals(1).toArray()).map(({ document }) => document);
