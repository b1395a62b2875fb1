import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labels } from '#shared/photos/photo.ts';
import { type XmpMarks, writeXmp } from '#shared/photos/xmp.ts';
import { readXmp } from './xmp.ts';

const word = fc
	.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
	.map((text) =>
		text
			.replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '')
			.toWellFormed()
			.trim()
	)
	.filter((text) => text.length > 0);

const description = (inner: string, more = '') =>
	`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmpDM="http://ns.adobe.com/xmp/1.0/DynamicMedia/" ${more}>${inner}</rdf:Description></rdf:RDF></x:xmpmeta>`;

describe('sidecars', () => {
	it('are read as they were written, whatever people type', () => {
		fc.assert(
			fc.property(
				fc.record(
					{
						rating: fc.integer({ min: 1, max: 5 }),
						flag: fc.constantFrom('pick' as const, 'reject' as const),
						label: fc.constantFrom(...labels),
						caption: word,
						keywords: fc.uniqueArray(word, {
							minLength: 1,
							maxLength: 5,
							selector: (each) => each.toLowerCase()
						}),
						subject: word
					},
					{ requiredKeys: [] }
				),
				(marks) => {
					expect(readXmp(writeXmp(marks as XmpMarks))).toEqual(marks);
				}
			)
		);
	});
	it('of other programs are read: elements, attributes, other prefixes', () => {
		expect(
			readXmp(
				description(
					'<xmp:Rating>3</xmp:Rating><dc:subject><rdf:Bag><rdf:li>A &amp; B</rdf:li><rdf:li>&#x12a0;</rdf:li></rdf:Bag></dc:subject>',
					'xmp:Label="Green"'
				)
			)
		).toEqual({ rating: 3, label: 'green', keywords: ['A & B', 'አ'] });
		const odd = description('', 'xmp:Rating="4"')
			.replace('xmlns:xmp=', 'xmlns:q=')
			.replace('xmp:Rating', 'q:Rating');
		expect(readXmp(odd)).toEqual({ rating: 4 });
	});
	it('say rejected in two ways', () => {
		expect(readXmp(description('', 'xmp:Rating="-1"'))).toEqual({ flag: 'reject' });
		expect(readXmp(description('', 'xmp:Rating="2" xmpDM:pick="-1"'))).toEqual({
			rating: 2,
			flag: 'reject'
		});
	});
	it('with entities, scripts or megabytes harm nobody', () => {
		const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY a "&lol;&lol;&lol;">]>${description('<dc:description>&a;</dc:description>')}`;
		expect(() => readXmp(laughs)).toThrow('declares entities');
		expect(() => readXmp('x'.repeat(2 * 1024 ** 2))).toThrow('too large');
		expect(() => readXmp('<html><script>alert(1)</script></html>')).toThrow('no XMP');
		expect(() => readXmp('')).toThrow();
		const long = `<dc:subject><rdf:Bag>${'<rdf:li>k</rdf:li>'.repeat(999)}<rdf:li>${'y'.repeat(9_999)}</rdf:li></rdf:Bag></dc:subject>`;
		const { keywords } = readXmp(description(long));
		expect(keywords).toEqual(['k', 'y'.repeat(64)]);
		expect(
			readXmp(description('<dc:description>&lt;script&gt;alert(1)&lt;/script&gt;</dc:description>'))
		).toEqual({ caption: '<script>alert(1)</script>' });
	});
	it('with values out of bounds are brought into them', () => {
		expect(readXmp(description('', 'xmp:Rating="99"'))).toEqual({ rating: 5 });
		expect(readXmp(description('', 'xmp:Rating="many" xmp:Label="Chartreuse"'))).toEqual({});
	});
	it('of noise are refused or say nothing', () => {
		fc.assert(
			fc.property(fc.string({ maxLength: 200 }), (noise) => {
				try {
					expect(Object.keys(readXmp(`<a>${noise}`)).length).toBeLessThan(7);
				} catch (error) {
					expect(error).toBeInstanceOf(Error);
				}
			})
		);
	});
});
