// One camera on its cable: what it says, what it has, what comes from it.
import {
	makerOf,
	partialOf,
	canChooseDestination,
	canRelease,
	type Destination as Keep,
	keepAwake,
	type Maker,
	release,
	setClock,
	setDestination,
	startListening
} from '#shared/ptp/makers.ts';
import { Operation, Response } from '#shared/ptp/codes.ts';
import { type DeviceInfo, readDeviceInfo } from '#shared/ptp/datasets.ts';
import { PtpError } from '#shared/ptp/error.ts';
import type { CameraEvent } from '#shared/ptp/events.ts';
import { handlesOf, infoOf, isFile, thumbOf } from '#shared/ptp/objects.ts';
import { type Session, begin, openSession } from '#shared/ptp/session.ts';
import type { Setting, Settings } from '#shared/ptp/settings.ts';
import { SONY_BUFFER } from '#shared/ptp/sony.ts';
import { type CameraRow, type ShotRow, isDeviceFull } from '../../device/database.ts';
import { type Controls, type LiveView, controlsOf } from './controls.ts';
import { follow } from './follow.ts';
import { type ReadingPorts, readWaiting } from './reading.ts';
import type { ReceiverPorts } from './receiver.ts';
import {
	type Destination,
	anew,
	forgetHandles,
	identityOf,
	isPhotoName,
	isWaiting,
	notice,
	takeStock
} from './shots.ts';
import { type Endpoints, openEndpoints } from './usb.ts';
import { vitalsOf, wallClock } from './vitals.ts';

export interface CameraPorts extends ReceiverPorts {
	/** where the next shots go; null: nobody has said */
	destination(): Destination | null;
	isPaused(): boolean;
	onFull(): void;
	/** a shot was noticed; a small picture of it where the camera has one */
	onNoticed(shot: ShotRow, thumb: Uint8Array<ArrayBuffer> | null): void;
}

export type Phase =
	/** being opened */
	| 'connecting'
	| 'ready'
	/** unplugged, switched off, asleep */
	| 'away'
	/** it is there, and cannot be used: `problem` says why */
	| 'failed';

/** How soon a camera that made no sense is opened anew. */
const RETRY_MS = [500, 1_000, 2_000, 5_000, 15_000];

