import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PtpReader, PtpWriter } from './bytes.ts';
import { ContainerType, readHeader, readParameters, writeContainer } from './container.ts';
import {
	readDeviceInfo,
	readNumbers,
	readObjectInfo,
	readPropertyDescription,
	readStorageInfo,
	readTime,
	writeTime
} from './datasets.ts';
import { PtpError } from './error.ts';
import { readCanonEvents, readEvent, readNikonEvents } from './events.ts';
import { readSonyProperties } from './sony.ts';
import { canonScales, showTime, standardScales } from './exposure.ts';

const uint32 = fc.integer({ min: 0, max: 0xffffffff });

describe('containers', () => {
	it('come back as they were written', () => {
		fc.assert(
			fc.property(
				fc.constantFrom(1, 3, 4),
				fc.integer({ min: 0, max: 0xffff }),
				uint32,
				fc.array(uint32, { maxLength: 5 }),
				(type, code, transaction, parameters) => {
					const bytes = writeContainer(type as ContainerType, code, transaction, parameters);
					const header = readHeader(bytes);
					expect(header).toEqual({ length: bytes.length, type, code, transaction });
					expect(readParameters(bytes, header)).toEqual(parameters);
				}
			)
		);
	});
	it('of noise are refused, not believed', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
				try {
					const { type, length } = readHeader(bytes);
					expect(type >= 1 && type <= 4 && length >= 12).toBe(true);
				} catch (error) {
					expect((error as PtpError).code).toBe('garbage');
				}
			})
		);
	});
});

describe('strings', () => {
	it('come back as they were written, up to 254 characters', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
				const plain = text.replaceAll('\0', '').slice(0, 254).toWellFormed();
				expect(new PtpReader(new PtpWriter().string(plain).done()).string()).toBe(plain);
			})
		);
		expect(new PtpReader(new PtpWriter().string('x'.repeat(999)).done()).string()).toHaveLength(
			254
		);
	});
	it('end at their NUL, lose half characters, and are empty without one', () => {
		const odd = Uint8Array.of(4, 0x41, 0, 0x00, 0xd8, 0, 0, 0x42, 0);
		expect(new PtpReader(odd).string()).toBe('A\ufffd');
		expect(new PtpReader(Uint8Array.of(0)).string()).toBe('');
		expect(() => new PtpReader(Uint8Array.of(9, 65, 0)).string()).toThrow('ends early');
	});
});

describe('datasets', () => {
	const readers = [
		readDeviceInfo,
		readObjectInfo,
		readStorageInfo,
		readNumbers,
		readPropertyDescription
	];
	it('of noise and cut-off ones end in one kind of error, at once', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
				for (const read of readers)
					try {
						read(bytes);
					} catch (error) {
						expect(error).toBeInstanceOf(PtpError);
					}
			})
		);
	});
	it('believe no list that is longer than the answer', () => {
		expect(() => readNumbers(new PtpWriter().uint32(0xffffffff).uint32(1).done())).toThrow(
			'does not fit'
		);
		expect(readNumbers(new PtpWriter().array([7, 8], 4).done())).toEqual([7, 8]);
	});
	it('take a device without its last words', () => {
		const bytes = new PtpWriter().uint16(100).uint32(6).uint16(0).string('').uint16(0);
		for (let i = 0; i < 5; i++) bytes.array([0x1001], 2);
		expect(readDeviceInfo(bytes.string('Maker').done())).toMatchObject({
			maker: 'Maker',
			model: '',
			serial: ''
		});
	});
	it('read ranges as lists, and too fine ones as none', () => {
		const range = (from: number, to: number, step: number) =>
			readPropertyDescription(
				[from, to, step]
					.reduce(
						(writer, value) => writer.uint16(value),
						new PtpWriter().uint16(0x5007).uint16(4).uint8(1).uint16(100).uint16(200).uint8(1)
					)
					.done()
			);
		expect(range(100, 400, 100).values).toEqual([100, 200, 300, 400]);
		expect(range(0, 60_000, 1).values).toBeNull();
		expect(range(100, 400, 0).values).toBeNull();
	});
	it('take times with tenths and zones, and nothing that is no time', () => {
		expect(readTime('20260119T170322')).toBe('2026-01-19T17:03:22');
		expect(readTime('20260119T170322.0+0300')).toBe('2026-01-19T17:03:22');
		for (const odd of ['', '00000000T000000', '20261319T170322', '20260230T000000', 'yesterday'])
			expect(readTime(odd)).toBeNull();
		expect(writeTime('2026-01-19T17:03:22')).toBe('20260119T170322');
		expect(readTime('20990101T000000')).toBe('2099-01-01T00:00:00');
	});
});

