// The one place that parses XML: sidecars that come with photos.
import { XMLParser } from 'fast-xml-parser';
import { type XmpProperties, type XmpSaid, namespaces, saidIn } from '#shared/photos/xmp.ts';

/** Larger ones hold develop settings for a film, or an attack. */
export const MAX_SIDECAR_BYTES = 1024 ** 2;

const parser = new XMLParser({
	ignoreAttributes: false,
	attributeNamePrefix: '@',
	textNodeName: '#',
	parseTagValue: false,
	parseAttributeValue: false,
	// resolved below, and only the five that every XML knows
	processEntities: false,
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

/**
 * Reads a sidecar.
 * @throws Error for what is no XMP, or declares a document type: entities are how such files attack
 */
export function readXmp(source: string): XmpSaid {
	if (source.length > MAX_SIDECAR_BYTES) throw new Error('The sidecar is too large.');
	if (/<!(DOCTYPE|ENTITY)/i.test(source)) throw new Error('The sidecar declares entities.');
	/** canonical prefix by the one that the file uses */
	const canonical = new Map<string, string>();
	for (const [, prefix, uri] of source.matchAll(/xmlns:([\w.-]+)\s*=\s*["']([^"']*)["']/g)) {
		const known = Object.entries(namespaces).find(([, each]) => each === uri)?.[0];
		if (known) canonical.set(prefix!, known);
	}
	const nameOf = (given: string): string => {
		const [prefix, local] = given.replace(/^@/, '').split(':');
		return local ? `${canonical.get(prefix!) ?? `unknown-${prefix}`}:${local}` : given;
	};
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
	return saidIn(properties);
}
