// XMP sidecars, as Lightroom, Capture One and Photo Mechanic read them (Adobe XMP Specification, parts 1 and 2; IPTC Photo
// Metadata Standard 2023.2).
import { type PhotoMarks, labels } from './photo.ts';
import { type Rights, rightsSchema } from './rights.ts';

/** What of a photo goes into its sidecar. */
export type XmpMarks = Pick<
	PhotoMarks,
	'rating' | 'flag' | 'label' | 'caption' | 'keywords' | 'subject'
>;

export const namespaces = {
	rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
	xmp: 'http://ns.adobe.com/xap/1.0/',
	dc: 'http://purl.org/dc/elements/1.1/',
	xmpDM: 'http://ns.adobe.com/xmp/1.0/DynamicMedia/',
	photoshop: 'http://ns.adobe.com/photoshop/1.0/',
	xmpRights: 'http://ns.adobe.com/xap/1.0/rights/',
	Iptc4xmpExt: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/',
	photomechanic: 'http://ns.camerabits.com/photomechanic/1.0/',
	lr: 'http://ns.adobe.com/lightroom/1.0/'
} as const;

const escapes: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&apos;'
};
/** Text for XML 1.0: what it has no place for is left out. */
const text = (value: string): string =>
	value
		.toWellFormed()
		// eslint-disable-next-line no-control-regex -- exactly what XML does not allow
		.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
		.replace(/[&<>"']/g, (letter) => escapes[letter]!);

const list = (kind: 'Bag' | 'Seq', values: readonly string[]): string =>
	`<rdf:${kind}>${values.map((value) => `<rdf:li>${text(value)}</rdf:li>`).join('')}</rdf:${kind}>`;

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Flags as Lightroom writes them since version 13: 1 picked, -1 rejected, 0 neither. */
const pickOf = ({ flag }: XmpMarks): string =>
	flag === 'pick' ? '1' : flag === 'reject' ? '-1' : '0';

const alt = (value: string): string =>
	`<rdf:Alt><rdf:li xml:lang="x-default">${text(value)}</rdf:li></rdf:Alt>`;

/** What of a photo goes into its sidecar besides marks. */
export interface XmpMore {
	rights?: Rights | null;
	/** names of those who are on it */
	people?: readonly string[];
}

function rightsElements({ creator, copyright, terms }: Rights): string[] {
	return [
		...(creator ? [`<dc:creator>${list('Seq', [creator])}</dc:creator>`] : []),
		...(copyright ? [`<dc:rights>${alt(copyright)}</dc:rights>`] : []),
		...(terms ? [`<xmpRights:UsageTerms>${alt(terms)}</xmpRights:UsageTerms>`] : [])
	];
}

/** What is written of a photo; stars stay with a rejected photo: the flag says that it is. */
export interface XmpWritten extends XmpMore {
	marks: XmpMarks;
}

const declared = Object.entries(namespaces)
	.filter(([prefix]) => prefix !== 'lr')
	.map(([prefix, uri]) => `\n    xmlns:${prefix}="${uri}"`)
	.join('');

/**
 * An element that says all of it and can stand in any RDF.
 * @param about what the others there are about, escaped
 */
export function writeDescription({ marks, rights, people = [] }: XmpWritten, about = ''): string {
	const shown = [...new Set([...(marks.subject ? [marks.subject] : []), ...people])];
	const { rating = 0, label, caption, keywords = [] } = marks;
	const attributes = [
		`xmp:Rating="${rating}"`,
		`xmpDM:pick="${pickOf(marks)}"`,
		...(label ? [`xmp:Label="${capital(label)}"`] : []),
		...(marks.flag === 'pick' ? ['photomechanic:Tagged="True"'] : []),
		...(rights?.credit ? [`photoshop:Credit="${text(rights.credit)}"`] : []),
		...(rights?.copyright ? ['xmpRights:Marked="True"'] : [])
	];
	const elements = [
		...(caption ? [`<dc:description>${alt(caption)}</dc:description>`] : []),
		...(keywords.length > 0 ? [`<dc:subject>${list('Bag', keywords)}</dc:subject>`] : []),
		...(shown.length > 0
			? [`<Iptc4xmpExt:PersonInImage>${list('Bag', shown)}</Iptc4xmpExt:PersonInImage>`]
			: []),
		...(rights ? rightsElements(rights) : [])
	];
	return `<rdf:Description rdf:about="${about}"${declared}
    ${attributes.join('\n    ')}>
   ${elements.join('\n   ')}
  </rdf:Description>`;
}

/** XMP as a file or a packet of one. @param xml its one element */
export const packetOf = (xml: string): string =>
	`<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n${xml}\n<?xpacket end="w"?>\n`;

/** The sidecar of a photo, as a whole file. */
export const writeXmp = (marks: XmpMarks, more: XmpMore = {}): string =>
	packetOf(`<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="${namespaces.rdf}">
  ${writeDescription({ ...more, marks })}
 </rdf:RDF>
</x:xmpmeta>`);

/** Properties of a sidecar by their names in the usual prefixes: 'xmp:Rating' to what stands there. */
export type XmpProperties = Record<string, string | string[]>;

const one = (value: string | string[] | undefined): string => [value].flat()[0]?.trim() ?? '';
const all = (value: string | string[] | undefined): string[] => [value ?? []].flat();

/** Each once, no longer and no more than a photo may have. */
function keywordsFrom(values: string[]): string[] {
	const words = new Map<string, string>();
	for (const value of values) {
		const word = value.trim().slice(0, 64).trim().toWellFormed();
		if (word && !words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
	}
	return [...words.values()].slice(0, 100);
}

/** What a sidecar says of who made a photo and what may be done with it; null: nothing. */
function rightsOf(properties: XmpProperties): Rights | null {
	const said = (name: string, most: number) =>
		one(properties[name])
			.replace(/\p{Cc}+/gu, ' ')
			.trim()
			.slice(0, most)
			.trim()
			.toWellFormed();
	const given = {
		creator: all(properties['dc:creator'])
			.map((name) => name.trim())
			.filter(Boolean)
			.join(', ')
			.slice(0, 120)
			.toWellFormed(),
		credit: said('photoshop:Credit', 120),
		copyright: said('dc:rights', 300),
		terms: said('xmpRights:UsageTerms', 1_000)
	};
	const known = Object.fromEntries(Object.entries(given).filter(([, words]) => words));
	// what other programs wrote may have what ours refuses
	const rights = rightsSchema.safeParse(known);
	return rights.success && Object.keys(rights.data).length > 0 ? rights.data : null;
}

/** What a sidecar says of a photo. */
export type XmpSaid = XmpMarks & { rights?: Rights };

/** What a sidecar says of a photo, in our words; what we have none for is left out. */
export function saidIn(properties: XmpProperties): XmpSaid {
	const stars = Number(one(properties['xmp:Rating']));
	const pick = one(properties['xmpDM:pick']);
	const isTagged = /^(true|1)$/i.test(one(properties['photomechanic:Tagged']));
	// Bridge says 'rejected' with a rating of -1
	const flag =
		stars === -1 || pick === '-1' ? 'reject' : pick === '1' || isTagged ? 'pick' : undefined;
	const label = labels.find((each) => each === one(properties['xmp:Label']).toLowerCase());
	const caption = one(properties['dc:description']).slice(0, 2_000).toWellFormed();
	const keywords = keywordsFrom(all(properties['dc:subject']));
	const subject = all(properties['Iptc4xmpExt:PersonInImage'])
		.map((name) => name.trim())
		.filter(Boolean)
		.join(', ')
		.slice(0, 120)
		.toWellFormed();
	const rights = rightsOf(properties);
	return {
		...(rights ? { rights } : {}),
		...(stars >= 1 ? { rating: Math.min(5, Math.round(stars)) } : {}),
		...(flag ? { flag } : {}),
		...(label ? { label } : {}),
		...(caption ? { caption } : {}),
		...(keywords.length > 0 ? { keywords } : {}),
		...(subject ? { subject } : {})
	};
}
