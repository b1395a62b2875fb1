import { describe, expect, it } from 'vitest';
import { attachment, parseRange } from '../features/files/send.ts';
import { createSigner } from '../features/scan/signed.ts';
import { runsOf } from '../features/scan/poster.ts';
import { clientAddress, isOwnOrigin } from './edge.ts';
import { openApiDocument } from './openapi.ts';

describe('ranges', () => {
	it.each([
		['bytes=0-99', { start: 0, end: 99 }],
		['bytes=900-', { start: 900, end: 999 }],
		['bytes=-100', { start: 900, end: 999 }],
		['bytes=0-5000', { start: 0, end: 999 }],
		['bytes=0-1,5-9', null],
		['bytes=-', null],
		['lines=1-2', null],
		[undefined, null]
	])('%j of 1000 bytes', (header, range) => {
		expect(parseRange(header, 1000)).toEqual(range);
	});
	it.each(['bytes=1000-', 'bytes=5-4', 'bytes=99999-100000'])('%j is not satisfiable', (header) => {
		expect(() => parseRange(header, 1000)).toThrow('1000 bytes');
	});
});

describe('addresses', () => {
	it('believes only proxies that it knows', () => {
		expect(clientAddress('10.0.0.1', '1.2.3.4', 0)).toBe('10.0.0.1');
		expect(clientAddress('10.0.0.1', '6.6.6.6, 1.2.3.4', 1)).toBe('1.2.3.4');
		expect(clientAddress('::ffff:10.0.0.1', undefined, 0)).toBe('10.0.0.1');
	});
	it('counts an IPv6 network as one', () => {
		expect(clientAddress('2001:db8:1:2:3:4:5:6', undefined, 0)).toBe(
			clientAddress('2001:db8:1:2:ffff::1', undefined, 0)
		);
	});
	it('knows its own pages', () => {
		expect(isOwnOrigin(undefined, 'aura.example')).toBe(true);
		expect(isOwnOrigin('https://aura.example', 'aura.example')).toBe(true);
		expect(isOwnOrigin('https://photos.example', 'internal:3000', 'https://photos.example')).toBe(
			true
		);
		for (const origin of [
			'null',
			'https://aura.example.evil',
			'https://evil',
			'https://app.aura.example'
		])
			expect(isOwnOrigin(origin, 'aura.example')).toBe(false);
	});
});

describe('signed addresses', () => {
	const signer = (now: number) => createSigner(new Uint8Array(32), () => now);
	const address = new URL(signer(1_000_000).sign('code', 'photo', 'thumb'), 'http://x');
	const [expires, signature] = [
		address.searchParams.get('expires')!,
		address.searchParams.get('signature')!
	];
	it('are good for one file, for a while', () => {
		expect(signer(1_000_000).verify('code', 'photo', 'thumb', expires, signature)).toBe('ok');
		expect(signer(1_000_000).verify('code', 'photo', 'original', expires, signature)).toBe('wrong');
		expect(signer(1_000_000).verify('other', 'photo', 'thumb', expires, signature)).toBe('wrong');
		expect(
			signer(1_000_000).verify('code', 'photo', 'thumb', String(Number(expires) + 1), signature)
		).toBe('wrong');
		expect(signer(1_400_000).verify('code', 'photo', 'thumb', expires, signature)).toBe('expired');
	});
});

it('names downloads so that nothing breaks out of the header', () => {
	expect(attachment('a"b\r\nSet-Cookie: x.jpg')).not.toMatch(/[\r\n]/);
	expect(attachment('ጥምቀት.jpg')).toContain("filename*=UTF-8''%E1%8C%A5");
});

it('splits a title into runs that one font covers each', () => {
	expect(runsOf('Timket ጥምቀት 2026')).toEqual([
		{ text: 'Timket ', ethiopic: false },
		{ text: 'ጥምቀት ', ethiopic: true },
		{ text: '2026', ethiopic: false }
	]);
});

it('describes every endpoint', () => {
	const document = openApiDocument('1') as {
		paths: Record<string, Record<string, { responses: object }>>;
	};
	expect(Object.keys(document.paths).length).toBeGreaterThan(12);
	for (const path of Object.values(document.paths))
		for (const operation of Object.values(path))
			expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
});
