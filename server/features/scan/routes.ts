import { AuraError } from '#shared/errors.ts';
import { type Embedder, MAX_DEVICE_MODEL_BYTES, defaultEmbedder } from '#shared/faces/models.ts';
import { embeddingFault } from '#shared/faces/sidecar.ts';
import { type Action, type Role, can } from '#shared/permissions.ts';
import type { Project } from '#shared/projects/project.ts';
import { GUESTS_LIVENESS, GUESTS_NUMBERS } from '#shared/consent.ts';
import { GUESTS_LOCATION } from '#shared/files/guests.ts';
import type { FileKind } from '#shared/files/kinds.ts';
import { bibOf } from '#shared/bib.ts';
import { type ScanFace, type ScanMatch, guestCodeSchema } from '#shared/scan.ts';
import type { Database } from '../../database/database.ts';
import type { AuraContext } from '../../http/context.ts';
import type { Implement } from '../../http/endpoint.ts';
import type { Storage } from '../../storage/storage.ts';
import { type Doer, doerOf, record } from '../audit/store.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { askToForget } from '../people/requests.ts';
import { choiceOf } from '../faces/models.ts';
import { type FaceMatch, hasFaces, searchEvent, searchMore } from '../faces/store.ts';
import { sendFile } from '../files/send.ts';
import { parseFileRef } from '../files/service.ts';
import { type PhotoRef, type StoredFile, findFile } from '../files/store.ts';
import type { AccessLog } from '../renditions/access.ts';
import type { Renditions } from '../renditions/service.ts';
import { countSearch } from '../usage/store.ts';
import { findWorkspace } from '../workspaces/store.ts';
import { requireEvent, requireOpenEvent } from '../projects/events.ts';
import { agreedTo, consentOf, listConsents, noteConsent } from './consent.ts';
import { createGuests } from './guests.ts';
import { searchNumber } from './numbers.ts';
import type { GuestPictures } from './pictures.ts';
import { drawPoster } from './poster.ts';
import type { Signer } from './signed.ts';
import { type GuestCode, codeOfEvent, findCode, publish, revoke, studioName } from './store.ts';

const MAX_MATCHES = 500;
/** Faces of an event of which most guests should be found. */
const FILLED = 100;
/** Photos that a guest is asked about at a time. */
const MAX_MORE = 24;

interface ScanPorts {
	database: Database;
	storage: Storage;
	signer: Signer;
	renditions: Renditions;
	access: AccessLog;
	pictures: GuestPictures;
}

