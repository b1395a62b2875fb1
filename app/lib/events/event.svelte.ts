import type * as Y from 'yjs';
import type { Rights } from '#shared/photos/rights.ts';
import type { MarkField, PhotoFacts, PhotoMarks } from '#shared/photos/photo.ts';
import { cameraKeyOf, correctedTime } from '#shared/photos/clocks.ts';
import { fileBit } from '#shared/files/kinds.ts';
import { watch } from '../device/database.ts';
import { clientOf } from '#sync/documents/author.ts';
import type { Present } from '#sync/presence/presence.ts';
import type { OpenDocument } from '../documents/registry.ts';
import { type FaceSearch, openFaceSearch } from '../faces/face-search.ts';
import { Stacks } from '../photos/stacks.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import { type Edit, Edits } from './edits.ts';

export interface Photo {
	id: string;
	facts: PhotoFacts;
}

/** How long after it was opened it is looked what the server lacks. */
const RESEND_MS = 3_000;
const ALL_FILES = Object.values(fileBit).reduce((all, bit) => all | bit);

interface Stored {
	files: number;
	faces: number | null;
}

/** All that people mark a photo with. */
const markFields: MarkField[] = [
	'rating',
	'flag',
	'caption',
	'label',
	'keywords',
	'subject',
	'favourite',
	'folder',
	'rights'
];

export type PhotoFilter = 'all' | 'picks' | 'favourites' | 'unrated' | 'rated' | 'temporary';

/** Plain comparison: times are ISO, and a collator would take a fifth of a second for 10 000 photos. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const inOrder = (a: Photo, b: Photo): number =>
	compare(a.facts.takenAt ?? a.facts.importedAt, b.facts.takenAt ?? b.facts.importedAt) ||
	compare(a.facts.name, b.facts.name) ||
	compare(a.id, b.id);

/** What is known of a photo, its time put right. */
function withClock(facts: PhotoFacts, clocks: Y.Map<number | null>): PhotoFacts {
	if (clocks.size === 0 || !facts.takenAt) return facts;
	const seconds = clocks.get(cameraKeyOf(facts) ?? '');
	return seconds ? { ...facts, takenAt: correctedTime(facts.takenAt, seconds) } : facts;
}

/** One event's photos and marks, live. */
export class EventState {
	/** all photos in the order of the cameras' clocks, put right */
	photos = $state.raw<Photo[]>([]);
	/** the same, RAW and JPEG of one shot as one: what is done to one of them is done to both */
	stacks = $state.raw(new Stacks([]));
	/** ids of those that go into the trash unless somebody approves them */
	temporary = $state.raw<ReadonlySet<string>>(new Set());
	/** faces that were found, here or on another device */
	faceCount = $state(0);
	/** goes up with every change of a mark; reading marks subscribes to it */
	#marksVersion = $state(0);
	#storedVersion = $state(0);
	/** who else is in this event now */
	others = $state.raw<Present[]>([]);
	/** goes up with everything that is said of faces */
	#saidVersion = $state(0);
	readonly #edits: Edits;
	#scheduled = false;
	#faces: FaceSearch | null = null;

