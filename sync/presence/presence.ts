// Who else has a document open, and what they look at; nothing of it is kept.
import { readPresence, writePresence } from './codec.ts';

/** What somebody says of themselves. */
export interface Here {
	/** the photo that they have open */
	photo: string | null;
}

/** Somebody else in the document, by the name of the session that the server knows. */
export interface Present extends Here {
	id: string;
	name: string;
}

export interface PresenceParts {
	/** sends it, and again after each connection */
	say(update: Uint8Array): void;
	/** @returns takes it back */
	after(ms: number, run: () => void): () => void;
	/** a new client id */
	id(): number;
	onChange(): void;
}

/** ms between two things that are said: whoever leafs through photos is not told photo by photo */
const QUIET_MS = 300;
/** Clients of one document that are heard of. */
const MOST = 4_096;

interface Known extends Present {
	clock: number;
}

function readState(state: string): Present | null {
	try {
		const { user, photo } = JSON.parse(state) as {
			user?: { id?: unknown; name?: unknown };
			photo?: unknown;
		};
		if (typeof user?.id !== 'string' || typeof user.name !== 'string') return null;
		return { id: user.id, name: user.name, photo: typeof photo === 'string' ? photo : null };
	} catch {
		return null;
	}
}

export class Presence {
	#client: number;
	#clock = 0;
	#mine: Here | null = null;
	#said = '';
	#known = new Map<number, Known>();
	#cancel: (() => void) | null = null;

	constructor(
		private readonly person: string,
		private readonly parts: PresenceParts
	) {
		this.#client = parts.id();
	}

	/** Says where I am; null: not here any more. */
	be(here: Here | null): void {
		this.#mine = here;
		if (this.#cancel) return;
		this.#say();
		this.#cancel = this.parts.after(QUIET_MS, () => {
			this.#cancel = null;
			this.#say();
		});
	}

	/** @param update what others said; null: the connection is gone, and so is what was known */
	hear(update: Uint8Array | null): void {
		if (update === null) {
			this.#known.clear();
			// the server may hold the old connection for a while, and with it the old client id
			this.#client = this.parts.id();
			this.#clock = 0;
			this.#said = '';
			if (this.#mine) this.#say();
			return this.parts.onChange();
		}
		for (const { client, clock, state } of readPresence(update, MOST) ?? []) {
			const known = this.#known.get(client);
			if (known && clock <= known.clock) continue;
			const present = state === 'null' ? null : readState(state);
			if (present && client !== this.#client) this.#known.set(client, { ...present, clock });
			else this.#known.delete(client);
		}
		this.parts.onChange();
	}

	/** Everybody else, each once; a photo that is open on one of their devices goes before none. */
	others(): Present[] {
		const people = new Map<string, Present>();
		for (const { id, name, photo } of this.#known.values())
			if (id !== this.person && !people.get(id)?.photo) people.set(id, { id, name, photo });
		return [...people.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
	}

	#say(): void {
		const state = JSON.stringify(this.#mine);
		if (state === this.#said) return;
		this.#said = state;
		this.parts.say(writePresence([{ client: this.#client, clock: ++this.#clock, state }]));
	}
}
