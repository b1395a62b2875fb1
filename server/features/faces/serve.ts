// Files of the models that were added, for devices and guests: as the application's own are served, for ever.
import { Hono } from 'hono';
import type { Database } from '../../database/database.ts';
import type { Variables } from '../../http/context.ts';
import type { Storage } from '../../storage/storage.ts';
import { findReady } from './models.ts';

export function serveModels(database: Database, storage: Storage): Hono<{ Variables: Variables }> {
	const router = new Hono<{ Variables: Variables }>();
	router.get('/models/added/:file', async (c) => {
		const match = /^([a-z0-9.-]{1,80})\.onnx$/.exec(c.req.param('file'));
		const ready = match && (await findReady(database, match[1]!));
		const stored = ready?.path ? await storage.get(ready.path) : null;
		if (!stored) return c.notFound();
		const headers = {
			'Content-Type': 'application/octet-stream',
			'Content-Length': String(stored.length),
			'Cache-Control': 'public, max-age=31536000, immutable',
			'Cross-Origin-Resource-Policy': 'same-origin'
		};
		if (c.req.method === 'HEAD') {
			await stored.stream.cancel();
			return c.body(null, 200, headers);
		}
		return c.body(stored.stream, 200, headers);
	});
	return router;
}
