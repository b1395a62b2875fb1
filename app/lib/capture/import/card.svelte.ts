// A card or folder that was chosen to be imported: what is on it, and how it will be taken in.
import { problemOfTemplate } from '#shared/photos/fill-in.ts';
import type { Preset } from '#shared/photos/rights.ts';
import { type DeviceDatabase, inEvent } from '../../device/database.ts';
import { walkFolder } from '../choose.ts';
import type { Chosen, ImportHow, ImportPlace, Importer } from '../importer.ts';
import { isSidecar, stemOf } from '../sidecars.ts';
import { type Found, daysOf, namesOf, withSidecars, withoutHousekeeping } from './plan.ts';

type Directory = FileSystemDirectoryHandle & {
	queryPermission?(options: { mode: string }): Promise<PermissionState>;
	requestPermission?(options: { mode: string }): Promise<PermissionState>;
};
type Picker = { showDirectoryPicker?(options: object): Promise<Directory> };

/** Files whose heads are read at the same time. */
const READ_AT_ONCE = 4;
const TEMPLATE = 'importTemplate';
const SECOND = 'importSecond';
const numberKey = (event: string) => `importNumber/${event}`;

export const canChooseFolders = typeof window !== 'undefined' && 'showDirectoryPicker' in window;

/** Lets the person choose a folder. @returns null when they did not */
async function pick(id: string, mode: 'read' | 'readwrite'): Promise<Directory | null> {
	try {
		return await (window as Picker).showDirectoryPicker!({ id, mode });
	} catch (error) {
		// closing the dialog is an answer
		if ((error as DOMException).name === 'AbortError') return null;
		throw error;
	}
}

export interface CardPorts {
	database: DeviceDatabase;
	place: ImportPlace;
	/** for names of files */
	event: string;
	photographer: string;
	importer(): Promise<Pick<Importer, 'facts' | 'add'>>;
}

export class Card {
	/** what the card or folder is called; null: none was chosen */
	name = $state<string | null>(null);
	found = $state.raw<Found[]>([]);
	/** files whose first bytes were read, of how many; null: all are */
	reading = $state.raw<{ done: number; of: number } | null>(null);
	problem = $state<string | null>(null);
	/** days that are left out */
	#without = $state.raw<ReadonlySet<string>>(new Set());
	/** '': all keep their names */
	template = $state('');
	first = $state(1);
	/** what is said of each photo */
	preset = $state.raw<Preset | null>(null);
	/** of the event; '': none */
	folder = $state('');
	second = $state.raw<Directory | null>(null);
	/** ends what an earlier choice began */
	#choice = 0;

	constructor(private readonly ports: CardPorts) {}

	/** Takes over what was set the last time. */
	async restore(): Promise<void> {
		const { settings } = this.ports.database;
		const [template, second, number] = await settings.bulkGet([
			TEMPLATE,
			SECOND,
			numberKey(this.ports.place.event)
		]);
		this.template = (template?.value as string | undefined) ?? '';
		this.second = (second?.value as Directory | undefined) ?? null;
		this.first = (number?.value as number | undefined) ?? 1;
	}

	readonly days = $derived(daysOf(this.found));
	readonly chosen = $derived(
		this.days.filter(({ date }) => !this.#without.has(date)).flatMap(({ found }) => found)
	);
	/** without what other programs wrote of them */
	readonly photos = $derived(this.chosen.filter(({ chosen }) => !isSidecar(chosen)));
	readonly bytes = $derived(this.photos.reduce((sum, { chosen }) => sum + chosen.file.size, 0));
	readonly templateProblem = $derived(problemOfTemplate(this.template));
	readonly names = $derived.by(() =>
		this.template && !this.templateProblem
			? namesOf(this.chosen, this.template, this.ports, Math.max(1, Math.floor(this.first) || 1))
			: null
	);
	/** a name before and after */
	readonly example = $derived.by(() => {
		const first = [...(this.names ?? [])].find(([chosen]) => !isSidecar(chosen));
		return first ? { from: first[0].file.name, to: first[1] } : null;
	});

	/** numbers that are given: files of one shot share one */
	get #shots(): number {
		return new Set(this.chosen.map(({ chosen }) => stemOf(chosen))).size;
	}

