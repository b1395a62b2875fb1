// Models that tell faces apart: the application's own, and those that whoever runs the installation added.
import { createHash } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import {
	type Contract,
	type NewFaceModel,
	type PlatformFaceModel,
	type StudioFaceModel,
	embedderOf
} from '#shared/faces/manifest.ts';
import { type Embedder, defaultEmbedder } from '#shared/faces/models.ts';
import type { Queries } from '../../database/database.ts';

/** Bytes of the application's own model. */
export const DEFAULT_BYTES = 6_490_132;

interface ModelRow {
	id: string;
	manifest: NewFaceModel;
	contract: Contract | null;
	sha256: string;
	size: string | null;
	path: string | null;
	created_at: Date;
	studios: number;
}

/** A model whose file is here, and what it is compared by. */
export interface ReadyModel {
	model: Embedder;
	bytes: number;
	/** in the storage; null: a file of the application */
	path: string | null;
}

/** Names a model by everything that decides what comes out: equal ids give comparable embeddings. */
export function modelIdOf({
	name,
	sha256,
	side,
	channels,
	mean,
	scale,
	alignment
}: NewFaceModel): string {
	const { rightEye, leftEye, mouth } = alignment;
	const decides = [sha256, side, channels, mean, scale, rightEye, leftEye, mouth];
	const hash = createHash('sha256').update(JSON.stringify(decides)).digest('hex');
	return `${name}-${hash.slice(0, 12)}`;
}

const columns = `m.id, m.manifest, m.contract, m.sha256, m.size::text as size, m.path, m.created_at`;

const readyOf = ({ id, manifest, contract, size, path }: ModelRow): ReadyModel | null =>
	contract && path && size !== null
		? { model: embedderOf(id, manifest, contract), bytes: Number(size), path }
		: null;

const builtIn: ReadyModel = { model: defaultEmbedder, bytes: DEFAULT_BYTES, path: null };

/** @returns null where there is no such model, or its file is not here */
export async function findReady(queries: Queries, id: string): Promise<ReadyModel | null> {
	if (id === defaultEmbedder.id) return builtIn;
	const [row] = await queries.query<ModelRow>(
		`select ${columns} from face_models m where m.id = $1`,
		[id]
	);
	return row ? readyOf(row) : null;
}

/** A model with what people read of it. */
type ListedModel = ReadyModel & Pick<NewFaceModel, 'name' | 'licenceText'>;

/** The models that a studio may choose from, the application's own first. */
export async function listReady(queries: Queries): Promise<ListedModel[]> {
	const rows = await queries.query<ModelRow>(
		`select ${columns} from face_models m where m.path is not null order by m.created_at, m.id`
	);
	return [
		{ ...builtIn, name: defaultEmbedder.id, licenceText: defaultEmbedder.licence },
		...rows.flatMap((row) => {
			const ready = readyOf(row);
			const { name, licenceText } = row.manifest;
			return ready ? [{ ...ready, name, licenceText }] : [];
		})
	];
}

interface StudioRow {
	face_model: string | null;
	face_model_next: string | null;
	face_thresholds: Record<string, number>;
}

export interface Choice {
	/** with the studio's own threshold, where it set one */
	inUse: ReadyModel;
	/** what faces are being made anew with */
	next: ReadyModel | null;
	thresholds: Record<string, number>;
}

const withThreshold = (ready: ReadyModel, thresholds: Record<string, number>): ReadyModel => {
	const own = thresholds[ready.model.id];
	return own === undefined ? ready : { ...ready, model: { ...ready.model, threshold: own } };
};

/** What a studio tells faces apart with. @throws AuraError not_found for a workspace that is not there */
export async function choiceOf(queries: Queries, workspace: string): Promise<Choice> {
	const [row] = await queries.query<StudioRow>(
		`select face_model, face_model_next, face_thresholds from workspaces where id = $1`,
		[workspace]
	);
	if (!row) throw new AuraError('not_found', 'There is no such workspace.');
	const { face_model, face_model_next, face_thresholds } = row;
	// one that is lost leaves the application's own
	const inUse = (face_model && (await findReady(queries, face_model))) || builtIn;
	const next = face_model_next && (await findReady(queries, face_model_next));
	return {
		inUse: withThreshold(inUse, face_thresholds),
		next: next ? withThreshold(next, face_thresholds) : null,
		thresholds: face_thresholds
	};
}

/** The model that a studio uses at the moment. */
export const modelInUse = async (queries: Queries, workspace: string): Promise<Embedder> =>
	(await choiceOf(queries, workspace)).inUse.model;

/** @param model null: nothing is being made anew */
export const setNext = (queries: Queries, workspace: string, model: string | null) =>
	queries.query(`update workspaces set face_model_next = $2 where id = $1`, [workspace, model]);

export const setInUse = (queries: Queries, workspace: string, model: string) =>
	queries.query(
		`update workspaces set face_model = nullif($2, $3), face_model_next = null where id = $1`,
		[workspace, model, defaultEmbedder.id]
	);

