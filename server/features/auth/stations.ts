// Unlocking a device that its person enrolled, by PIN or face. The device shows its key with every try: whoever only
// knows the PIN, or only has a picture of the face, opens nothing from elsewhere.
import { randomUUID } from 'node:crypto';
import { AuraError } from '#shared/errors.ts';
import { defaultEmbedder } from '#shared/faces/models.ts';
import { embeddingFault } from '#shared/faces/sidecar.ts';
import type { Unlock } from '#shared/stations.ts';
import type { SignInMethod } from '#shared/sessions.ts';
import type { Database } from '../../database/database.ts';
import type { SecretBox } from '../../secrets.ts';
import type { MakeLimit } from '../../http/limits.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import {
	beginAttempt,
	deleteStation,
	insertStation,
	lockedFor,
	mayUseFace,
	setFace,
	succeed
} from './station-store.ts';
import { makeToken, tokenHash } from './tokens.ts';

/**
 * Euclidean distance up to which a face unlocks: well below the one at which photos are shown as somebody's (0.55).
 * On the labelled photos of tests/bench/accuracy the nearest two different people are 0.50 apart.
 */
const FACE_THRESHOLD = 0.42;

const notThere = () => new AuraError('not_found', 'There is no such device.');
const facePurpose = (user: string) => `face of ${user}`;

export interface Stations {
	enrol(user: string, name: string, pin: string): Promise<{ id: string; key: string }>;
	/** @throws AuraError not_found */
	remove(user: string, id: string): Promise<void>;
	/** @throws AuraError forbidden where the studio does not allow it, not_found, invalid */
	enrolFace(user: string, id: string, key: string, embedding: number[]): Promise<void>;
	/** @throws AuraError not_found */
	forgetFace(user: string, id: string): Promise<void>;
	/** @returns the person. @throws AuraError unauthenticated, too_many_requests, forbidden */
	unlock(
		id: string,
		given: Unlock,
		address: string
	): Promise<{ user: string; method: SignInMethod }>;
}

export function createStations(
	database: Database,
	secrets: SecretBox,
	makeLimit: MakeLimit
): Stations {
	const byAddress = makeLimit({
		name: 'station-address',
		points: 60,
		seconds: 15 * 60,
		isGrowing: true
	});
	const byAll = makeLimit({ name: 'station-all', points: 2_000, seconds: 60 });

	const toBytes = (embedding: number[]) => Buffer.from(Float32Array.from(embedding).buffer);
	const assertEmbedding = (embedding: number[]) => {
		const fault = embeddingFault(embedding, defaultEmbedder);
		if (fault) throw new AuraError('invalid', fault);
	};
	const isSameFace = (sealed: Uint8Array, user: string, embedding: number[]): boolean => {
		const bytes = Uint8Array.from(secrets.open(sealed, facePurpose(user)));
		const known = new Float32Array(bytes.buffer);
		if (known.length !== embedding.length) return false;
		const sum = known.reduce((all, value, at) => all + (value - embedding[at]!) ** 2, 0);
		return Math.sqrt(sum) <= FACE_THRESHOLD;
	};

	return {
		async enrol(user, name, pin) {
			const id = randomUUID();
			const { token, hash } = makeToken();
			const pinHash = await hashPassword(pin);
			await insertStation(database, { id, user, keyHash: hash, name, pinHash });
			return { id, key: token };
		},
		async remove(user, id) {
			if (!(await deleteStation(database, user, id))) throw notThere();
		},
		async enrolFace(user, id, key, embedding) {
			if (!(await mayUseFace(database, user)))
				throw new AuraError(
					'forbidden',
					'A studio that you belong to does not let faces unlock devices. Its admin can allow it in the settings.'
				);
			assertEmbedding(embedding);
			const face = secrets.seal(toBytes(embedding), facePurpose(user));
			if (!(await setFace(database, { user, id, keyHash: tokenHash(key) }, face))) throw notThere();
		},
		async forgetFace(user, id) {
			if (!(await setFace(database, { user, id, keyHash: null }, null))) throw notThere();
		},
		async unlock(id, given, address) {
			await byAddress.take(address);
			await byAll.take('all');
			const keyHash = tokenHash(given.key);
			if ('embedding' in given) assertEmbedding(given.embedding);
			const attempt = await beginAttempt(database, id, keyHash);
			if (!attempt) {
				const retryAfter = await lockedFor(database, id, keyHash);
				if (retryAfter !== null)
					throw new AuraError(
						'too_many_requests',
						`Too many wrong tries. Wait ${Math.ceil(retryAfter / 60)} minutes, or sign in with your password.`,
						{ retryAfter }
					);
			}
			if ('embedding' in given) {
				if (attempt && !(await mayUseFace(database, attempt.user)))
					throw new AuraError(
						'forbidden',
						'The studio does not let faces unlock devices any more.'
					);
				if (!attempt?.face || !isSameFace(attempt.face, attempt.user, given.embedding))
					throw new AuraError(
						'unauthenticated',
						'This face is not known on this device. Use the PIN.'
					);
			} else if (!(await verifyPassword(attempt?.pinHash ?? null, given.pin)))
				throw new AuraError(
					'unauthenticated',
					attempt
						? 'The PIN is wrong.'
						: 'This device is not enrolled any more. Sign in with your password.',
					{ isEnrolled: attempt !== null }
				);
			await succeed(database, id);
			return { user: attempt!.user, method: 'embedding' in given ? 'face' : 'pin' };
		}
	};
}
