import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labels } from '#shared/photos/photo.ts';
import { type XmpMarks, writeXmp } from '#shared/photos/xmp.ts';
import { mergeXmp, readXmp } from './xmp.ts';

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

describe('what other programs wrote', () => {
	const theirs = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe &lt;XMP&gt;">
 <r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <!-- developed -->
  <r:Description r:about="uuid:1" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" xmlns:q="http://ns.adobe.com/xap/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/"
    q:Rating="2" q:Label="Second choice" crs:Exposure2012="+0.50" crs:Look='say "warm"' GPano:ProjectionType="equirectangular">
   <dc:description><r:Alt><r:li xml:lang="x-default">Timket</r:li><r:li xml:lang="am">ጥምቀት</r:li></r:Alt></dc:description>
   <dc:subject><r:Bag><r:li>water</r:li></r:Bag></dc:subject>
   <lr:hierarchicalSubject><r:Bag><r:li>places|water</r:li></r:Bag></lr:hierarchicalSubject>
   <crs:ToneCurve><r:Seq><r:li>0, 0</r:li><r:li>255, 255</r:li></r:Seq></crs:ToneCurve>
  </r:Description>
 </r:RDF>
</x:xmpmeta>
<?xpacket end="w"?>`;
	const said = readXmp(theirs);

	it('stays, and what we say of the photo takes the place of what it said', () => {
		const merged = mergeXmp(theirs, {
			marks: { rating: 5, flag: 'pick', caption: 'Gondar', keywords: ['river'] },
			rights: { creator: 'Hana' },
			people: ['Sara']
		});
		expect(readXmp(merged)).toEqual({
			rating: 5,
			flag: 'pick',
			caption: 'Gondar',
			keywords: ['river'],
			subject: 'Sara',
			rights: { creator: 'Hana' }
		});
		for (const kept of [
			'crs:Exposure2012="+0.50"',
			'crs:Look="say &quot;warm&quot;"',
			'GPano:ProjectionType="equirectangular"',
			'<r:li>255, 255</r:li>',
			'x:xmptk="Adobe &lt;XMP&gt;"',
			'<!-- developed -->',
			'q:Label="Second choice"',
			'about="uuid:1"'
		])
			expect(merged).toContain(kept);
		for (const gone of ['ጥምቀት', 'places|water', 'q:Rating']) expect(merged).not.toContain(gone);
		// it may be done again
		expect(readXmp(mergeXmp(merged, { marks: { rating: 1 } }))).toEqual({ rating: 1 });
	});
	it('stays with all its languages and branches where we say the same', () => {
		const merged = mergeXmp(theirs, { marks: { ...said, rating: 3 } });
		expect(readXmp(merged)).toEqual({ ...said, rating: 3 });
		expect(merged).toContain('ጥምቀት');
		expect(merged).toContain('places|water');
		expect(merged.match(/dc:description>/g)).toHaveLength(2);
	});
	it('keeps people apart who were named apart', () => {
		const two = writeXmp({ subject: 'Abebe' }, { people: ['Sara'] });
		const merged = mergeXmp(two, { marks: readXmp(two), people: ['Sara', 'Hana'] });
		expect(merged.match(/<rdf:li>[^<]*/g)).toEqual([
			'<rdf:li>Abebe',
			'<rdf:li>Sara',
			'<rdf:li>Hana'
		]);
	});
	it.each([
		['nothing', ''],
		['no XML', '\u0000\u0001 <<<'],
		['no XMP', '<html></html>'],
		['an attack', `<!DOCTYPE x [<!ENTITY a "a">]>${theirs}`],
		['too much', theirs + ' '.repeat(1_100_000)]
	])('counts for nothing where it is %s', (_, existing) => {
		expect(mergeXmp(existing, { marks: { rating: 4 } })).toBe(writeXmp({ rating: 4 }));
	});
	it('is the same again, whatever people type', () => {
		fc.assert(
			fc.property(word, fc.array(word, { maxLength: 3 }), (caption, people) => {
				const ours = { marks: { rating: 1, caption }, people };
				const merged = mergeXmp(theirs, ours);
				expect(readXmp(merged)).toMatchObject({ rating: 1, caption });
				const again = mergeXmp(merged, ours);
				expect(readXmp(again)).toEqual(readXmp(merged));
				// it does not grow
				const third = mergeXmp(again, ours);
				expect(third.match(/rdf:about=/g)).toEqual(again.match(/rdf:about=/g));
			})
		);
	});
});
