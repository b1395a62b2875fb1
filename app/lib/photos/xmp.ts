// The one place that parses XML: sidecars that come with photos.
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import {
	type XmpProperties,
	type XmpSaid,
	type XmpWritten,
	namespaces,
	packetOf,
	saidIn,
	writeDescription,
	writeXmp
} from '#shared/photos/xmp.ts';

/** Larger ones hold develop settings for a film, or an attack. */
export const MAX_SIDECAR_BYTES = 1024 ** 2;

const literally = {
	ignoreAttributes: false,
	attributeNamePrefix: '@',
	textNodeName: '#',
	parseTagValue: false,
	parseAttributeValue: false,
	// resolved below, and only the five that every XML knows
	processEntities: false
};
const parser = new XMLParser({
	...literally,
	isArray: (name) => /(^|:)(li|Description)$/.test(name)
});

type Node = { [key: string]: Node | Node[] | string };

const letters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescaped = (text: string): string =>
	text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
		if (name) return letters[String(name)] ?? whole;
		const code = hex ? parseInt(String(hex), 16) : Number(decimal);
		return code <= 0x10ffff ? String.fromCodePoint(code) : '';
	});

const textOf = (node: unknown): string =>
	unescaped(
		typeof node === 'string' ? node : (((node as Node | null)?.['#'] as string | undefined) ?? '')
	);

/** @returns the name of an attribute or element in the usual prefixes, which a file need not use */
function namesIn(source: string): (given: string) => string {
	const canonical = new Map<string, string>();
	for (const [, prefix, uri] of source.matchAll(/xmlns:([\w.-]+)\s*=\s*["']([^"']*)["']/g)) {
		const known = Object.entries(namespaces).find(([, each]) => each === uri)?.[0];
		if (known) canonical.set(prefix!, known);
	}
	return (given) => {
		const [prefix, local] = given.replace(/^@/, '').split(':');
		return local ? `${canonical.get(prefix!) ?? `unknown-${prefix}`}:${local}` : given;
	};
}

/**
 * Reads a sidecar.
 * @throws Error for what is no XMP, or declares a document type: entities are how such files attack
 */
export function readXmp(source: string): XmpSaid {
	return saidIn(propertiesIn(source));
}

function propertiesIn(source: string): XmpProperties {
	if (source.length > MAX_SIDECAR_BYTES) throw new Error('The sidecar is too large.');
	if (/<!(DOCTYPE|ENTITY)/i.test(source)) throw new Error('The sidecar declares entities.');
	const nameOf = namesIn(source);
	const childrenOf = (node: Node, name: string): Node[] =>
		Object.entries(node).flatMap(([key, value]) =>
			!key.startsWith('@') && nameOf(key) === name ? ([value].flat() as Node[]) : []
		);
	const tree = parser.parse(source) as Node;
	const outer = Object.entries(tree).find(([key]) => key.endsWith(':xmpmeta'))?.[1] ?? tree;
	const root = childrenOf(outer as Node, 'rdf:RDF')[0];
	if (!root) throw new Error('This is no XMP sidecar.');
	const properties: XmpProperties = {};
	for (const description of childrenOf(root, 'rdf:Description'))
		for (const [key, value] of Object.entries(description)) {
			const name = nameOf(key);
			if (key.startsWith('@')) {
				properties[name] = unescaped(String(value));
				continue;
			}
			const element = [value].flat()[0] as Node | string;
			const lists =
				typeof element === 'object'
					? ['Bag', 'Seq', 'Alt'].flatMap((kind) => childrenOf(element, `rdf:${kind}`))
					: [];
			properties[name] =
				lists.length > 0
					? lists.flatMap((each) => childrenOf(each, 'rdf:li').map(textOf))
					: textOf(element);
		}
	return properties;
}

/** @returns null for what cannot be read */
function readableIn(source: string): XmpProperties | null {
	try {
		return propertiesIn(source);
	} catch {
		return null;
	}
}

/** Whether something is XMP that can be read. */
export const isXmp = (source: string): boolean => readableIn(source) !== null;

/** An element with its children in their order, as the parser gives and the builder takes it. */
interface Ordered {
	[name: string]: Ordered[];
}
const attributesOf = (node: Ordered) => (node[':@'] ?? {}) as unknown as Record<string, string>;

const inOrder = { ...literally, preserveOrder: true, commentPropName: '#!', cdataPropName: '#[' };
const orderedParser = new XMLParser({ ...inOrder, trimValues: false });
const orderedBuilder = new XMLBuilder({
	...inOrder,
	suppressEmptyNode: true,
	// it writes all in double quotes
	attributeValueProcessor: (_, value) => String(value).replaceAll('"', '&quot;')
});

const isEqual = (one: unknown, other: unknown): boolean =>
	JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