	constructor(
		readonly id: string,
		private readonly document: OpenDocument,
		private readonly studio: Studio
	) {
		this.#edits = new Edits(() => document.replica.doc);
		this.#follow(document.replica.doc);
		// the server said otherwise: what is shown is read anew
		document.replica.onReplaced((doc) => this.#follow(doc));
		document.onPresence(() => {
			this.others = document.presence.others();
			this.#want(this.others.map(({ photo }) => photo));
		});
		// Faces found here count before the server has heard of them.
		watch(
			() => studio.database.imports.where('[event+state]').equals([id, 'done']).count(),
			() => this.#schedule()
		);
		// what happened while this device was away has arrived by then
		setTimeout(() => void this.resend(), RESEND_MS);
	}

	#follow(doc: Y.Doc): void {
		this.#read();
		this.#marksVersion++;
		this.#storedVersion++;
		this.#saidVersion++;
		doc.getMap<PhotoFacts | null>('photos').observe(({ changes }, { local }) => {
			this.#schedule();
			const gone = [...changes.keys].flatMap(([photo, { oldValue }]) =>
				!local && oldValue && !doc.getMap('photos').get(photo)
					? [{ photo, sha256: (oldValue as PhotoFacts).sha256 }]
					: []
			);
			if (gone.length > 0) void this.#forget(gone);
		});
		doc.getMap('trash').observe(() => this.#schedule());
		doc.getMap('clocks').observe(() => this.#schedule());
		doc.getMap('approved').observe(() => this.#schedule());
		doc.getMap('marks').observe(() => this.#marksVersion++);
		doc.getMap('forgotten').observe(() => void this.#forgetFaces());
		void this.#forgetFaces();
		doc.getMap('identified').observe(() => this.#saidVersion++);
		doc.getMap('excluded').observe(() => this.#saidVersion++);
		doc.getMap<Stored | null>('stored').observe(({ changes }, { local }) => {
			this.#storedVersion++;
			this.#schedule();
			if (local) return;
			for (const [photo, { oldValue }] of changes.keys) {
				const { files = 0 } = (oldValue ?? {}) as Partial<Stored>;
				if (files & ~(this.#storedOf(photo)?.files ?? 0)) return void this.resend();
			}
		});
	}

	/** Removed for good: nothing of them stays on this device. */
	async #forget(photos: { photo: string; sha256: string }[]): Promise<void> {
		const { forget } = await import('../photos/forget.ts');
		await forget(this.studio.person, this.studio.database, this.id, photos);
	}

	/** Nothing of these faces stays on this device. */
	async #forgetFaces(): Promise<void> {
		const keys = [...this.document.replica.doc.getMap('forgotten').keys()];
		if (keys.length === 0) return;
		const { forgetFaces } = await import('../people/forget.ts');
		const { database } = this.studio;
		if (await forgetFaces(database, this.workspace, this.id, keys)) {
			this.#restartFaces();
			this.studio.wakeSender();
		}
		await database.settings.put({ key: `forgotten/${this.id}`, value: keys.length });
	}

	/** No face of this event stays on this device. */
	async forgetAllFaces(): Promise<void> {
		const { sidecars, transfers } = this.studio.database;
		await sidecars.where('event').equals(this.id).delete();
		await transfers
			.where('id')
			.startsWith(`${this.id}/`)
			.and(({ kind }) => kind === 'faces')
			.delete();
		this.#restartFaces();
	}

	/** What holds faces in memory begins anew. */
	#restartFaces(): void {
		this.#faces?.destroy();
		this.#faces = null;
		this.#saidVersion++;
		this.#schedule();
	}

	#storedOf(photo: string): Stored | null | undefined {
		return this.document.replica.doc.getMap<Stored | null>('stored').get(photo);
	}

	/** What the server does not have (any more), and this device has, is sent. */
	async resend(): Promise<void> {
		if (!this.studio.can('create', 'file')) return;
		const lacking = this.photos.flatMap(({ id, facts: { sha256 } }) => {
			const { files = 0 } = this.#storedOf(id) ?? {};
			return files === ALL_FILES ? [] : [{ photo: id, sha256, files }];
		});
		if (lacking.length === 0) return;
		const { resend } = await import('../files/resend.ts');
		const place = { workspace: this.workspace, event: this.id };
		if (await resend(this.studio.person, this.studio.database, place, lacking))
			this.studio.wakeSender();
	}

	/** Says to the others that I am here, and what I look at; null: I have left. */
	be(here: { photo: string | null } | null): void {
		this.document.presence.be(here);
		this.#want([here?.photo ?? null]);
	}

	/** What somebody looks at goes to the server first, where it waits on this device. */
	#want(photos: (string | null)[]): void {
		const lacking = photos.filter(
			(photo): photo is string => photo !== null && this.#storedOf(photo)?.files !== ALL_FILES
		);
		if (lacking.length === 0) return;
		void import('../files/wanted.ts')
			.then(({ wantFirst }) => wantFirst(this.studio.database, this.id, lacking))
			.then((isAny) => isAny && this.studio.wakeSender())
			// it goes in its turn
			.catch(console.error);
	}

	get workspace(): string {
		return this.studio.membership.id;
	}

	/** Search by face in this event; its worker starts when it is first asked for. */
	get faces(): FaceSearch {
		this.#faces ??= this.#openFaces();
		return this.#faces;
	}
	/** For once: nothing of it stays in memory. */
	async readFaces<T>(read: (faces: FaceSearch) => Promise<T>): Promise<T> {
		if (this.#faces) return read(this.#faces);
		const faces = this.#openFaces();
		try {
			return await read(faces);
		} finally {
			faces.destroy();
		}
	}
	#openFaces(): FaceSearch {
		return openFaceSearch(
			this.studio.database,
			this.workspace,
			this.id,
			() => {
				const stored = this.document.replica.doc.getMap<Stored | null>('stored');
				return [...stored.entries()].flatMap(([photo, value]) =>
					value && value.files & fileBit.faces ? [photo] : []
				);
			},
			() => this.document.replica.doc.getMap('forgotten').keys()
		);
	}

	/** Many photos come in one frame: read them once. */
	#schedule(): void {
		if (this.#scheduled) return;
		this.#scheduled = true;
		setTimeout(() => {
			this.#scheduled = false;
			this.#read();
		}, 100);
	}

	#read(): void {
		const { doc } = this.document.replica;
		const trash = doc.getMap('trash');
		const photos: Photo[] = [];
		const clocks = doc.getMap<number | null>('clocks');
		for (const [id, facts] of doc.getMap<PhotoFacts | null>('photos').entries())
			if (facts && !trash.get(id)) photos.push({ id, facts: withClock(facts, clocks) });
		this.photos = photos.sort(inOrder);
		this.stacks = new Stacks(this.photos);
		const approved = doc.getMap('approved');
		this.temporary = new Set(
			this.photos.flatMap(({ id, facts }) =>
				facts.source === 'event_temp' && !approved.get(id) ? [id] : []
			)
		);
		void this.#countFaces();
	}

	async #countFaces(): Promise<void> {
		const stored = this.document.replica.doc.getMap<Stored | null>('stored');
		const trash = this.document.replica.doc.getMap('trash');
		let sum = 0;
		// a face on a RAW file is the one on its JPEG
		const counts = (photo: string) => !trash.get(photo) && !this.stacks.isOther(photo);
		for (const [photo, value] of stored.entries()) if (counts(photo)) sum += value?.faces ?? 0;
		if (this.studio.projects.get(this.id)?.faces === 'off') {
			this.faceCount = 0;
			return;
		}
		const local = await this.studio.database.imports
			.where('[event+state]')
			.equals([this.id, 'done'])
			.toArray();
		for (const row of local)
			if (row.sha256) {
				const photo = row.sha256.slice(0, 32);
				if (stored.get(photo)?.faces == null && counts(photo)) sum += row.faces;
			}
		this.faceCount = sum;
	}

	/** What a shot is marked with. */
	marks(photo: string): PhotoMarks {
		void this.#marksVersion;
		const marks = this.document.replica.doc.getMap('marks');
		const found: Record<string, unknown> = { rating: 0 };
		for (const field of markFields) {
			const value = marks.get(`${this.#markedFile(photo, field)}/${field}`);
			if (value != null) found[field] = value;
		}
		return found;
	}

	/** What lies in which folder, and whether the client chose anything. */
	readonly sorted = $derived.by(() => {
		void this.#marksVersion;
		const marks = this.document.replica.doc.getMap('marks');
		const valueOf = (photo: string, field: MarkField) =>
			marks.get(`${this.#markedFile(photo, field)}/${field}`);
		const folders = new Set<string>();
		let favourites = 0;
		for (const { id } of this.stacks.leads) {
			const folder = valueOf(id, 'folder');
			if (typeof folder === 'string') folders.add(folder);
			if (valueOf(id, 'favourite')) favourites++;
		}
		return { folders: [...folders].sort((a, b) => a.localeCompare(b)), favourites };
	});

	/** The file of a shot that has a mark: its RAW may have been marked before its JPEG came. */
	#markedFile(photo: string, field: MarkField): string {
		const marks = this.document.replica.doc.getMap('marks');
		const others = this.stacks.othersOf(photo);
		if (others.length === 0 || marks.has(`${photo}/${field}`)) return photo;
		return others.find(({ id }) => marks.has(`${id}/${field}`))?.id ?? photo;
	}

	/** Which client set a mark. @returns null: nobody did */
	markedBy(photo: string, field: MarkField): number | null {
		void this.#marksVersion;
		const marks = this.document.replica.doc.getMap('marks');
		return clientOf(marks, `${this.#markedFile(photo, field)}/${field}`);
	}
	/** Whether a client wrote on this device. */
	isOwnClient(client: number): boolean {
		return this.document.replica.isOwn(client);
	}

	/** What people said of faces. */
	get said(): {
		identified: [key: string, person: string | null][];
		excluded: [key: string, is: true | null][];
	} {
		void this.#saidVersion;
		const { doc } = this.document.replica;
		return {
			identified: [...doc.getMap<string | null>('identified').entries()],
			excluded: [...doc.getMap<true | null>('excluded').entries()]
		};
	}

	/** Says who these faces are. */
	identify(faces: readonly string[], person: string): void {
		this.#edits.make([
			...faces.map((key): Edit => ({ root: 'identified', key, value: person })),
			// what was said against it before holds no more
			...faces.map((face): Edit => ({ root: 'excluded', key: `${face}/${person}`, value: null }))
		]);
	}

	/** Says that these faces are not this person. @param ids of the person, and of those who were merged into them */
	exclude(faces: readonly string[], ids: readonly string[]): void {
		const identified = this.document.replica.doc.getMap<string | null>('identified');
		this.#edits.make([
			...faces
				.filter((key) => ids.includes(identified.get(key) ?? ''))
				.map((key): Edit => ({ root: 'identified', key, value: null })),
			...ids
				.slice(0, 1)
				.flatMap((person) =>
					faces.map((face): Edit => ({ root: 'excluded', key: `${face}/${person}`, value: true }))
				)
		]);
	}

	/** Which files of a photo the server holds. */
	isStored(photo: string, kind: keyof typeof fileBit): boolean {
		void this.#storedVersion;
		return ((this.#storedOf(photo)?.files ?? 0) & fileBit[kind]) !== 0;
	}

	/** Whether every file of a shot is on the server. */
	isSafe(photo: string): boolean {
		return this.stacks.whole([photo]).every((file) => this.isStored(file, 'original'));
	}
	/** Whether a shot goes unless somebody approves it. */
	isTemporary(photo: string): boolean {
		return this.stacks.whole([photo]).some((file) => this.temporary.has(file));
	}

	/** Shots that fit, by the photos that they are looked at by. */
	filtered(filter: PhotoFilter): Photo[] {
		const { leads } = this.stacks;
		if (filter === 'all') return leads;
		if (filter === 'temporary')
			return this.temporary.size === 0 ? [] : leads.filter(({ id }) => this.isTemporary(id));
		return leads.filter(({ id }) => {
			const { rating = 0, flag, favourite } = this.marks(id);
			if (filter === 'picks') return flag === 'pick';
			if (filter === 'favourites') return favourite === true;
			return filter === 'rated' ? rating >= 3 : rating === 0 && !flag;
		});
	}

	/** Sets a mark of some photos; null clears it. */
	mark<Field extends MarkField>(
		photos: string[],
		field: Field,
		value: PhotoMarks[Field] | null
	): void {
		this.markAll([{ photos, field, value }]);
	}

	/** Sets several marks as one change, taken back as one. */
	markAll(changes: { photos: string[]; field: MarkField; value: unknown }[]): void {
		this.#edits.make(
			changes.flatMap(({ photos, field, value }) =>
				this.stacks
					.whole(photos)
					.map((photo): Edit => ({ root: 'marks', key: `${photo}/${field}`, value }))
			)
		);
	}

	/** Seconds that a camera's clock is corrected by. */
	clockOf(camera: string | null): number {
		void this.photos;
		const clocks = this.document.replica.doc.getMap<number | null>('clocks');
		return clocks.get(camera ?? '') ?? 0;
	}

	/** Corrects a camera's clock. @param seconds that are added to what it says */
	correctClock(camera: string, seconds: number): void {
		this.#edits.make([{ root: 'clocks', key: camera, value: seconds || null }]);
		this.#read();
	}

	/** Who made a photo and what may be done with it; null: nobody said. */
	rightsOf(photo: string): Rights | null {
		const { rights } = this.marks(photo);
		return (
			(rights && this.document.replica.doc.getMap<Rights | null>('rights').get(rights)) || null
		);
	}

	/** Keeps rights, by what they are called, for marks to name. */
	keepRights(all: ReadonlyMap<string, Rights>): void {
		const { doc } = this.document.replica;
		const kept = doc.getMap<Rights | null>('rights');
		doc.transact(() => {
			for (const [id, rights] of all) if (!kept.get(id)) kept.set(id, rights);
		});
	}

	/** Moves shots to the trash, with everything that is known of them. */
	trash(photos: string[]): void {
		const value = this.#nowByMe();
		this.#edits.make(this.stacks.whole(photos).map((key): Edit => ({ root: 'trash', key, value })));
		this.#read();
	}

	/** Lets shots stay that were there for the time being. */
	approve(photos: string[]): void {
		const value = this.#nowByMe();
		const files = this.stacks.whole(photos).filter((file) => this.temporary.has(file));
		this.#edits.make(files.map((key): Edit => ({ root: 'approved', key, value })));
		this.#read();
	}

	#nowByMe() {
		return { at: new Date().toISOString(), by: this.studio.person };
	}

	/** Takes the last change of this tab back. @returns the shots that it was about, by the photos that they are looked at by; null: there was none */
	undo(): string[] | null {
		const last = this.#edits.undo();
		if (!last) return null;
		if (last[0]?.root !== 'marks') this.#read();
		return this.stacks.leadsOf(last.map(({ key }) => key.slice(0, 32)));
	}
}