/** Says that this process makes a studio's faces anew, for two minutes. @returns whether no other one does */
export async function holdFaces(
	queries: Queries,
	workspace: string,
	isHeld: boolean
): Promise<boolean> {
	const rows = await queries.query(
		`update workspaces set faces_held_until = now() + interval '2 minutes'
		 where id = $1 and ($2 or faces_held_until is null or faces_held_until < now()) returning id`,
		[workspace, isHeld]
	);
	return rows.length > 0;
}
export const releaseFaces = (queries: Queries, workspace: string) =>
	queries.query(`update workspaces set faces_held_until = null where id = $1`, [workspace]);

/** @param threshold null: that of the model */
export const setThreshold = (
	queries: Queries,
	workspace: string,
	model: string,
	threshold: number | null
) =>
	queries.query(
		`update workspaces set face_thresholds = case when $3::text is null then face_thresholds - $2
		 	else face_thresholds || jsonb_build_object($2::text, $3::text::float8) end where id = $1`,
		[workspace, model, threshold === null ? null : String(threshold)]
	);

/** Workspaces whose faces may have to be made anew: none where there is only the application's own model. @param workspace null: any */
export const listChoosers = (
	queries: Queries,
	workspace: string | null = null
): Promise<{ id: string }[]> =>
	queries.query(
		`select id from workspaces where status = 'active' and ($1::uuid is null or id = $1::uuid)
		 	and (face_model is not null or face_model_next is not null or exists (select 1 from face_models))`,
		[workspace]
	);

export const toStudio = (
	{ model, bytes, name, licenceText }: ListedModel,
	thresholds: Record<string, number>
): StudioFaceModel => ({
	...{ id: model.id, name, licence: model.licence, licenceText, source: model.source },
	...{ dimensions: model.dimensions, bytes, threshold: model.threshold },
	ownThreshold: thresholds[model.id] ?? null
});

const toPlatform = ({ id, manifest, size, studios, created_at }: ModelRow): PlatformFaceModel => {
	const { name, sha256, source, licence, licenceText, address, dimensions } = manifest;
	return {
		...{ id, name, sha256, source, licence, licenceText, address, dimensions, studios },
		bytes: size === null ? null : Number(size),
		isBuiltIn: false,
		addedAt: created_at.toISOString()
	};
};

const USED = `(select count(*)::int from workspaces w where m.id in (w.face_model, w.face_model_next)) as studios`;

export async function listPlatformModels(queries: Queries): Promise<PlatformFaceModel[]> {
	const rows = await queries.query<ModelRow>(
		`select ${columns}, ${USED} from face_models m order by m.created_at, m.id`
	);
	const [{ studios } = { studios: 0 }] = await queries.query<{ studios: number }>(
		`select count(*)::int as studios from workspaces where face_model is null`
	);
	const { id, sha256, licence, source, dimensions } = defaultEmbedder;
	return [
		{
			...{ id, name: id, sha256, licence, licenceText: licence, source, dimensions, studios },
			...{ address: null, bytes: DEFAULT_BYTES, isBuiltIn: true, addedAt: null }
		},
		...rows.map(toPlatform)
	];
}

/** @throws AuraError not_found */
export async function requireModel(
	queries: Queries,
	id: string
): Promise<{ manifest: NewFaceModel; path: string | null; shown: PlatformFaceModel }> {
	const [row] = await queries.query<ModelRow>(
		`select ${columns}, ${USED} from face_models m where m.id = $1`,
		[id]
	);
	if (!row) throw new AuraError('not_found', 'There is no such model.');
	return { manifest: row.manifest, path: row.path, shown: toPlatform(row) };
}

/** @throws AuraError conflict when it is there */
export async function insertModel(
	queries: Queries,
	manifest: NewFaceModel,
	by: string
): Promise<string> {
	const id = modelIdOf(manifest);
	const made = await queries.query(
		`insert into face_models (id, manifest, sha256, created_by) values ($1, $2::text::jsonb, $3, $4)
		 on conflict do nothing returning id`,
		[id, JSON.stringify(manifest), manifest.sha256, by]
	);
	if (made.length === 0) throw new AuraError('conflict', 'This model is there already.');
	return id;
}

export const placeModel = (
	queries: Queries,
	id: string,
	file: { contract: Contract; size: number; path: string }
) =>
	queries.query(
		`update face_models set contract = $2::text::jsonb, size = $3, path = $4 where id = $1`,
		[id, JSON.stringify(file.contract), file.size, file.path]
	);

/** @throws AuraError conflict while a studio uses it */
export async function deleteModel(queries: Queries, id: string): Promise<void> {
	const gone = await queries.query(
		`delete from face_models m where m.id = $1
		 	and not exists (select 1 from workspaces w where m.id in (w.face_model, w.face_model_next)) returning id`,
		[id]
	);
	if (gone.length === 0)
		throw new AuraError(
			'conflict',
			'A studio uses this model. It has to choose another one first.'
		);
}
