// The protocol against simulated cameras, without a browser.
import { afterEach, describe, expect, it } from 'vitest';
import { openEndpoints } from '../../app/lib/capture/cameras/usb.ts';
import { Operation } from '../../shared/ptp/codes.ts';
import { readDeviceInfo } from '../../shared/ptp/datasets.ts';
import { type PtpError } from '../../shared/ptp/error.ts';
import { jpegIn, liveFrame, startLiveView } from '../../shared/ptp/live-view.ts';
import {
	batteryOf,
	clockOf,
	makerOf,
	partialOf,
	pollEvents,
	release,
	setClock,
	setDestination,
	startListening
} from '../../shared/ptp/makers.ts';
import { download, handlesOf, infoOf, storagesOf } from '../../shared/ptp/objects.ts';
import { type Session, begin, openSession } from '../../shared/ptp/session.ts';
import {
	type Settings,
	applySetting,
	readSettings,
	withCanonEvent
} from '../../shared/ptp/settings.ts';
import {
	SONY_BUFFER,
	applySony,
	beginSony,
	sonyBattery,
	sonyProperties,
	sonySettings
} from '../../shared/ptp/sony.ts';
import type { BrainOptions, CameraFile } from '../support/ptp-camera/brain.ts';
import { type Faults, SimulatedCamera } from '../support/ptp-camera/device.ts';

const LIMIT = 2 * 1024 ** 3;
const timer = {
	after(ms: number, then: () => void) {
		const id = setTimeout(then, ms);
		return () => clearTimeout(id);
	}
};

function bytesOf(seed: number, length: number): Uint8Array<ArrayBuffer> {
	let state = seed * 2654435761 + 1;
	return Uint8Array.from({ length }, () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state >>> 24;
	});
}
const shoot = (shot: number): CameraFile[] => [
	{ name: `IMG_${String(shot).padStart(4, '0')}.JPG`, bytes: bytesOf(shot, 5_000_000 + shot) }
];

const cameras: SimulatedCamera[] = [];
afterEach(() => cameras.splice(0).forEach((camera) => camera.unplug()));

async function connect(options: Partial<BrainOptions> = {}, faults: Faults = {}) {
	const camera = new SimulatedCamera({ persona: 'generic', shoot, ...options }, faults);
	cameras.push(camera);
	const pipe = await openEndpoints(camera.device as unknown as USBDevice);
	const session = openSession(pipe, timer);
	const { data } = await session.ask({ operation: Operation.GetDeviceInfo });
	const info = readDeviceInfo(data);
	const maker = makerOf(info);
	await begin(session);
	await startListening(session, maker);
	return { camera, pipe, session, info, maker };
}

async function fetch(session: Session, handle: number, partial: number | null, from = 0) {
	const { size } = await infoOf(session, handle);
	const parts: Uint8Array[] = [];
	const write = async (bytes: Uint8Array) => void parts.push(bytes);
	const length = await download(session, { handle, size, partial, from, max: LIMIT, write });
	return { length, bytes: Buffer.concat(parts) };
}

