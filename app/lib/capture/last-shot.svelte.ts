// The last shot, as large and as soon as this device can show it.
import { wrap } from 'comlink';
import type { Photo } from '../events/event.svelte.ts';
import { readFile } from '../device/files.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import PreviewWorkerUrl from './preview.worker.ts?worker';
import type { PreviewWorker } from './preview.worker.ts';
import type { Seen } from './cameras/cameras.svelte.ts';

/** A file that browsers draw. */
const isDrawn = (name: string): boolean => /\.(jpe?g|png|webp|avif)$/i.test(name);

/** What is shown: which photo, and from where. */
export interface LastShot {
	name: string;
	/** address of the picture: of the photo itself, where this device has it and can draw it */
	src: string;
	/** the same as large as a screen, where it was decoded for that; its owner closes it */
	bitmap: ImageBitmap | null;
}

/** As large as screens that are looked at from an arm's length, pixels. */
const SIDE = 2_000;

/** Follows what was shot last; addresses that are shown no more are given back. */
export class LastShots {
	now = $state.raw<LastShot | null>(null);
	#key = '';
	#address: string | null = null;
	/** what is being decoded */
	#pending = '';
	#worker = new PreviewWorkerUrl();
	#remote = wrap<PreviewWorker>(this.#worker);

	constructor(
		private readonly studio: Studio,
		private readonly workspace: string
	) {}

	/** @param seen what a camera brought; @param photo the newest of the event */
	async show(event: string, seen: Seen | null, photo: Photo | null): Promise<void> {
		const isFromCamera =
			seen !== null &&
			seen.shot.event === event &&
			(!photo ||
				seen.shot.noticedAt + 1 >= Date.parse(photo.facts.importedAt) ||
				seen.sha256 === photo.facts.sha256);
		const isRaw = seen !== null && !isDrawn(seen.shot.name);
		if (isFromCamera && !(isRaw && seen.sha256 === photo?.facts.sha256))
			return this.#showSeen(seen);
		if (photo) return this.#showPhoto(event, photo);
		this.#set('', null, null);
	}

	async #showSeen({ shot, thumb, sha256 }: Seen): Promise<void> {
		const key = `seen/${shot.id}/${sha256 ?? thumb ?? ''}`;
		if (key === this.#key) return;
		if (sha256 && isDrawn(shot.name)) return this.#showOriginal(key, shot.name, sha256);
		if (thumb) this.#set(key, { name: shot.name, src: thumb, bitmap: null }, null);
	}

	async #showPhoto(event: string, { id, facts }: Photo): Promise<void> {
		const key = `photo/${id}/${facts.preview}`;
		if (key === this.#key || this.#key.endsWith(facts.sha256)) return;
		const { pictures, person } = this.studio;
		if (isDrawn(facts.name) && (await readFile(person, 'originals', facts.sha256)))
			return this.#showOriginal(key, facts.name, facts.sha256);
		const src = await pictures.address({ workspace: this.workspace, event, photo: id }, 'web');
		if (src) this.#set(key, { name: facts.name, src, bitmap: null }, null);
	}

	async #showOriginal(key: string, name: string, sha256: string): Promise<void> {
		if (this.#pending === key) return;
		this.#pending = key;
		const { person } = this.studio;
		const [file, bitmap] = await Promise.all([
			readFile(person, 'originals', sha256),
			this.#remote.preview(person, sha256, SIDE)
		]);
		// another came meanwhile
		if (!file || this.#pending !== key) return bitmap?.close();
		const address = URL.createObjectURL(file);
		this.#set(key, { name, src: address, bitmap }, address);
	}

	#set(key: string, shown: LastShot | null, address: string | null): void {
		if (this.#address) URL.revokeObjectURL(this.#address);
		this.now?.bitmap?.close();
		this.#key = key;
		this.#pending = key;
		this.#address = address;
		this.now = shown;
	}

	release(): void {
		this.#set('', null, null);
		this.#worker.terminate();
	}
}
