// What pages load before anybody can act, by the build's own manifest: the page's entry and everything
// that it imports without being asked to.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const KB = 1024;
const pages = [
	{
		name: 'the guest page',
		nodes: ['app/routes/+layout.svelte', 'app/routes/scan/[code]/+page.svelte'],
		limit: 60 * KB
	},
	{
		name: 'the studio shell',
		nodes: [
			'app/routes/+layout.svelte',
			'app/routes/(studio)/+layout.svelte',
			'app/routes/(studio)/admin/+page.svelte'
		],
		limit: 150 * KB
	}
];

/**
 * @param {string} root
 * @returns {{name: string, bytes: number, limit: number}[]} gzip bytes of JavaScript
 */
export function checkSizes(root) {
	const client = join(root, '.svelte-kit/output/client');
	/** @type {Record<string, {file: string, src?: string, imports?: string[], isEntry?: boolean}>} */
	const manifest = JSON.parse(readFileSync(join(client, '.vite/manifest.json'), 'utf8'));
	const keys = Object.keys(manifest);
	/** The generated node that holds a page's component. @param {string} component */
	const nodeOf = (component) => {
		const found = keys.find((key) => {
			if (!/generated\/client-optimized\/nodes\/\d+\.js$/.test(key)) return false;
			const source = readFileSync(join(root, key), 'utf8');
			return source.includes(`${component}"`);
		});
		if (!found) throw new Error(`sizes: no built node for ${component}`);
		return found;
	};
	const shared = keys.filter((key) =>
		/client-optimized\/app\.js$|runtime\/client\/entry\.js$/.test(key)
	);
	return pages.map(({ name, nodes, limit }) => {
		const seen = new Set();
		const add = (/** @type {string} */ key) => {
			const entry = manifest[key];
			if (!entry || seen.has(entry.file)) return;
			if (entry.file.endsWith('.js')) seen.add(entry.file);
			entry.imports?.forEach(add);
		};
		[...shared, ...nodes.map(nodeOf)].forEach(add);
		const bytes = [...seen].reduce(
			(sum, file) => sum + gzipSync(readFileSync(join(client, file)), { level: 9 }).length,
			0
		);
		return { name, bytes, limit };
	});
}