describe('a simulated camera', () => {
	it('is told apart by what it says of itself', async () => {
		expect((await connect()).maker).toBe('other');
		expect((await connect({ persona: 'canon' })).maker).toBe('canon');
		expect((await connect({ persona: 'nikon' })).maker).toBe('nikon');
		expect((await connect({ persona: 'sony' })).maker).toBe('sony');
	});

	for (const persona of ['generic', 'canon', 'nikon'] as const)
		it(`gives photos byte for byte (${persona})`, async () => {
			const { camera, session, info } = await connect({ persona });
			const [handle] = camera.brain.press();
			const { length, bytes } = await fetch(session, handle!, partialOf(info));
			expect(length).toBe(bytes.length);
			expect(bytes.equals(camera.brain.files.get(handle!)!.bytes)).toBe(true);
		});

	it('gives a photo whole where it cannot give parts', async () => {
		const { camera, session, info } = await connect({ hasNoPartial: true });
		expect(partialOf(info)).toBeNull();
		const [handle] = camera.brain.press();
		const { bytes } = await fetch(session, handle!, null);
		expect(bytes.equals(camera.brain.files.get(handle!)!.bytes)).toBe(true);
	});

	it('is read on from where a cut left it', async () => {
		const { camera, session, info } = await connect();
		const [handle] = camera.brain.press();
		const { bytes } = await fetch(session, handle!, partialOf(info), 3_000_000);
		const whole = camera.brain.files.get(handle!)!.bytes;
		expect(bytes.equals(whole.subarray(3_000_000))).toBe(true);
	});

	for (const faults of [{ splitsHeader: true }, { omitsEmptyPacket: true }, { busy: 3 }, {}])
		for (const length of [500, 512, 1012, 1024, 2 * 1024 ** 2 - 12, 2 * 1024 ** 2])
			it(`ends its data where packets do: ${length} bytes, ${JSON.stringify(faults)}`, async () => {
				const { camera, session, info } = await connect({}, { ...faults });
				const handle = camera.brain.put({ name: 'a.jpg', bytes: bytesOf(length, length) });
				const { bytes } = await fetch(session, handle, partialOf(info));
				expect(bytes.equals(camera.brain.files.get(handle)!.bytes)).toBe(true);
				expect(await handlesOf(session)).toEqual([handle]);
			});

	it('that stalls is asked again', async () => {
		const { camera, session, info } = await connect();
		const [handle] = camera.brain.press();
		const { size } = await infoOf(session, handle!);
		camera.faults.stalls = 2;
		const parts: Uint8Array[] = [];
		await download(session, {
			handle: handle!,
			size,
			partial: partialOf(info),
			from: 0,
			max: LIMIT,
			write: async (bytes) => void parts.push(bytes)
		});
		expect(Buffer.concat(parts).equals(camera.brain.files.get(handle!)!.bytes)).toBe(true);
	});

	for (const claims of [0, 0xffffffff])
		it(`that says ${claims} bytes is read to the end`, async () => {
			const { camera, session, info } = await connect();
			const bytes = bytesOf(5, 4_500_000);
			const handle = camera.brain.put({ name: 'odd.jpg', bytes, claims });
			const got = await fetch(session, handle, partialOf(info));
			expect(got.bytes.equals(bytes)).toBe(true);
		});

	it('that promises more than it has ends in an error, not in a photo', async () => {
		const { camera, session, info } = await connect();
		const handle = camera.brain.put({ name: 'odd.jpg', bytes: bytesOf(5, 900), claims: 5_000 });
		await expect(fetch(session, handle, partialOf(info))).rejects.toMatchObject({
			code: 'truncated'
		});
		// and the session goes on
		expect(await handlesOf(session)).toEqual([handle]);
	});

	it('with a file of 3 GB says so before a byte is read', async () => {
		const { camera, session, info } = await connect();
		const handle = camera.brain.put({ name: 'film.mov', bytes: new Uint8Array(9), claims: 3e9 });
		await expect(fetch(session, handle, partialOf(info))).rejects.toMatchObject({
			code: 'too_large'
		});
	});

	it('that answers noise or nothing ends the session with a reason', async () => {
		const noisy = await connect();
		noisy.camera.faults.isGarbage = true;
		await expect(handlesOf(noisy.session)).rejects.toMatchObject({ code: 'garbage' });
		await expect(handlesOf(noisy.session)).rejects.toMatchObject({ code: 'garbage' });
		const silent = await connect();
		silent.camera.faults.isSilent = true;
		await expect(
			silent.session.ask({ operation: Operation.GetStorageIDs, patience: 50 })
		).rejects.toMatchObject({ code: 'timeout' });
		expect(silent.session.failure?.code).toBe('timeout');
	});

	it('that is unplugged ends everything that waits', async () => {
		const { camera, session, info } = await connect();
		const [handle] = camera.brain.press();
		camera.faults.unplugAfter = 3_000_000;
		const waiting = handlesOf(session).catch((error: PtpError) => error);
		await expect(fetch(session, handle!, partialOf(info))).rejects.toMatchObject({ code: 'gone' });
		await waiting;
		expect(session.failure?.code).toBe('gone');
	});

	it('that another program holds is refused in plain words', async () => {
		const camera = new SimulatedCamera({ persona: 'generic', shoot });
		camera.isTaken = true;
		await expect(openEndpoints(camera.device as unknown as USBDevice)).rejects.toThrow(
			'Another program holds the camera'
		);
	});

	it('with 50 000 objects lists them', async () => {
		const { camera, session } = await connect();
		const bytes = new Uint8Array(1);
		for (let i = 0; i < 50_000; i++) camera.brain.put({ name: `IMG_${i}.JPG`, bytes });
		expect(await handlesOf(session)).toHaveLength(50_000);
	});

	it('says its storages, battery and clock, and takes another clock', async () => {
		const { session, info } = await connect({ clockOffset: -3_600 });
		expect(await storagesOf(session)).toHaveLength(1);
		expect(await batteryOf(session, info)).toBe(80);
		const offset = async () => Date.parse(`${await clockOf(session, info)}Z`) - Date.now();
		expect(await offset()).toBeLessThan(-3_590_000);
		await setClock(session, new Date().toISOString().slice(0, 19));
		expect(Math.abs(await offset())).toBeLessThan(3_000);
	});

	it('says what its maker calls events', async () => {
		for (const persona of ['canon', 'nikon'] as const) {
			const { camera, session, maker } = await connect({ persona });
			await pollEvents(session, maker);
			const handles = camera.brain.press();
			expect(await pollEvents(session, maker)).toEqual([{ kind: 'added', handle: handles[0] }]);
			expect(await pollEvents(session, maker)).toEqual([]);
		}
	});

	it('lets its shutter be released, and says when its card is full', async () => {
		for (const persona of ['generic', 'canon', 'nikon'] as const) {
			const { camera, session, info, maker } = await connect({ persona });
			await release(session, info, maker);
			expect(camera.brain.files.size).toBe(1);
			camera.brain.isFull = true;
			await expect(release(session, info, maker)).rejects.toMatchObject({ code: 'refused' });
		}
	});

	it('shows its settings and takes others', async () => {
		const { camera, session, info } = await connect();
		const settings = await readSettings(session, info);
		expect(settings.aperture).toMatchObject({ value: { text: 'f/4' } });
		expect(settings.aperture?.choices.map(({ text }) => text)).toContain('f/11');
		await applySetting(session, settings.aperture!, 560);
		expect(camera.brain.values.get(0x5007)).toBe(560);
		await expect(applySetting(session, settings.aperture!, 3)).rejects.toMatchObject({
			code: 'refused'
		});
	});

	it('of Canon shows its settings with its events', async () => {
		const { camera, session, maker } = await connect({ persona: 'canon' });
		const events = (await pollEvents(session, maker))!;
		const settings = events.reduce<Settings>(withCanonEvent, {});
		expect(settings.iso).toMatchObject({ value: { text: '200' } });
		expect(settings.shutter?.choices).toHaveLength(4);
		await applySetting(session, settings.iso!, 0x58);
		expect(camera.brain.values.get(0xd103)).toBe(0x58);
		await setDestination(session, maker, 'both');
		expect(camera.brain.values.get(0xd11c)).toBe(6);
	});

	it('shows what its lens sees', async () => {
		const frame = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9);
		for (const persona of ['canon', 'nikon', 'sony'] as const) {
			const { camera, session, maker } = await connect({ persona });
			if (persona === 'sony') await beginSony(session);
			else expect(await liveFrame(session, maker)).toBeNull();
			camera.brain.liveFrame = frame;
			await startLiveView(session, maker);
			expect(await liveFrame(session, maker)).toEqual(frame);
		}
		expect(jpegIn(Uint8Array.of(0xff, 0xd8))).toBeNull();
	});
});