describe('events', () => {
	it('of the interrupt endpoint are read, others are left out', () => {
		expect(readEvent(writeContainer(ContainerType.Event, 0x4002, 0, [42]))).toEqual({
			kind: 'added',
			handle: 42
		});
		// Panasonic's own word for it
		expect(readEvent(writeContainer(ContainerType.Event, 0xc108, 0, [42]))).toEqual({
			kind: 'added',
			handle: 42
		});
		expect(readEvent(writeContainer(ContainerType.Event, 0xc101, 0, [42]))).toBeNull();
		expect(readEvent(writeContainer(ContainerType.Response, 0x4002, 0, [42]))).toBeNull();
		expect(readEvent(Uint8Array.of(1, 2, 3))).toBeNull();
	});
	it('of Nikon are as many as there are bytes for', () => {
		const bytes = new PtpWriter().uint16(9).uint16(0x4002).uint32(1).uint16(0xc101).uint32(2);
		expect(readNikonEvents(bytes.done())).toEqual([
			{ kind: 'added', handle: 1 },
			{ kind: 'added', handle: 2 }
		]);
	});
	it('of Canon are read until a size cannot be', () => {
		const bytes = new PtpWriter()
			.uint32(12)
			.uint32(0xc181)
			.uint32(5)
			// one that says less than it should
			.uint32(8)
			.uint32(0xc189)
			.uint32(16)
			.uint32(0xc189)
			.uint32(0xd103)
			.uint32(0x50)
			.uint32(0xffffffff)
			.uint32(0xc181)
			.uint32(6)
			.done();
		expect(readCanonEvents(bytes)).toEqual([
			{ kind: 'added', handle: 5 },
			{ kind: 'property', code: 0xd103, value: 0x50 }
		]);
	});
	it('of noise are few and harmless', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
				expect(readCanonEvents(bytes).length).toBeLessThanOrEqual(bytes.length / 8);
				expect(readNikonEvents(bytes).length).toBeLessThanOrEqual(bytes.length / 6);
				readEvent(bytes);
				expect(readSonyProperties(bytes).size).toBeLessThanOrEqual(bytes.length / 6);
			})
		);
	});
});

describe('exposure', () => {
	it('reads as it is engraved', () => {
		expect([10, 50, 333, 10_000, 25_000, 0xffffffff].map(standardScales.shutter.show)).toEqual([
			'1/1000',
			'1/200',
			'1/30',
			'1″',
			'2.5″',
			'B'
		]);
		expect([280, 560, 1100].map(standardScales.aperture.show)).toEqual(['f/2.8', 'f/5.6', 'f/11']);
		expect([-333, 0, 667].map(standardScales.compensation.show)).toEqual(['−0.3', '0', '+0.7']);
		expect(showTime(Number.NaN)).toBe('B');
	});
	it('reads Canon in eighths of a stop', () => {
		expect([0x18, 0x20, 0x25, 0x28, 0x30].map(canonScales.aperture.show)).toEqual([
			'f/2',
			'f/2.8',
			'f/3.5',
			'f/4',
			'f/5.6'
		]);
		expect([0x38, 0x60, 0x75, 0x98].map(canonScales.shutter.show)).toEqual([
			'1″',
			'1/30',
			'1/200',
			'1/4000'
		]);
		expect([0, 0x48, 0x4b, 0x50, 0x80].map(canonScales.iso.show)).toEqual([
			'Auto',
			'100',
			'125',
			'200',
			'12800'
		]);
		expect([0xf8, 0xfd, 0, 0x03, 0x08].map(canonScales.compensation.show)).toEqual([
			'−1',
			'−0.3',
			'0',
			'+0.3',
			'+1'
		]);
	});
});
