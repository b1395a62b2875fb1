import { AuraError } from '#shared/errors.ts';
import { MAX_MODEL_BYTES, type StudioFaceModels } from '#shared/faces/manifest.ts';
import { can } from '#shared/permissions.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import { fetchFile } from '../../outgoing.ts';
import type { Storage } from '../../storage/storage.ts';
import { audited, doerOf } from '../audit/store.ts';
import { dueAgain } from '../people/projection.ts';
import { findProjects } from '../projects/service.ts';
import { placeFile } from './model-files.ts';
import {
	choiceOf,
	deleteModel,
	findReady,
	insertModel,
	listPlatformModels,
	listReady,
	requireModel,
	setInUse,
	setNext,
	setThreshold,
	toStudio
} from './models.ts';
import { progressOf, removeAllNext } from './next.ts';
import { listPairs } from './pairs.ts';
import type { Reembed } from './reembed.ts';

export interface ModelPorts {
	database: Database;
	storage: Storage;
	reembed: Reembed;
	/** where files are tried */
	folder: string;
	/** told that other faces may be of one person now */
	onThreshold(workspace: string): void;
}

export function faceModelRoutes(implement: Implement, ports: ModelPorts): void {
	const { database, storage, reembed } = ports;

	const shown = async (id: string) => (await requireModel(database, id)).shown;
	implement('GET /api/platform/face-models', async () => ({
		models: await listPlatformModels(database)
	}));
	implement('POST /api/platform/face-models', async ({ who, body }) =>
		shown(await insertModel(database, body, who.user.id))
	);
	implement('PUT /api/platform/face-models/{model}/file', async ({ params, body }) => {
		await placeFile(ports, params.model, body);
		return shown(params.model);
	});
	implement('POST /api/platform/face-models/{model}/fetch', async ({ params }) => {
		const { manifest } = await requireModel(database, params.model);
		if (!manifest.address)
			throw new AuraError('invalid', 'This model has no address. Send its file.');
		await placeFile(ports, params.model, fetchFile(manifest.address, MAX_MODEL_BYTES));
		return shown(params.model);
	});
	implement('DELETE /api/platform/face-models/{model}', async ({ params }) => {
		const { path } = await requireModel(database, params.model);
		await deleteModel(database, params.model);
		if (path) await storage.remove(path);
		return undefined;
	});

	const assertMayChange = ({ membership: { role } }: Actor) => {
		if (!can(role, 'update', 'workspace'))
			throw new AuraError('forbidden', `The role ${role} may not change how faces are told apart.`);
	};
	const modelsOf = async (workspace: string): Promise<StudioFaceModels> => {
		const { inUse, next, thresholds } = await choiceOf(database, workspace);
		const progress =
			next &&
			(await database.tenant(workspace, (queries) =>
				progressOf(queries, workspace, next.model.id)
			));
		return {
			inUse: inUse.model,
			bytes: inUse.bytes,
			next: next && progress && { model: next.model.id, ...progress },
			models: (await listReady(database)).map((ready) => toStudio(ready, thresholds))
		};
	};
	implement('GET /api/workspaces/{workspace}/face-models', ({ who }) =>
		modelsOf(who.membership.id)
	);
	const requireReady = async (id: string) => {
		const ready = await findReady(database, id);
		if (!ready)
			throw new AuraError('unknown_model', 'There is no such model here.', {
				models: (await listReady(database)).map(({ model }) => model.id)
			});
		return ready;
	};
	implement('PUT /api/workspaces/{workspace}/face-model', async ({ who, body, c }) => {
		assertMayChange(who);
		const workspace = who.membership.id;
		const { model } = await requireReady(body.model);
		await audited(database, doerOf(who, c), async (queries) => {
			const { inUse, next } = await choiceOf(queries, workspace);
			const before = (next ?? inUse).model.id;
			if (before === model.id) return null;
			// back to what is in use: what was made of the other one goes below
			await (inUse.model.id === model.id
				? setInUse(queries, workspace, model.id)
				: setNext(queries, workspace, model.id));
			return {
				action: 'face_model.choose',
				subject: model.id,
				before: { model: before },
				after: { model: model.id }
			};
		});
		await database.tenant(workspace, (queries) => removeAllNext(queries, workspace, model.id));
		reembed.wake(workspace);
		return modelsOf(workspace);
	});
	implement(
		'PUT /api/workspaces/{workspace}/face-models/{model}/threshold',
		async ({ who, params, body: { threshold }, c }) => {
			assertMayChange(who);
			const workspace = who.membership.id;
			const { model } = await requireReady(params.model);
			await audited(database, doerOf(who, c), async (queries) => {
				const { thresholds } = await choiceOf(queries, workspace);
				const before = thresholds[model.id] ?? null;
				if (before === threshold) return null;
				await setThreshold(queries, workspace, model.id, threshold);
				return {
					...{ action: 'face_model.threshold', subject: model.id },
					...{ before: { threshold: before }, after: { threshold } }
				};
			});
			const events = await findProjects(database, workspace, { type: 'event' }, null);
			await database.tenant(workspace, (queries) =>
				dueAgain(
					queries,
					workspace,
					events.map(({ id }) => id)
				)
			);
			ports.onThreshold(workspace);
			return modelsOf(workspace);
		}
	);
	implement('GET /api/workspaces/{workspace}/face-pairs', async ({ who, c }) => {
		assertMayChange(who);
		const workspace = who.membership.id;
		const { inUse } = await choiceOf(database, workspace);
		c.header('Cache-Control', 'no-store');
		return database.tenant(workspace, (queries) => listPairs(queries, workspace, inUse.model));
	});
}
