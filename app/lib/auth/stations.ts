// People who sign in on this device with a PIN or their face: what it keeps of each.
import type { Identity } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import { call } from '../api/client.ts';

export interface StationHere {
	id: string;
	/** secret of this device, without which the PIN opens nothing */
	key: string;
	person: string;
	name: string;
	hasFace: boolean;
}

const KEY = 'aura.stations';

export function stationsHere(): StationHere[] {
	try {
		const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]') as unknown;
		return Array.isArray(kept) ? (kept as StationHere[]) : [];
	} catch {
		return [];
	}
}

const keep = (stations: StationHere[]) => localStorage.setItem(KEY, JSON.stringify(stations));

export function forgetStation(id: string): void {
	keep(stationsHere().filter((each) => each.id !== id));
}

/** Lets a PIN unlock this device for whoever is signed in. */
export async function enrolHere(
	person: { id: string; name: string },
	pin: string
): Promise<StationHere> {
	const { id, key } = await call('POST /api/auth/stations', {
		body: { name: deviceName(), pin }
	});
	const station = { id, key, person: person.id, name: person.name, hasFace: false };
	keep([...stationsHere().filter((each) => each.person !== person.id), station]);
	return station;
}

export async function enrolFaceHere(station: StationHere, embedding: Float32Array): Promise<void> {
	await call('PUT /api/auth/stations/{station}/face', {
		params: { station: station.id },
		body: { key: station.key, embedding: [...embedding] }
	});
	setFaceHere(station.id, true);
}

export function setFaceHere(id: string, hasFace: boolean): void {
	keep(stationsHere().map((each) => (each.id === id ? { ...each, hasFace } : each)));
}

/** Signs in. @throws AuraError; a station that the server does not know any more is forgotten */
export async function unlockHere(
	station: StationHere,
	answer: { pin: string } | { embedding: Float32Array }
): Promise<Identity> {
	const body =
		'pin' in answer
			? { key: station.key, pin: answer.pin }
			: { key: station.key, embedding: [...answer.embedding] };
	try {
		return await call('POST /api/auth/stations/{station}/unlock', {
			params: { station: station.id },
			body
		});
	} catch (error) {
		if (error instanceof AuraError && error.details['isEnrolled'] === false)
			forgetStation(station.id);
		throw error;
	}
}

/** What this device is called in the list of stations. */
function deviceName(): string {
	const { userAgent } = navigator;
	const system = /Android|iPhone|iPad|Windows|Mac OS|CrOS|Linux/.exec(userAgent)?.[0] ?? 'Device';
	return system === 'Mac OS' ? 'Mac' : system === 'CrOS' ? 'Chromebook' : system;
}
