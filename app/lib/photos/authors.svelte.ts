// Who set which mark: the document knows the client, the server whose it is.
import type { DocumentAuthor } from '#shared/documents/authors.ts';
import type { MarkField } from '#shared/photos/photo.ts';
import { call } from '../api/client.ts';
import type { EventState } from '../events/event.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';

export interface MarkAuthor {
	id: string;
	name: string;
	isMe: boolean;
}

/** Clients that nobody knows yet are asked for again after so long, ms. */
const AGAIN_MS = 5_000;
/** Marks that somebody decides about a photo, as against what is written of it. */
const judged: readonly MarkField[] = ['rating', 'flag', 'label'];

/** The people of one event; what the server said last is kept for when there is no network. */
export class Authors {
	#byClient = $state.raw<ReadonlyMap<number, { id: string; name: string }>>(new Map());
	#timer: ReturnType<typeof setTimeout> | null = null;
	#isOver = false;

	constructor(
		private readonly studio: Studio,
		private readonly event: EventState
	) {
		void this.#start();
	}

	get #key(): string {
		return `authors/${this.event.id}`;
	}

	async #start(): Promise<void> {
		const row = await this.studio.database.settings.get(this.#key);
		if (row) this.#take(row.value as DocumentAuthor[]);
		await this.#load();
	}

	#take(authors: readonly DocumentAuthor[]): void {
		this.#byClient = new Map(
			authors.flatMap(({ id, name, clients }) =>
				clients.map((client) => [client, { id, name }] as const)
			)
		);
	}

	async #load(): Promise<void> {
		const params = { workspace: this.event.workspace, event: this.event.id };
		try {
			const { authors } = await call('GET /api/workspaces/{workspace}/events/{event}/authors', {
				params
			});
			this.#take(authors);
			await this.studio.database.settings.put({ key: this.#key, value: authors });
		} catch {
			// without a network those count who were known before
		}
	}

	/** @returns null: nobody set it, or it is not known here who did */
	of(photo: string, field: MarkField): MarkAuthor | null {
		const client = this.event.markedBy(photo, field);
		if (client === null) return null;
		const me = this.studio.person;
		if (this.event.isOwnClient(client)) return { id: me, name: '', isMe: true };
		const author = this.#byClient.get(client);
		if (author) return { ...author, isMe: author.id === me };
		this.#askLater();
		return null;
	}

	/** Ids of all who rated, flagged or labelled a photo. */
	idsOf(photo: string): string[] {
		return judged.flatMap((field) => this.of(photo, field)?.id ?? []);
	}

	/** Everybody who is known to have written in this event. */
	get all(): { id: string; name: string }[] {
		const people = new Map([...this.#byClient.values()].map(({ id, name }) => [id, name]));
		return [...people].map(([id, name]) => ({ id, name }));
	}

	get hasOthers(): boolean {
		return this.all.some(({ id }) => id !== this.studio.person);
	}

	#askLater(): void {
		if (this.#timer || this.#isOver) return;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			if (!this.#isOver) void this.#load();
		}, AGAIN_MS);
	}

	destroy(): void {
		this.#isOver = true;
		if (this.#timer) clearTimeout(this.#timer);
	}
}

/** 'you', a name, or 'somebody who left'. */
export const authorName = ({ isMe, name }: MarkAuthor): string =>
	isMe ? 'you' : name || 'somebody who left';