/** What we write in any case; that of Photo Mechanic says the same once more. */
const always = [
	'xmp:Rating',
	'xmpDM:pick',
	'photomechanic:Tagged',
	'photomechanic:Prefs',
	'photomechanic:ColorClass'
];
const rightsNames = [
	'dc:creator',
	'dc:rights',
	'xmpRights:UsageTerms',
	'xmpRights:Marked',
	'photoshop:Credit'
];

/** What of it is to be written anew, and the names of what it takes the place of: what is said there already stays as it is, with all its languages. */
function changesOf(properties: XmpProperties, { marks, rights, people = [] }: XmpWritten) {
	const said = saidIn(properties);
	const names = [properties['Iptc4xmpExt:PersonInImage'] ?? []].flat().map((name) => name.trim());
	const isSubject = isEqual(said.subject, marks.subject);
	const shown = [
		...new Set([...(isSubject ? names : marks.subject ? [marks.subject] : []), ...people])
	];
	const { caption, keywords, subject: _, label, ...rest } = marks;
	const isCaption = isEqual(said.caption, caption);
	const isKeywords = isEqual(said.keywords ?? [], keywords ?? []);
	const isPeople = isEqual(names, shown);
	const isRights = isEqual(sorted(said.rights), sorted(rights));
	// a label of another program's own is none of ours
	const isLabel = label === undefined && said.label === undefined;
	return {
		written: {
			marks: {
				...rest,
				...(label ? { label } : {}),
				...(caption && !isCaption ? { caption } : {}),
				...(keywords && !isKeywords ? { keywords } : {})
			},
			people: isPeople ? [] : shown,
			rights: isRights ? null : (rights ?? null)
		} satisfies XmpWritten,
		replaced: new Set([
			...always,
			...(isLabel ? [] : ['xmp:Label']),
			...(isCaption ? [] : ['dc:description']),
			...(isKeywords ? [] : ['dc:subject', 'lr:hierarchicalSubject']),
			...(isPeople ? [] : ['Iptc4xmpExt:PersonInImage']),
			...(isRights ? [] : rightsNames)
		])
	};
}
const sorted = (rights: object | null | undefined) =>
	Object.entries(rights ?? {}).sort(([one], [other]) => one.localeCompare(other));

/**
 * Says in XMP what we say of a photo, and leaves what else it says: how it was developed, that it is a panorama, where faces are.
 * @param existing XMP of another program; what is none counts for nothing
 */
export function mergeXmp(existing: string, ours: XmpWritten): string {
	// nothing else stands for theirs: what goes wrong from here on is no reason to write over it
	const properties = readableIn(existing);
	if (!properties) return writeXmp(ours.marks, ours);
	const { written, replaced } = changesOf(properties, ours);
	const nameOf = namesIn(existing);
	const elements = (nodes: Ordered[], is: (name: string) => boolean) =>
		nodes.flatMap((node) =>
			Object.entries(node).flatMap(([name, children]) =>
				name !== ':@' && is(name) ? [{ node, name, children }] : []
			)
		);
	const isRdf = (name: string) => nameOf(name) === 'rdf:RDF';
	const tree = orderedParser.parse(existing) as Ordered[];
	const outer = elements(tree, (name) => name.endsWith(':xmpmeta'))[0];
	const root = elements(outer?.children ?? tree, isRdf)[0]!;
	let about = '';
	for (const each of elements(root.children, (name) => nameOf(name) === 'rdf:Description')) {
		const attributes = attributesOf(each.node);
		for (const name of Object.keys(attributes)) {
			if (nameOf(name) === 'rdf:about') about = attributes[name]!.replaceAll('"', '&quot;');
			if (replaced.has(nameOf(name))) delete attributes[name];
		}
		each.node[each.name] = each.children.filter(
			(child) => elements([child], (name) => replaced.has(nameOf(name))).length === 0
		);
		const says = (name: string) => !name.startsWith('@xmlns') && nameOf(name) !== 'rdf:about';
		const isLeft =
			Object.keys(attributes).some(says) ||
			elements(each.node[each.name]!, (name) => !/^[#?]/.test(name)).length > 0;
		// what said nothing else was ours
		if (!isLeft) root.children.splice(root.children.indexOf(each.node), 1);
	}
	// by its own prefix, whichever the file uses
	const description = writeDescription(written, about).replace(
		'<rdf:Description',
		`<rdf:Description xmlns:rdf="${namespaces.rdf}"`
	);
	root.children.push(...(orderedParser.parse(description) as Ordered[]));
	const xml = orderedBuilder.build([(outer ?? root).node]) as string;
	return packetOf(outer ? xml : `<x:xmpmeta xmlns:x="adobe:ns:meta/">${xml}</x:xmpmeta>`);
}