	isIn(date: string): boolean {
		return !this.#without.has(date);
	}

	toggle(date: string): void {
		const without = new Set(this.#without);
		if (!without.delete(date)) without.add(date);
		this.#without = without;
	}

	async choose(): Promise<void> {
		this.problem = null;
		try {
			const folder = await pick('aura-card', 'read');
			if (!folder) return;
			const chosen: Chosen[] = [];
			for await (const each of walkFolder(folder)) chosen.push(each);
			await this.look(folder.name, chosen);
		} catch (error) {
			this.problem = `It could not be read: ${(error as Error).message}`;
		}
	}

	/** Looks at what is on it. */
	async look(name: string, all: readonly Chosen[]): Promise<void> {
		const choice = ++this.#choice;
		const chosen = withoutHousekeeping(all);
		this.name = name;
		this.found = [];
		this.#without = new Set();
		this.reading = { done: 0, of: chosen.length };
		const here = await this.#taken();
		const { facts } = await this.ports.importer();
		const found: Found[] = [];
		let next = 0;
		const lane = async () => {
			while (next < chosen.length && choice === this.#choice) {
				const index = next++;
				const each = chosen[index]!;
				// one that cannot be read is said so when it is copied
				const said = await facts(each.file).catch(() => ({ takenAt: null, camera: null }));
				found[index] = { chosen: each, ...said, isHere: here.has(keyOf(each.file)) };
				if (choice === this.#choice)
					this.reading = { done: this.reading!.done + 1, of: chosen.length };
			}
		};
		await Promise.all(Array.from({ length: READ_AT_ONCE }, lane));
		if (choice !== this.#choice) return;
		this.found = withSidecars(found);
		this.reading = null;
	}

	/** Names, sizes and times of what this device has taken into the event. */
	async #taken(): Promise<Set<string>> {
		const rows = await this.ports.database.imports
			.where('[event+state]')
			.anyOf([...inEvent, 'known'].map((state) => [this.ports.place.event, state]))
			.toArray();
		return new Set(rows.map(keyOf));
	}

	async chooseSecond(): Promise<void> {
		this.problem = null;
		try {
			this.second = (await pick('aura-second', 'readwrite')) ?? this.second;
		} catch (error) {
			this.problem = `It cannot be written to: ${(error as Error).message}`;
		}
	}

	/** Begins to take it in. @returns whether it has begun */
	async start(): Promise<boolean> {
		const { database, place, event } = this.ports;
		this.problem = null;
		if (this.second && !(await mayWrite(this.second))) {
			this.problem = `The browser does not let this page write into ${this.second.name}. Choose the folder again.`;
			return false;
		}
		const how: ImportHow = {
			...(this.preset ? { preset: this.preset } : {}),
			from: this.name!,
			...(this.names ? { names: this.names } : {}),
			second: this.second,
			under: event,
			leftOut: this.found.length - this.chosen.length
		};
		await database.settings.bulkPut([
			{ key: TEMPLATE, value: this.template },
			{ key: SECOND, value: this.second },
			...(this.names ? [{ key: numberKey(place.event), value: this.first + this.#shots }] : [])
		]);
		const importer = await this.ports.importer();
		void importer.add(
			place,
			this.chosen.map(({ chosen }) => chosen),
			this.folder.trim() ? { folder: this.folder.trim() } : undefined,
			how
		);
		return true;
	}
}

const keyOf = ({
	name,
	size,
	lastModified
}: {
	name: string;
	size: number;
	lastModified: number;
}) => `${name}/${size}/${lastModified}`;

async function mayWrite(folder: Directory): Promise<boolean> {
	const wanted = { mode: 'readwrite' };
	const state = await folder.queryPermission?.(wanted);
	if (state === undefined || state === 'granted') return true;
	return (await folder.requestPermission?.(wanted)) === 'granted';
}