const timer = {
	after(ms: number, then: () => void) {
		const id = setTimeout(then, ms);
		return () => clearTimeout(id);
	}
};
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Camera {
	name = $state('');
	phase = $state<Phase>('connecting');
	/** what is wrong, for people */
	problem = $state<string | null>(null);
	battery = $state<number | null>(null);
	/** bytes that are free on its cards */
	free = $state<number | null>(null);
	freeImages = $state<number | null>(null);
	isFull = $state(false);
	/** its clock against this device's, seconds */
	clockOffset = $state<number | null>(null);
	settings = $state.raw<Settings>({});
	/** photos that wait to be read */
	waiting = $state(0);
	/** photos on its card that are offered */
	older = $state.raw<number[]>([]);
	/** photos that could not be read */
	failed = $state(0);
	receiving = $state.raw<{ name: string; size: number; received: number } | null>(null);
	live = $state.raw<LiveView | null>(null);
	keeps = $state<Keep | null>(null);
	canShoot = $state(false);
	canLive = $state(false);
	canKeep = $state(false);
	/** a Sony that shows its card: it takes no photos then */
	isCardReader = $state(false);

	#session: Session | null = null;
	#endpoints: Endpoints | null = null;
	#controls: Controls | null = null;
	#info: DeviceInfo | null = null;
	#maker: Maker = 'other';
	#partial: number | null = null;
	#known = new Set<number>();
	#looking = new Set<number>();
	/** noticed before anybody said where shots go */
	#unplaced = new Map<number, string | null>();
	/** reading was asked for while it was ending */
	#isReadingWanted = false;
	#isReading = false;
	#isOver = false;
	/** the device that is on the cable; null: none */
	#plugged: USBDevice | null = null;
	#running: Promise<void> = Promise.resolve();
	#noticing: Promise<void> = Promise.resolve();

	constructor(
		readonly row: CameraRow,
		public device: USBDevice,
		private readonly ports: CameraPorts
	) {
		this.name = row.name;
	}

	get id(): string {
		return this.row.id;
	}

	/** Opens the camera and follows it until it goes; one life after the other. */
	run(device: USBDevice): Promise<void> {
		this.#plugged = device;
		this.#running = this.#running.then(() => this.#live(device));
		return this.#running;
	}

	async #live(device: USBDevice): Promise<void> {
		this.device = device;
		let isKnown = false;
		for (let tries = 0; this.#plugged === device && !this.#isOver;) {
			this.phase = 'connecting';
			try {
				await this.#open();
				tries = 0;
				isKnown = true;
				if (this.#plugged === device) this.phase = 'ready';
				this.problem = null;
				await this.#follow();
			} catch (error) {
				this.problem = (error as Error).message;
				await this.#close();
				// the browser says a moment later that it was unplugged
				// one that never made sense is not tried for long
				if (tries < (isKnown ? RETRY_MS.length : 2)) await wait(RETRY_MS[tries++]!);
				else {
					this.phase = 'failed';
					return;
				}
			}
		}
		if (!this.#plugged) this.phase = 'away';
	}

	/** Whether it is on a cable, with another device than this one. */
	isPluggedBeside(device: USBDevice): boolean {
		return this.#plugged !== null && this.#plugged !== device;
	}

	/** The browser says that it was unplugged. */
	left(): void {
		this.#plugged = null;
		this.phase = 'away';
		this.#session?.end(new PtpError('gone', 'The camera was unplugged.'));
	}

	/** Lets go of the camera for good. */
	async release(): Promise<void> {
		this.#isOver = true;
		const session = this.#session;
		if (session && !session.failure)
			await session
				.ask({ operation: Operation.CloseSession, patience: 500 })
				.catch(() => undefined);
		await this.#close();
	}

	async #close(): Promise<void> {
		this.#session?.end(new PtpError('gone', 'The camera was let go.'));
		this.#session = null;
		this.live = null;
		this.receiving = null;
		await this.#endpoints?.close();
		this.#endpoints = null;
	}

	async #open(): Promise<void> {
		const endpoints = (this.#endpoints = await openEndpoints(this.device));
		const session = (this.#session = openSession(endpoints, timer));
		const { data } = await session.ask({ operation: Operation.GetDeviceInfo });
		const info = (this.#info = readDeviceInfo(data));
		const maker = (this.#maker = makerOf(info));
		this.#partial = partialOf(info);
		await begin(session);
		await startListening(session, maker);
		this.canShoot = canRelease(info, maker);
		this.canKeep = canChooseDestination(info, maker);
		this.isCardReader = maker === 'other' && /sony/i.test(info.maker);
		this.#controls = await controlsOf(session, info, maker);
		this.canLive = this.#controls.startLive !== null;
		// what is known of it from before: none, where it was never here
		const before = (await this.ports.database.cameras.get(this.id)) ?? null;
		await this.#look();
		this.settings = await this.#controls.read();
		await this.#takeStock(before);
	}

	/** Battery, room and clock. */
	async #look(): Promise<void> {
		const vitals = await vitalsOf(this.#session!, this.#info!, this.#maker);
		this.battery = vitals.battery;
		this.clockOffset = vitals.clockOffset;
		this.free = vitals.free;
		this.freeImages = vitals.freeImages;
		this.isFull = vitals.free === 0;
		await this.#remember(vitals.clock);
	}

	async #remember(clock: string | null): Promise<void> {
		const { cameras } = this.ports.database;
		Object.assign(this.row, { clock: clock ?? this.row.clock, seenAt: Date.now() });
		await cameras.put({ ...this.row, older: [...this.row.older] });
	}

	async #waitingShots(): Promise<ShotRow[]> {
		return this.ports.database.shots.where('[camera+state]').equals([this.id, 'waiting']).toArray();
	}

	async #count(): Promise<void> {
		const { shots } = this.ports.database;
		const of = (state: ShotRow['state']) =>
			shots.where('[camera+state]').equals([this.id, state]).count();
		[this.waiting, this.failed] = await Promise.all([of('waiting'), of('failed')]);
	}

	/** What the card holds, against what is known of it. */
	async #takeStock(before: CameraRow | null): Promise<void> {
		const { database } = this.ports;
		if (this.#maker === 'sony') return this.#takeBuffer();
		const shots = await database.shots
			.where('[camera+state]')
			.between([this.id], [this.id, []])
			.sortBy('handle');
		const handles = await handlesOf(this.#session!);
		const isSame = await this.#isSameCard(handles, shots);
		this.#known = new Set(isSame ? shots.map(({ handle }) => handle) : []);
		const stock = takeStock(handles, isSame ? before : anew(before), this.#known, Date.now());
		const { fresh, older } = stock;
		const isRenumbered = stock.isRenumbered || !isSame;
		// their numbers are other photos' now; those that are there still are found by what they are known by
		if (isRenumbered) await forgetHandles(database, this.id);
		this.older = older;
		this.row.older = older;
		await this.#remember(null);
		await this.#count();
		const since = isRenumbered ? (before?.clock ?? wallClock(Date.now())) : null;
		for (const handle of fresh) this.#notice(handle, since);
		await this.#noticing;
		void this.#read();
	}

	/** A Sony shows what it took and nobody read yet, one by one; what waits from before is known when it is seen. */
	async #takeBuffer(): Promise<void> {
		await forgetHandles(this.ports.database, this.id);
		this.#known.clear();
		this.older = [];
		await this.#count();
	}

	/** Whether numbers mean what they meant: a card that was formatted while it was away gives old ones to new photos. */
	async #isSameCard(handles: readonly number[], shots: readonly ShotRow[]): Promise<boolean> {
		const there = new Set(handles);
		const known = shots.filter(({ handle }) => there.has(handle));
		// the first number is given first
		const asked = known.length > 1 ? [known[0]!, known.at(-1)!] : known;
		for (const { handle, identity } of asked)
			if (identityOf(await infoOf(this.#session!, handle)) !== identity) return false;
		return true;
	}

	/**
	 * Looks at an object that was not here before, in the order in which they came.
	 * @param since only what was taken later by the camera's clock is meant; null: whenever it was taken
	 */
	#notice(handle: number, since: string | null = null): void {
		if (this.#looking.has(handle)) return;
		this.#looking.add(handle);
		this.#noticing = this.#noticing
			.then(() => this.#lookAt(handle, since))
			.catch((error: unknown) => {
				// a lost connection is told where it is opened again; the next list finds this one again
				if (error instanceof PtpError) return;
				if (isDeviceFull(error)) this.ports.onFull();
				else this.problem = (error as Error).message;
			})
			.finally(() => this.#looking.delete(handle));
	}

	async #lookAt(handle: number, since: string | null): Promise<void> {
		const session = this.#session;
		const destination = this.ports.destination();
		if (!session) return;
		if (!destination) return void this.#unplaced.set(handle, since);
		const isBuffer = handle === SONY_BUFFER;
		// the next is seen when this one was read
		if (isBuffer && (await this.#waitingShots()).some((shot) => shot.handle === handle))
			return void this.#read();
		const info = await infoOf(session, handle);
		if (!isFile(info) || !isPhotoName(info.name)) return void this.#known.add(handle);
		const isEarlier = since !== null && (!info.takenAt || info.takenAt < since);
		if (isEarlier && !(await isWaiting(this.ports.database, this.id, info)))
			return void this.#known.add(handle);
		const { database } = this.ports;
		const shot = await notice(database, this.id, handle, info, destination, isBuffer);
		if (!isBuffer) this.#known.add(handle);
		if (!shot) return;
		this.waiting++;
		this.ports.onNoticed(shot, info.thumbSize > 0 ? await thumbOf(session, handle) : null);
		void this.#read();
	}

	/** Reads what waits until nothing does. */
	async #read(): Promise<void> {
		if (this.#isReading) return void (this.#isReadingWanted = true);
		this.#isReading = true;
		this.#isReadingWanted = false;
		const session = this.#session;
		const ports: ReadingPorts = {
			...this.ports,
			waiting: () => this.#waitingShots(),
			changed: () => this.#count(),
			onReceiving: (receiving) => (this.receiving = receiving)
		};
		try {
			if (session)
				await readWaiting(ports, { session, maker: this.#maker, partial: this.#partial });
		} catch (error) {
			// a lost connection is opened again
			if (error instanceof PtpError) session?.end(error);
			else this.problem = (error as Error).message;
		} finally {
			this.#isReading = false;
			// the camera may have come back meanwhile
			if (this.#isReadingWanted && this.#session !== session) void this.#read();
		}
	}

	/** Something that held reading up is over. */
	wake(): void {
		const unplaced = [...this.#unplaced];
		this.#unplaced.clear();
		for (const [handle, since] of unplaced) this.#notice(handle, since);
		void this.#read();
	}

	#heard(event: CameraEvent): void {
		// a card that was formatted gives old numbers to new photos: what they are known by tells
		if (event.kind === 'added') this.#notice(event.handle);
		else if (event.kind === 'removed') this.#known.delete(event.handle);
		else if (event.kind === 'full') this.isFull = true;
		else if (event.kind === 'sleepy')
			void keepAwake(this.#session!, this.#info!).catch(() => undefined);
		else if (this.#controls) this.settings = this.#controls.heard(this.settings, event);
	}

	/** Listens until the session ends. @throws PtpError why it ended */
	#follow(): Promise<never> {
		return follow({
			session: this.#session!,
			endpoints: this.#endpoints!,
			info: this.#info!,
			maker: this.#maker,
			heard: (event) => this.#heard(event),
			isReading: () => this.receiving !== null,
			listed: (handles) => {
				const older = new Set(this.older);
				for (const handle of handles)
					if (!this.#known.has(handle) && !older.has(handle) && !this.#unplaced.has(handle))
						this.#notice(handle);
			},
			look: () => this.#look()
		});
	}

	#need(): Session {
		if (!this.#session || this.phase !== 'ready') throw new Error(`${this.name} is not there.`);
		return this.#session;
	}

	/** Presses the shutter. @throws Error with words for people */
	async shoot(): Promise<void> {
		const session = this.#need();
		try {
			await release(session, this.#info!, this.#maker);
			this.isFull = false;
		} catch (error) {
			if (!(error instanceof PtpError) || error.code !== 'refused') throw error;
			if (error.response === Response.StoreFull) {
				this.isFull = true;
				throw new Error('The card is full. Put in another, or keep photos on the computer.', {
					cause: error
				});
			}
			throw new Error('The camera did not release: it may find no focus, or shows its menu.', {
				cause: error
			});
		}
	}

	async apply(setting: Setting, raw: number): Promise<void> {
		this.#need();
		await this.#controls!.apply(setting, raw);
		const chosen = setting.choices.find((choice) => choice.raw === raw);
		if (chosen) this.settings = { ...this.settings, [setting.name]: { ...setting, value: chosen } };
	}

	/** Calls it as people do. */
	async rename(name: string): Promise<void> {
		this.name = this.row.name = name;
		await this.ports.database.cameras.update(this.id, { name });
	}

	/** Sets its clock to this device's. */
	async setClock(): Promise<void> {
		await setClock(this.#need(), wallClock(Date.now()));
		await this.#look();
	}

	async keep(where: Keep): Promise<void> {
		await setDestination(this.#need(), this.#maker, where);
		this.keeps = where;
	}

	async startLive(): Promise<void> {
		this.#need();
		this.live = await this.#controls!.startLive!();
	}

	async stopLive(): Promise<void> {
		const { live } = this;
		this.live = null;
		await live?.stop().catch(() => undefined);
	}

	/** Asks for everything on the card that is not here. */
	async fetchOlder(): Promise<void> {
		this.#need();
		const handles = this.older;
		this.older = [];
		this.row.older = [];
		await this.#remember(null);
		for (const handle of handles) this.#notice(handle);
	}

	/** Tries again what could not be read. */
	async retry(): Promise<void> {
		await this.ports.database.shots
			.where('[camera+state]')
			.equals([this.id, 'failed'])
			.modify({ state: 'waiting', attempts: 0, reason: null });
		await this.#count();
		void this.#read();
	}
}
