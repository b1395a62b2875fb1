import { AuraError } from '#shared/errors.ts';
import { safeFileName } from '#shared/photos/names.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Storage } from '../../storage/storage.ts';
import { typeOf } from './paths.ts';
import type { StoredFile } from './store.ts';

/** RAW is nothing that a browser should open. */
function mediaTypeOf(path: string): string {
	const type = typeOf(path);
	return type === null || type === 'image/x-raw' ? 'application/octet-stream' : type;
}

/** How long a link to the storage is good for: a download on a slow line begins within it, and ends when it ends. */
const LINK_SECONDS = 300;

/** @returns the one range that a header asks for, null for all of it. @throws AuraError range_not_satisfiable */
export function parseRange(
	header: string | undefined,
	size: number
): { start: number; end: number } | null {
	const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
	if (!match || (match[1] === '' && match[2] === '')) return null; // several or odd ranges: all of it
	const suffix = match[1] === '';
	const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
	const end = suffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
	if (start > end || start >= size)
		throw new AuraError('range_not_satisfiable', `The file has ${size} bytes.`);
	return { start, end };
}

/** RFC 6266: a plain name for old readers, the real one for the others. */
export function attachment(name: string): string {
	const safe = safeFileName(name);
	const plain = safe.replace(/[^\x20-\x7e]|["\\%]/g, '_');
	const encoded = encodeURIComponent(safe).replace(
		/['()*]/g,
		(c) => `%${c.charCodeAt(0).toString(16)}`
	);
	return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** Faces are found anew, and forgotten, under the same address, and no browser's cache may know what is forgotten. */
const cacheOf = ({ kind }: StoredFile): string =>
	kind === 'faces' ? 'private, no-store' : 'private, max-age=31536000, immutable';

/** Answers with a stored file, whole or in part; originals only as downloads, never shown as a page. */
export async function sendFile(
	c: AuraContext,
	storage: Storage,
	file: StoredFile,
	name: string
): Promise<Response> {
	const etag = `"${file.sha256}"`;
	const headers: Record<string, string> = {
		ETag: etag,
		'Cache-Control': cacheOf(file),
		'Accept-Ranges': 'bytes',
		'Content-Type': mediaTypeOf(file.path),
		...(file.kind === 'original' ? { 'Content-Disposition': attachment(name) } : {})
	};
	if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
	// ranges are for GET alone (RFC 9110, 14.2)
	if (c.req.method === 'HEAD')
		return c.body(null, 200, { ...headers, 'Content-Length': String(file.size) });
	// whoever goes on with another file than this one gets all of it (RFC 9110, 13.1.5)
	const isOther = (c.req.header('if-range') ?? etag) !== etag;
	const range = isOther ? null : parseRange(c.req.header('range'), file.size);
	// a page is left for a download: it may as well come from the storage itself
	if (file.kind === 'original' && c.req.header('sec-fetch-mode') === 'navigate') {
		const link = await storage.link(file.path, {
			seconds: LINK_SECONDS,
			contentType: headers['Content-Type']!,
			contentDisposition: headers['Content-Disposition']!
		});
		if (link) return c.redirect(link, 307);
	}
	const found = await storage.get(file.path, range ?? undefined);
	if (!found)
		throw new AuraError(
			'not_found',
			'The server has lost this file; it is sent again by a device that has it.'
		);
	headers['Content-Length'] = String(found.length);
	if (range) headers['Content-Range'] = `bytes ${range.start}-${range.end}/${file.size}`;
	return c.body(found.stream, range ? 206 : 200, headers);
}
