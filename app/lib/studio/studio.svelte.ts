// Everything that a signed-in studio page works with, made once per tab.
import { getContext, setContext } from 'svelte';
import type { Answer, Request } from '#shared/api/endpoint.ts';
import type { EndpointKey, Endpoints } from '#shared/api/endpoints.ts';
import type { Identity, Membership } from '#shared/auth.ts';
import type { Cameras } from '../capture/cameras/cameras.svelte.ts';
import { Intake } from '../capture/intake.svelte.ts';
import { followModel } from '../faces/model-in-use.ts';
import { type DeviceDatabase, deviceDatabase, isDeviceFull, watch } from '../device/database.ts';
import {
	type DocumentRegistry,
	type DocumentStatus,
	createDocumentRegistry,
	waitingDocuments
} from '../documents/registry.ts';
import { Part } from '../device/parts.ts';
import { type Sender, startSender } from '../files/sender.ts';
import { type Pictures, createPictures } from '../files/sources.ts';
import type { Asked, Outbox, Outcome } from '../outbox/outbox.ts';
import type { Follower } from '../people/forgotten-elsewhere.ts';
import { ProjectList } from '../projects/projects.svelte.ts';
import { Rights } from './rights.svelte.ts';
import type { EventState } from '../events/event.svelte.ts';

/** What the light in the header says. */
export type Light =
	| { kind: 'saved' }
	| { kind: 'saving'; waiting: number }
	| { kind: 'offline'; waiting: number }
	| { kind: 'action'; waiting: number; what: 'sign-in' | 'full' | 'stuck' | 'refused' };

/** The models are loaded once the page has been painted: on two cores they would slow it. */
const WARM_AFTER_MS = 2_500;
/** How often a tab that nobody looks at lets go of connections that nothing waits for. */
const REST_MS = 60_000;

