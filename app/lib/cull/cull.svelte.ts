// What is looked at while an event is culled, and what its keys do.
import type { Box } from '#shared/faces/sidecar.ts';
import { isFilm } from '#shared/photos/format.ts';
import type { PhotoMarks } from '#shared/photos/photo.ts';
import type { Stack } from '#shared/photos/pairs.ts';
import type { EventState, Photo } from '../events/event.svelte.ts';
import { Part } from '../device/parts.ts';
import { Authors } from '../photos/authors.svelte.ts';
import type { Studio } from '../studio/studio.svelte.ts';
import { Bursts } from './bursts.svelte.ts';
import { type Decoder, createDecoder } from './decoder.ts';
import type { Eyes } from './eyes.ts';
import { type CullFilter, filterStacks, isFiltered, noFilter } from './filter.ts';
import type { CullAction } from './keys.ts';
import { type Zoom, detailRect, faceZoom, fitScale, sizeOf } from './zoom.ts';

const ADVANCE = 'cullAdvance';
/** Places of those that are decoded before they are asked for, by how soon they will be. */
const NEAR = [0, 1, -1, 2, 3, -2, 4];
const SURVEY = 9;

export class Cull {
	index = $state(0);
	filter = $state.raw<CullFilter>(noFilter);
	zoom = $state.raw<Zoom | null>(null);
	/** which face is looked at, where one is */
	face = $state<number | null>(null);
	/** photos beside each other */
	panes = $state(1);
	advances = $state(false);
	showsFaces = $state(false);
	showsHelp = $state(false);
	/** goes up when something was decoded */
	version = $state(0);
	/** what fits the filter; a mark that is set now takes nothing away under the hand */
	stacks = $state.raw<Stack<Photo>[]>([]);
	/** marks that were set since */
	stale = $state(0);
	/** the film that can be played now */
	film = $state.raw<{ toggle(): void } | null>(null);
	readonly decoder: Decoder;
	readonly bursts: Bursts;
	readonly authors: Authors;
	#view = { width: 1, height: 1 };
	readonly #eyes = new Part<Eyes>(async () =>
		(await import('./eyes.ts')).createEyes(this.studio, this.event)
	);
	#boxes = $state.raw<{ photo: string; boxes: Box[] } | null>(null);

	/**
	 * Belongs to the life of one component.
	 * @param leave back to the event, to the photo that was looked at
	 * @param focus what hears keys has the focus again
	 */
	constructor(
		private readonly studio: Studio,
		readonly event: EventState,
		private readonly leave: () => void,
		private readonly focus: () => void
	) {
		this.decoder = createDecoder(
			studio.person,
			studio.pictures,
			{ workspace: event.workspace, event: event.id },
			() => this.version++
		);
		this.bursts = new Bursts(studio, event, () => this.eyes());
		this.authors = new Authors(studio, event);
		$effect(() => {
			void this.event.stacks;
			void this.filter;
			// marks are read without being followed
			queueMicrotask(() => this.refresh());
		});
		$effect(() => this.#decodeNear());
		$effect(() => this.#findFaces());
		$effect(() => this.#prepareFaces());
		$effect(() => event.be({ photo: this.photo?.id ?? null }));
		$effect(() => () => event.be(null));
	}

	/** @param photo the one that is looked at first */
	start(photo: string | null): void {
		queueMicrotask(() => {
			this.refresh();
			this.#goTo(({ lead }) => lead.id === photo);
		});
		void this.studio.database.settings
			.get(ADVANCE)
			.then((row) => (this.advances = row?.value === true));
	}
	destroy(): void {
		this.decoder.destroy();
		this.bursts.destroy();
		this.#eyes.ifLoaded((eyes) => eyes.destroy());
		this.authors.destroy();
	}

	readonly mayMark = $derived.by(() => this.studio.can('update', 'photo'));
	readonly stack = $derived.by((): Stack<Photo> | undefined => this.stacks[this.index]);
	readonly photo = $derived.by(() => this.stack?.lead);
	readonly marks = $derived.by<PhotoMarks>(() =>
		this.photo ? this.event.marks(this.photo.id) : {}
	);
	readonly faces = $derived.by(() =>
		this.#boxes && this.#boxes.photo === this.photo?.id ? this.#boxes.boxes : []
	);
	/** Those that are seen together; none: one alone. */
	readonly beside = $derived.by(() => {
		const { bursts, stacks, panes, index } = this;
		const first = Math.max(0, Math.min(index, stacks.length - panes));
		const places =
			bursts.current !== null
				? bursts.members.map((id) => stacks.findIndex(({ lead }) => lead.id === id))
				: panes === 1
					? []
					: Array.from({ length: panes }, (_, i) => first + i);
		return places.flatMap((at) => (stacks[at] ? [{ at, lead: stacks[at].lead }] : []));
	});

	/** Filters anew, and stays where it is. */
	refresh(): void {
		const current = this.photo?.id;
		this.stacks = filterStacks(
			this.event.stacks.all,
			this.filter,
			(id) => this.event.marks(id),
			(id) => this.authors.idsOf(id)
		);
		if (!this.#goTo(({ lead }) => lead.id === current))
			this.index = Math.min(this.index, Math.max(0, this.stacks.length - 1));
		this.stale = 0;
	}

	#goTo(is: (stack: Stack<Photo>) => boolean): boolean {
		const at = this.stacks.findIndex(is);
		if (at >= 0) this.index = at;
		return at >= 0;
	}

	onSize(size: { width: number; height: number }): void {
		this.#view = size;
		this.decoder.fit(size);
	}

	#decodeNear(): void {
		const near = NEAR.map((by) => this.stacks[this.index + by]?.lead);
		const wanted = [...this.beside.map(({ lead }) => lead), ...near].filter(
			(each) => each !== undefined
		);
		this.decoder.want([...new Set(wanted)]);
	}

	#findFaces(): (() => void) | undefined {
		const id = this.photo?.id;
		if (!id || this.studio.projects.get(this.event.id)?.faces === 'off') return;
		// they are found, or come from another device, after their photo
		void this.event.faceCount;
		let isCurrent = true;
		void this.event.faces.boxes(id).then((boxes) => {
			const known = this.#boxes;
			const isSame = known?.photo === id && JSON.stringify(known.boxes) === JSON.stringify(boxes);
			if (!isCurrent || isSame) return;
			this.#boxes = { photo: id, boxes };
			// still close: to the same face of the next photo, or the first
			if (this.face !== null) this.lookAtFace(this.face);
		});
		return () => (isCurrent = false);
	}

	/** Close to a face: those of the photos beside it are sharp before they are asked for. */
	#prepareFaces(): (() => void) | undefined {
		const { face, index, stacks, panes } = this;
		if (face === null || panes > 1) return;
		// its own picture comes first
		if (!this.photo || !this.decoder.has(this.photo.id)) return void this.version;
		let isCurrent = true;
		const prepare = async (by: 1 | -1) => {
			const lead = stacks[index + by]?.lead;
			const boxes = lead && (await this.event.faces.boxes(lead.id));
			const box = boxes?.[face] ?? boxes?.[0];
			if (!isCurrent || !lead || !box) return;
			const size = sizeOf(lead.facts);
			const zoom = faceZoom(size, this.#view, box);
			const known = this.decoder.has(lead.id)?.width ?? 0;
			const rect = detailRect(size, this.#view, zoom, known);
			if (rect) this.decoder.prepare(lead, rect);
		};
		const timer = setTimeout(() => void prepare(1).then(() => prepare(-1)), 100);
		return () => {
			isCurrent = false;
			clearTimeout(timer);
		};
	}

	setZoom(zoom: Zoom | null): void {
		this.zoom = zoom;
		this.face = null;
	}

	/** What sees eyes, loaded when it is first asked for. */
	eyes(): Promise<Eyes> {
		return this.#eyes.get();
	}

	lookAtFace(number: number): void {
		const box = this.faces[number] ?? this.faces[0];
		if (!this.photo || !box) return void (this.zoom = null);
		this.face = this.faces[number] ? number : 0;
		this.zoom = faceZoom(sizeOf(this.photo.facts), this.#view, box);
	}

	/** Leaves photos on which this face was found, here or on another device. */
	async onlyFace(id: string, which: number): Promise<void> {
		const photos = new Set(this.event.stacks.leadsOf(await this.event.faces.photosWith(id, which)));
		this.setZoom(null);
		this.filter = { ...noFilter, photos: photos.add(id) };
		// the button goes, and the keys would go with it
		this.focus();
	}

	async #openBurst(to: number): Promise<void> {
		this.setZoom(null);
		const best = await this.bursts.open(to);
		this.#goTo(({ lead }) => lead.id === best);
	}

	async toggleBurst(): Promise<void> {
		if (this.bursts.current !== null) return this.bursts.close();
		const leads = this.stacks.map(({ lead }) => lead);
		await this.bursts.find(leads);
		const near = this.bursts.near(
			leads.map(({ id }) => id),
			this.index
		);
		if (near !== null) await this.#openBurst(near);
	}

	/** What the client chose is not rejected with the rest. */
	keepBest(): void {
		const { members, best, all, current } = this.bursts;
		if (!this.mayMark || best === null) return;
		const rest = members.filter((id) => id !== best && !this.event.marks(id).favourite);
		this.event.markAll([
			{ photos: [best], field: 'flag', value: 'pick' },
			{ photos: rest, field: 'flag', value: 'reject' }
		]);
		if (isFiltered(this.filter)) this.stale++;
		if (all[current! + 1]) void this.#openBurst(current! + 1);
	}

	step(by: number): void {
		const { current, all } = this.bursts;
		if (current !== null) {
			const at = this.beside.findIndex((each) => each.at === this.index) + by;
			if (this.beside[at]) this.index = this.beside[at].at;
			else if (all[current + Math.sign(by)]) void this.#openBurst(current + Math.sign(by));
			return;
		}
		this.go(this.index + by);
	}
	go(to: number): void {
		this.index = Math.max(0, Math.min(this.stacks.length - 1, to));
	}

	set<Field extends 'flag' | 'rating' | 'label' | 'favourite'>(
		field: Field,
		value: PhotoMarks[Field] | null
	): void {
		if (!this.mayMark || !this.photo) return;
		this.event.mark([this.photo.id], field, value);
		if (isFiltered(this.filter)) this.stale++;
		if (this.advances && value !== null && field !== 'favourite') this.step(1);
	}

	/** Takes the last change back, and goes to where it was made. */
	#undo(): void {
		const undone = this.event.undo();
		if (!undone) return;
		const { current, all } = this.bursts;
		const burst = all.findIndex((ids) => undone.every((id) => ids.includes(id)));
		if (current !== null && burst >= 0 && burst !== current) void this.#openBurst(burst);
		else this.#goTo(({ lead }) => undone.includes(lead.id));
	}

	/** All of it, or pixel by pixel; a film plays, or rests. */
	#whole(): void {
		if (this.zoom || this.panes > 1 || this.bursts.current !== null) {
			this.setZoom(null);
			this.bursts.close();
			this.panes = 1;
		} else if (this.photo && isFilm(this.photo.facts.type)) this.film?.toggle();
		else if (this.photo) {
			const scale = Math.max(1, fitScale(sizeOf(this.photo.facts), this.#view));
			this.setZoom({ x: 0.5, y: 0.5, scale });
		}
	}

	act(action: CullAction): void {
		switch (action.kind) {
			case 'move':
				return this.step(action.by);
			case 'end':
				return this.go(action.at === 'first' ? 0 : this.stacks.length - 1);
			case 'flag':
				return this.set('flag', action.value);
			case 'rate':
				return this.set('rating', action.value || null);
			case 'label':
				return this.set('label', this.marks.label === action.value ? null : action.value);
			case 'favourite':
				return this.set('favourite', this.marks.favourite ? null : true);
			case 'face': {
				const { length } = this.faces;
				if (length > 0)
					this.lookAtFace(this.face === null ? 0 : (this.face + action.by + length) % length);
				return;
			}
			case 'whole':
				return this.#whole();
			case 'compare':
				this.panes = this.panes >= 2 && this.panes < 4 ? this.panes + 1 : this.panes === 4 ? 1 : 2;
				return;
			case 'survey':
				this.panes = this.panes === SURVEY ? 1 : SURVEY;
				this.zoom = null;
				return;
			case 'grid':
				return this.leave();
			case 'undo':
				return this.#undo();
			case 'help':
				this.showsHelp = !this.showsHelp;
				return;
			case 'burst':
				return void this.toggleBurst();
			case 'keepBest':
				return this.keepBest();
			case 'faces':
				this.showsFaces = !this.showsFaces;
				return;
			case 'advance':
				this.advances = !this.advances;
				return void this.studio.database.settings.put({ key: ADVANCE, value: this.advances });
		}
	}

	/** Out of what lies on top. */
	out(): void {
		if (this.showsHelp) this.showsHelp = false;
		else if (this.zoom) this.setZoom(null);
		else if (this.bursts.current !== null) this.bursts.close();
		else if (this.panes > 1) this.panes = 1;
		else this.leave();
	}
}