describe('a simulated Sony that is remote-controlled', () => {
	it('gives nothing before it agreed to be', async () => {
		const { session } = await connect({ persona: 'sony' });
		await expect(sonyProperties(session)).rejects.toMatchObject({ code: 'refused' });
	});

	for (const version of [2, 3] as const) {
		const open = async () => {
			const connected = await connect({ persona: 'sony', version });
			const turned = await beginSony(connected.session);
			return { ...connected, turned };
		};

		it(`says what it is set to, and is set (version ${version})`, async () => {
			const { camera, session, turned } = await open();
			const properties = await sonyProperties(session);
			expect(sonyBattery(properties)).toBe(64);
			const settings = sonySettings(properties, turned);
			const texts = Object.entries(settings).map(([name, { value }]) => [name, value.text]);
			expect(Object.fromEntries(texts)).toEqual({
				...{ aperture: 'f/5.6', shutter: '1/125', iso: '200', compensation: '+0.3' },
				whiteBalance: 'Daylight'
			});
			expect(settings.shutter!.choices.map(({ text }) => text)).toEqual([
				...['1.6″', '1/60', '1/125', '1/500']
			]);
			for (const [name, code, raw] of [
				['iso', 0xd21e, 0xffffff],
				['shutter', 0xd20d, 0x000101f4],
				['compensation', 0x5010, -1000],
				['whiteBalance', 0x5005, 0x8011]
			] as const) {
				await applySony(session, settings[name]!, raw);
				expect(camera.brain.sony.settings.get(code)!.value).toBe(raw);
			}
			const kept = setDestination(session, 'sony', 'card');
			if (version === 2) await expect(kept).rejects.toThrow('Choose it on the camera');
			else await kept;
			expect(camera.brain.sony.settings.get(0xd222)!.value).toBe(version === 2 ? 0x11 : 0x10);
			await expect(applySony(session, settings.shutter!, 50)).rejects.toMatchObject({
				code: 'refused'
			});
			// what it does not have is not looked for to the end of the dial
			expect(camera.brain.sony.settings.get(0xd20d)!.value).toBe(0x000101f4);
		});
	}

	it('gives one photo after the other, each byte for byte', async () => {
		const { camera, session, maker } = await connect({ persona: 'sony' });
		await beginSony(session);
		const added = async () =>
			(await pollEvents(session, maker))!.filter(({ kind }) => kind === 'added');
		expect(await added()).toEqual([]);
		await release(session, { operations: new Set() } as never, maker);
		camera.brain.press();
		const taken = [...camera.brain.files.values()];
		expect(taken).toHaveLength(2);
		for (const { name, bytes } of taken) {
			expect(await added()).toEqual([{ kind: 'added', handle: SONY_BUFFER }]);
			expect(await infoOf(session, SONY_BUFFER)).toMatchObject({ name, size: bytes.length });
			const got = await fetch(session, SONY_BUFFER, null);
			expect(got.bytes.equals(bytes)).toBe(true);
		}
		expect(await added()).toEqual([]);
		await expect(infoOf(session, SONY_BUFFER)).rejects.toMatchObject({ code: 'refused' });
	});
});