export class Studio extends Rights {
	readonly database: DeviceDatabase;
	readonly registry: DocumentRegistry;
	readonly pictures: Pictures;
	readonly projects: ProjectList;
	readonly intake: Intake;
	#sender: Sender;
	#stops: (() => void)[] = [];
	#events = new Map<string, Promise<EventState>>();
	readonly #outbox = new Part<Outbox>(async () =>
		(await import('../outbox/device.ts')).openOutbox(this.person, this.database, this.registry)
	);
	readonly #cameras = new Part<Cameras>(
		async () => new (await import('../capture/cameras/cameras.svelte.ts')).Cameras(this)
	);
	readonly #forgotten = new Part<Follower>(async () =>
		(await import('../people/forgotten-elsewhere.ts')).followForgotten(this)
	);

	/** files that wait to be sent */
	filesWaiting = $state(0);
	/** files that the server does not take, or this device has lost */
	filesStuck = $state(0);
	/** changes that the server did not take, and nobody has looked after yet */
	changesRefused = $state(0);
	/** commands that wait for the server */
	commandsWaiting = $state(0);
	/** commands that the server refused when nobody was looking */
	commandsRefused = $state(0);
	/** another tab of an earlier version holds this device's database, and does not let go */
	isBlocked = $state(false);
	#status = $state.raw<DocumentStatus>({ waiting: 0, unkept: 0, link: 'offline', failure: null });

	readonly light: Light = $derived.by(() => {
		const { waiting: edits, unkept, link, failure } = this.#status;
		const waiting = edits + this.intake.coming + this.filesWaiting + this.commandsWaiting;
		if (this.intake.trouble === 'full' || isDeviceFull(failure))
			return { kind: 'action', waiting, what: 'full' };
		if (link === 'signedOut') return { kind: 'action', waiting, what: 'sign-in' };
		if (link !== 'connected') return { kind: 'offline', waiting };
		if (waiting + unkept > 0) return { kind: 'saving', waiting };
		if (this.filesStuck > 0) return { kind: 'action', waiting, what: 'stuck' };
		return this.changesRefused + this.commandsRefused > 0
			? { kind: 'action', waiting, what: 'refused' }
			: { kind: 'saved' };
	});

	constructor(identity: Identity, membership: Membership) {
		super(identity, membership);
		this.database = deviceDatabase(this.person);
		this.database.on('blocked', () => (this.isBlocked = true));
		this.database.on('ready', () => void (this.isBlocked = false));
		this.registry = createDocumentRegistry(this.person, this.database);
		this.pictures = createPictures(this.person, this.database);
		this.projects = new ProjectList(this.registry, this.person, this.projectsName);
		this.#sender = startSender(
			this.person,
			this.database,
			() => this.registry.status().link === 'connected'
		);
		this.intake = new Intake(
			this,
			() => this.#sender.wake(),
			() => this.#cameras.ifLoaded((cameras) => cameras.wake())
		);
		this.#start();
	}

	/** My role now shows me more, or less, than before. */
	protected override async moved(): Promise<void> {
		const before = this.projects.name;
		if (before === this.projectsName) return;
		this.watch(this.registry, this.projectsName);
		await this.projects.follow(this.projectsName);
		// my role may have changed back meanwhile
		if (before !== this.projects.name) await this.registry.leave(before);
	}

	#start(): void {
		const readStatus = () => {
			const before = this.#status.link;
			this.#status = this.registry.status();
			if (before === 'connected' || this.#status.link !== 'connected') return;
			this.#sender.wake();
			if (this.commandsWaiting > 0) void this.outbox().then((outbox) => outbox.wake());
		};
		let scheduled = false;
		this.#stops.push(
			this.registry.onStatus(() => {
				if (scheduled) return;
				scheduled = true;
				setTimeout(() => {
					scheduled = false;
					readStatus();
				}, 50);
			}),
			watch(
				() => this.#countFiles(),
				([files, photos]) => {
					this.filesWaiting = files;
					this.intake.expect(photos);
				}
			),
			watch(
				() => this.database.transfers.where('stuck').equals(1).count(),
				(count) => {
					this.filesStuck = count;
				}
			),
			watch(
				() => this.#countCommands('waiting'),
				(count) => {
					this.commandsWaiting = count;
					// from an earlier visit: those of this page are being sent
					if (count > 0 && !this.#outbox.isAskedFor)
						void this.outbox().then((outbox) => outbox.wake());
				}
			),
			watch(
				() => this.#countCommands('refused'),
				(count) => {
					this.commandsRefused = count;
				}
			),
			watch(
				() => this.database.refused.toArray(),
				(rows) => {
					this.changesRefused = rows.reduce((sum, { refusals }) => sum + refusals.length, 0);
				}
			)
		);
		this.#wake();
		this.watch(this.registry, this.projects.name);
		this.#stops.push(() => this.unwatch());
		void waitingDocuments(this.database).then((names) =>
			names.forEach((name) => void this.registry.open(name))
		);
		void navigator.storage?.persist?.();
		const warm = setTimeout(() => this.intake.warm(), WARM_AFTER_MS);
		const lookAgain = () => void this.intake.wake();
		this.#stops.push(followModel(this.database, this.membership.id, lookAgain));
		this.#stops.push(() => clearTimeout(warm));
		const forget = setTimeout(() => this.followForgotten(), WARM_AFTER_MS);
		this.#stops.push(() => clearTimeout(forget));
	}

	/** Tries the connections when the network, the person or a push message comes back, and doubts them when it goes. */
	#wake(): void {
		const wake = () => this.registry.connect();
		const online = () => {
			wake();
			void this.intake.wake();
		};
		const seen = () => document.visibilityState === 'visible' && wake();
		// what others edit meanwhile costs less in one answer later than edit by edit now
		const rest = setInterval(
			() => document.visibilityState === 'hidden' && this.registry.rest(),
			REST_MS
		);
		const pushed = ({ data }: MessageEvent) =>
			(data as { type?: string } | null)?.type === 'WAKE' && wake();
		window.addEventListener('online', online);
		window.addEventListener('offline', wake);
		document.addEventListener('visibilitychange', seen);
		navigator.serviceWorker?.addEventListener('message', pushed);
		this.#stops.push(() => {
			clearInterval(rest);
			window.removeEventListener('online', online);
			window.removeEventListener('offline', wake);
			document.removeEventListener('visibilitychange', seen);
			navigator.serviceWorker?.removeEventListener('message', pushed);
		});
	}

	/** Files that wait to be sent, and photos to be developed: as of one moment, for the one becomes the other. */
	#countFiles(): Promise<[number, number]> {
		const { transfers, imports } = this.database;
		return this.database.transaction('r', transfers, imports, () =>
			Promise.all([
				transfers.where('stuck').equals(0).count(),
				imports.where('state').equals('copied').count()
			])
		);
	}

	#countCommands(state: 'waiting' | 'refused'): Promise<number> {
		return this.database.commands.where('state').equals(state).count();
	}

	/** Where commands wait for the server. */
	outbox(): Promise<Outbox> {
		return this.#outbox.get();
	}

	/**
	 * Asks the server to do something, now or when it can be reached; kept on this device until it answers.
	 * @param asked.subject commands about the same one are carried out in their order
	 * @param asked.words what it does, for people
	 * @throws AuraError when the server refuses at once
	 */
	async ask<Key extends EndpointKey>(
		endpoint: Key,
		input: Partial<Pick<Request<Key, Endpoints[Key]>, 'body'>> &
			Pick<Request<Key, Endpoints[Key]>, 'params'>,
		asked: Pick<Asked, 'subject' | 'words'>
	): Promise<Exclude<Outcome<Answer<Endpoints[Key]>>, { kind: 'refused' }>> {
		const outbox = await this.outbox();
		const outcome = await outbox.ask({ ...asked, ...input, endpoint });
		if (outcome.kind === 'refused') throw outcome.error;
		if (outcome.kind === 'waits') this.commandsWaiting = await this.#countCommands('waiting');
		return outcome as never;
	}

	/** Something about sending has changed. */
	wakeSender(): void {
		this.#sender.wake();
	}

	/** What the studio forgets, and whether it wishes faces, is followed on this device; now, if it is already. */
	followForgotten(): void {
		void this.#forgotten.get().then(({ again }) => again(), console.error);
	}

	/** Cameras on cables; they stay connected while other pages are looked at. */
	cameras(): Promise<Cameras> {
		return this.#cameras.get();
	}

	/** An event, opened from this device. */
	event(id: string): Promise<EventState> {
		let opening = this.#events.get(id);
		if (!opening) {
			opening = Promise.all([
				this.registry.open(`event/${id}`),
				import('../events/event.svelte.ts')
			]).then(([document, { EventState }]) => new EventState(id, document, this));
			opening.catch(() => this.#events.delete(id));
			this.#events.set(id, opening);
		}
		return opening;
	}

	destroy(): void {
		for (const stop of this.#stops) stop();
		this.#sender.stop();
		this.#outbox.ifLoaded((outbox) => outbox.stop());
		this.#cameras.ifLoaded((cameras) => cameras.destroy());
		this.#forgotten.ifLoaded((follower) => follower.stop());
		this.intake.destroy();
		this.pictures.release();
		this.registry.destroy();
	}
}

const key = Symbol('studio');
/** The studio of this page; set by the layout of the studio's pages. */
export const setStudio = (studio: () => Studio): void => void setContext(key, studio);
export const useStudio = (): Studio => getContext<() => Studio>(key)();