/** @param originOf the address that people use for this server */
export function scanRoutes(
	implement: Implement,
	{ database, storage, signer, renditions, access, pictures }: ScanPorts,
	originOf: (c: AuraContext) => string,
	makeLimit: MakeLimit,
	isTls: boolean
): void {
	const guests = createGuests(makeLimit, signer, isTls);
	const misses = makeLimit({ name: 'scan-miss', points: 60, seconds: 60, wait: 300 });

	const forgets = makeLimit({ name: 'scan-forget', points: 5, seconds: 3_600, wait: 3_600 });

	/** The face that a guest means. @throws AuraError as their picture or their numbers are refused */
	const faceOf = async (
		workspace: string,
		{ model: id, embedding, picture, consent }: ScanFace,
		settings: Record<string, unknown>
	): Promise<{ model: Embedder; embedding: number[] }> => {
		const { inUse } = await choiceOf(database, workspace);
		const { model } = inUse;
		if (picture !== undefined) {
			if (!consent)
				throw new AuraError('forbidden', 'A picture is looked at only once somebody agreed to it.');
			agreedTo(settings, consent, true);
			return { model, embedding: await pictures.embeddingOf(picture, inUse) };
		}
		if (id !== model.id)
			throw new AuraError('unknown_model', 'This page is older than the event. Reload it.', {
				models: [model.id]
			});
		const fault = embeddingFault(embedding!, model);
		if (fault) throw new AuraError('invalid', fault);
		return { model, embedding: embedding! };
	};
	/** Counts it, where there are photos to be found, and tells the studio of many. @throws AuraError too_many_requests */
	const searchedForNobody = async (
		c: AuraContext,
		{ code, workspace, project }: { code: string; workspace: string; project: Project }
	) => {
		const isFilled = await database.tenant(workspace, (queries) =>
			hasFaces(queries, workspace, project.id, FILLED)
		);
		if (!isFilled || !(await guests.foundNobody(c, code))) return;
		const doer = { workspace, actor: null, address: c.get('address') };
		await note(doer, 'guest_access.scanning', project.name);
	};
	const signed = (code: string, found: readonly FaceMatch[]): ScanMatch[] =>
		found.map(({ id, name, takenAt, size }) => ({
			photoId: id,
			name,
			takenAt,
			size,
			thumb: signer.sign(code, id, 'thumb'),
			full: signer.sign(code, id, 'web'),
			original: signer.sign(code, id, 'original')
		}));
	const assertMay = (role: Role, action: Action) => {
		if (!can(role, action, 'gallery'))
			throw new AuraError('forbidden', `The role ${role} may not ${action} for guests.`);
	};
	const note = (doer: Doer, action: string, subject: string) =>
		database.tenant(doer.workspace, (queries) => record(queries, doer, { action, subject }));
	const accessOf = (c: AuraContext, code: string) => ({ code, url: `${originOf(c)}/scan/${code}` });

	/**
	 * What a guest gets of a file: pictures in the smallest format that their browser shows, originals without where they
	 * were taken and without the camera's serial number, unless the studio gives those away.
	 */
	const fileForGuests = async (
		c: AuraContext,
		ref: PhotoRef,
		kind: FileKind,
		file: StoredFile
	): Promise<StoredFile | null> => {
		if (kind !== 'original') {
			const takesAvif = c.req.header('accept')?.includes('image/avif') ?? false;
			return (takesAvif && (await renditions.smaller(ref, file))) || file;
		}
		const { settings } = await findWorkspace(database, ref.workspace);
		if (settings[GUESTS_LOCATION] === true) return file;
		return (await renditions.forGuests(ref, file)) ?? renditions.find(ref, 'web');
	};

	const requireCode = async (
		c: AuraContext,
		code: string
	): Promise<GuestCode & { project: Project }> => {
		const found = guestCodeSchema.safeParse(code).success ? await findCode(database, code) : null;
		if (!found) {
			await misses.take(c.get('address'));
			throw new AuraError('not_found', 'This link is not known. Check it, or scan the code again.');
		}
		if (found.revoked)
			throw new AuraError(
				'gone',
				'The studio has closed this event for guests. Ask the photographer.'
			);
		const project = await requireOpenEvent(database, found.workspace, found.event);
		if (project.faces === 'off')
			throw new AuraError(
				'gone',
				'The studio does not look for faces at this event. Ask the photographer for your photos.'
			);
		return { ...found, project };
	};

	implement(
		'GET /api/workspaces/{workspace}/events/{event}/guest-access',
		async ({ who, params, c }) => {
			const { id, role } = who.membership;
			assertMay(role, 'read');
			await requireEvent(database, who, params.event);
			const code = await codeOfEvent(database, id, params.event);
			if (!code) throw new AuraError('not_found', 'This event is not published to guests.');
			return accessOf(c, code);
		}
	);
	implement(
		'PUT /api/workspaces/{workspace}/events/{event}/guest-access',
		async ({ who, params, c }) => {
			const { id, role } = who.membership;
			assertMay(role, 'publish');
			const { name } = await requireEvent(database, who, params.event);
			const before = await codeOfEvent(database, id, params.event);
			const code = await publish(database, id, params.event);
			if (!before) await note(doerOf(who, c), 'guest_access.publish', name);
			return accessOf(c, code);
		}
	);
	implement(
		'DELETE /api/workspaces/{workspace}/events/{event}/guest-access',
		async ({ who, params, c }) => {
			const { id, role } = who.membership;
			assertMay(role, 'publish');
			const { name } = await requireEvent(database, who, params.event);
			await revoke(database, id, params.event);
			await note(doerOf(who, c), 'guest_access.revoke', name);
			return undefined;
		}
	);
	implement(
		'GET /api/workspaces/{workspace}/events/{event}/guest-access/poster',
		async ({ who, params, c }) => {
			const { id, role } = who.membership;
			assertMay(role, 'read');
			const event = await requireEvent(database, who, params.event);
			const code = await codeOfEvent(database, id, params.event);
			if (!code) throw new AuraError('not_found', 'Publish the event to guests first.');
			const studio = await studioName(database, id);
			const pdf = await drawPoster({
				studio,
				event: event.name,
				date: event.date,
				url: accessOf(c, code).url
			});
			return c.body(pdf, 200, {
				'Content-Type': 'application/pdf',
				'Content-Disposition': 'inline; filename="poster.pdf"',
				'Cache-Control': 'private, no-store'
			});
		}
	);

	implement(
		'GET /api/workspaces/{workspace}/events/{event}/guest-access/consents',
		async ({ who, params }) => {
			const { id, role } = who.membership;
			assertMay(role, 'publish');
			await requireEvent(database, who, params.event);
			return {
				consents: await database.tenant(id, (queries) => listConsents(queries, id, params.event))
			};
		}
	);

	implement('GET /api/scan/{code}', async ({ params, c }) => {
		const { code, workspace, project } = await requireCode(c, params.code);
		guests.welcome(c, code);
		const {
			inUse: { model, bytes }
		} = await choiceOf(database, workspace);
		const { settings } = await findWorkspace(database, workspace);
		return {
			studio: await studioName(database, workspace),
			event: { name: project.name, date: project.date },
			model: model.id,
			// what is too much for a phone is looked at here, or not at all
			...(model.id === defaultEmbedder.id
				? {}
				: { embedder: bytes <= MAX_DEVICE_MODEL_BYTES ? model : null }),
			...(settings[GUESTS_LIVENESS] === true ? { liveness: true } : {}),
			...(settings[GUESTS_NUMBERS] === true ? { numbers: true } : {}),
			consents: consentOf(settings)
		};
	});
	implement('POST /api/scan/{code}/search', async ({ params, body, c }) => {
		const { code, workspace, event, project } = await requireCode(c, params.code);
		const { more, consent } = body;
		await guests.search(c, code, more !== undefined);
		if (!consent)
			throw new AuraError('forbidden', 'A face is looked for only once somebody agreed to it.');
		const { settings } = await findWorkspace(database, workspace);
		const said = agreedTo(settings, consent, body.picture !== undefined);
		const { model, embedding } = await faceOf(workspace, body, settings);
		if (!more) {
			await database.tenant(workspace, (queries) =>
				noteConsent(queries, { workspace, event }, said)
			);
		}
		const found = await database.tenant(workspace, async (queries) => {
			await countSearch(queries, workspace, 'guests');
			return more
				? searchMore(queries, { workspace, event }, model, embedding, more, MAX_MORE)
				: searchEvent(queries, { workspace, event }, model, embedding, MAX_MATCHES);
		});
		if (!more && found.length === 0) await searchedForNobody(c, { code, workspace, project });
		c.header('Cache-Control', 'no-store');
		return { matches: signed(code, found) };
	});
	implement('POST /api/scan/{code}/numbers', async ({ params, body, c }) => {
		const { code, workspace, event, project } = await requireCode(c, params.code);
		const { settings } = await findWorkspace(database, workspace);
		if (settings[GUESTS_NUMBERS] !== true)
			throw new AuraError('forbidden', 'This studio finds photos by faces alone.');
		await guests.search(c, code, false);
		const found = await database.tenant(workspace, async (queries) => {
			await countSearch(queries, workspace, 'guests');
			return searchNumber(queries, { workspace, event }, bibOf(body.number)!, MAX_MATCHES);
		});
		if (found.length === 0) await searchedForNobody(c, { code, workspace, project });
		c.header('Cache-Control', 'no-store');
		return { matches: signed(code, found) };
	});
	implement('POST /api/scan/{code}/forget', async ({ params, body, c }) => {
		const { code, workspace, event } = await requireCode(c, params.code);
		await forgets.take(`${code} ${c.get('address')}`);
		const { settings } = await findWorkspace(database, workspace);
		const { model, embedding } = await faceOf(workspace, body, settings);
		c.header('Cache-Control', 'no-store');
		const photos = await database.tenant(workspace, (queries) =>
			askToForget(queries, { workspace, event }, model, embedding)
		);
		if (photos === 0)
			throw new AuraError(
				'not_found',
				'Your face is on no photo here: there is nothing to forget.'
			);
		return undefined;
	});
	implement('GET /api/scan/{code}/photos/{photo}/{kind}', async ({ params, query, c }) => {
		const { code, workspace, event } = await requireCode(c, params.code);
		const { photo, kind } = parseFileRef(params.photo, params.kind);
		const verdict = signer.verify(code, photo, kind, query.expires, query.signature);
		if (verdict === 'expired')
			throw new AuraError('gone', 'This address has expired. Search again.');
		if (verdict === 'wrong' || kind === 'faces')
			throw new AuraError('forbidden', 'This address is not valid.');
		const ref = { workspace, event, photo };
		const [file, name] = await database.tenant(workspace, async (queries) => [
			await findFile(queries, ref, kind),
			(
				await queries.query<{ name: string }>(
					`select name from live_photos where workspace_id = $1 and event_id = $2 and id = $3`,
					[workspace, event, photo]
				)
			)[0]?.name
		]);
		if (!file || name === undefined)
			throw new AuraError(
				'not_found',
				'This photo has not arrived from the photographer yet. Try again later.'
			);
		const shown = await fileForGuests(c, ref, kind, file);
		if (!shown)
			throw new AuraError(
				'not_found',
				'This photo cannot be downloaded in this size. Ask the studio for it.'
			);
		access.note(workspace, shown.asset);
		c.header('Vary', 'Accept');
		return sendFile(c, storage, shown, withExtension(name, shown.path));
	});
}

/** A name that says what is in the file: guests may get another format than was taken. */
function withExtension(name: string, path: string): string {
	const extension = path.split('.').pop()!;
	const stem = name.replace(/\.[^.]*$/, '');
	const isSame = new RegExp(
		`\\.(${extension}|${extension === 'jpg' ? 'jpe?g' : extension})$`,
		'i'
	).test(name);
	return isSame || extension === 'raw' ? name : `${stem}.${extension}`;
}
