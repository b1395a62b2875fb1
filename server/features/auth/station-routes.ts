import type { Database } from '../../database/database.ts';
import type { MakeLimit } from '../../http/limits.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { SecretBox } from '../../secrets.ts';
import type { ClaimsSigner } from './claims.ts';
import { identityOf } from './service.ts';
import type { Sessions } from './sessions.ts';
import { listStations, mayUseFace } from './station-store.ts';
import { createStations } from './stations.ts';

export function stationRoutes(
	implement: Implement,
	database: Database,
	sessions: Sessions,
	secrets: SecretBox,
	claims: ClaimsSigner,
	makeLimit: MakeLimit
): void {
	const stations = createStations(database, secrets, makeLimit);
	implement('GET /api/auth/claims', async ({ who, c }) => {
		c.header('Cache-Control', 'no-store');
		return { token: await claims.sign(who) };
	});
	implement('GET /api/auth/keys', async () => ({ keys: [await claims.key()] }));
	implement('GET /api/auth/stations', async ({ who }) => ({
		stations: await listStations(database, who.user.id),
		mayUseFace: await mayUseFace(database, who.user.id)
	}));
	implement('POST /api/auth/stations', ({ who, body }) =>
		stations.enrol(who.user.id, body.name, body.pin)
	);
	implement('DELETE /api/auth/stations/{station}', async ({ who, params }) => {
		await stations.remove(who.user.id, params.station);
		return undefined;
	});
	implement('PUT /api/auth/stations/{station}/face', async ({ who, params, body }) => {
		await stations.enrolFace(who.user.id, params.station, body.key, body.embedding);
		return undefined;
	});
	implement('DELETE /api/auth/stations/{station}/face', async ({ who, params }) => {
		await stations.forgetFace(who.user.id, params.station);
		return undefined;
	});
	implement('POST /api/auth/stations/{station}/unlock', async ({ params, body, c }) => {
		const { user, method } = await stations.unlock(params.station, body, c.get('address'));
		await sessions.end(c.req.header('cookie'));
		c.header('Set-Cookie', await sessions.start(user, c, method));
		return identityOf(database, user);
	});
}
