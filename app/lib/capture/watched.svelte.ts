// The folder that this device watches, kept from visit to visit.
import type { DeviceDatabase } from '../device/database.ts';
import { watchFolder } from './hot-folder.ts';
import type { Chosen } from './importer.ts';

const KEY = 'hotFolder';

type Handle = FileSystemDirectoryHandle & {
	queryPermission?(options: { mode: string }): Promise<PermissionState>;
	requestPermission?(options: { mode: string }): Promise<PermissionState>;
};
type Picker = { showDirectoryPicker?(options: object): Promise<Handle> };

export class WatchedFolder {
	/** its name; null: none was chosen */
	name = $state<string | null>(null);
	isWatching = $state(false);
	problem = $state<string | null>(null);
	/** files that came from it since the page was opened */
	taken = $state(0);
	#handle: Handle | null = null;
	#stop: (() => void) | null = null;

	static readonly isPossible = typeof window !== 'undefined' && 'showDirectoryPicker' in window;

	constructor(
		private readonly database: DeviceDatabase,
		private readonly onFiles: (chosen: Chosen[]) => void
	) {}

	/** Goes on with the folder of the last visit, where the browser lets it without asking. */
	async restore(): Promise<void> {
		const row = await this.database.settings.get(KEY);
		this.#handle = (row?.value as Handle | undefined) ?? null;
		this.name = this.#handle?.name ?? null;
		const state = await this.#handle?.queryPermission?.({ mode: 'read' });
		if (this.#handle && (state === undefined || state === 'granted')) this.#start();
	}

	/** Lets the person choose a folder. */
	async choose(): Promise<void> {
		try {
			const picked = await (window as Picker).showDirectoryPicker!({
				id: 'aura-watched',
				mode: 'read'
			});
			await this.watch(picked);
		} catch (error) {
			// closing the dialog is an answer
			if ((error as DOMException).name !== 'AbortError') this.problem = (error as Error).message;
		}
	}

	async watch(handle: FileSystemDirectoryHandle): Promise<void> {
		this.stop();
		this.#handle = handle as Handle;
		this.name = handle.name;
		await this.database.settings.put({ key: KEY, value: handle });
		this.#start();
	}

	/** Goes on with the folder; the browser may ask. */
	async resume(): Promise<void> {
		if (!this.#handle) return;
		const state = await this.#handle.requestPermission?.({ mode: 'read' });
		if (state === undefined || state === 'granted') this.#start();
		else this.problem = 'The browser does not let this page read the folder.';
	}

	#start(): void {
		this.problem = null;
		this.isWatching = true;
		this.#stop = watchFolder(
			this.#handle!,
			(chosen) => {
				this.taken += chosen.length;
				this.onFiles(chosen);
			},
			(error) => {
				this.isWatching = false;
				this.problem = `The folder cannot be read any more (${(error as Error).message}). Nothing that was taken from it is lost.`;
			}
		);
	}

	stop(): void {
		this.#stop?.();
		this.#stop = null;
		this.isWatching = false;
	}

	/** Forgets the folder. */
	async forget(): Promise<void> {
		this.stop();
		this.#handle = null;
		this.name = null;
		await this.database.settings.delete(KEY);
	}
}
