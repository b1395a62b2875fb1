// Serves the built application: hashed files for ever, pages always fresh, the shell for every address
// that is a page of the application.
import { Hono } from 'hono';
import { serveStatic } from '@hono/node-server/serve-static';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from './context.ts';

/** base64 SHA-256 of the inline scripts of the built pages, for the content security policy. */
export function inlineScriptHashes(appDir: string): string[] {
	const pages = ['index.html', 'shell.html'].map((name) => join(appDir, name)).filter(existsSync);
	return pages.flatMap((page) =>
		[...readFileSync(page, 'utf8').matchAll(/<script>([\s\S]*?)<\/script>/g)].map((match) =>
			createHash('sha256').update(match[1]!).digest('base64')
		)
	);
}

export function staticFiles(appDir: string): Hono<{ Variables: Variables }> {
	const router = new Hono<{ Variables: Variables }>();
	const isImmutable = (path: string) =>
		path.includes('/_app/immutable/') || path.includes('/models/') || path.includes('/engines/');
	router.use(
		'*',
		serveStatic({
			root: appDir,
			precompressed: true,
			onFound: (path, c) =>
				c.header(
					'Cache-Control',
					isImmutable(path) ? 'public, max-age=31536000, immutable' : 'no-cache'
				)
		})
	);
	const shell = existsSync(join(appDir, 'shell.html'))
		? readFileSync(join(appDir, 'shell.html'), 'utf8')
		: '';
	router.get('*', (c) => {
		const wantsPage = c.req.header('accept')?.includes('text/html') ?? false;
		if (!wantsPage || /\.\w{2,12}$/.test(c.req.path)) return c.notFound();
		c.header('Cache-Control', 'no-cache');
		return c.html(shell);
	});
	return router;
}
