// The outbox of this device: Dexie, Web Locks and the API.
import type { EndpointKey } from '#shared/api/endpoints.ts';
import { call } from '../api/client.ts';
import type { DeviceDatabase } from '../device/database.ts';
import type { DocumentRegistry } from '../documents/registry.ts';
import { type CommandStore, type Outbox, createOutbox } from './outbox.ts';

/** How long a command waits for edits that were made before it, ms; an import may go on for hours. */
const EDITS_MS = 3_000;
/** A request without an answer for so long has none, ms. */
const ANSWER_MS = 30_000;

export function commandStore({ commands }: DeviceDatabase): CommandStore {
	return {
		async add(command) {
			await commands.add(command);
		},
		get: (id) => commands.get({ id }),
		all: () => commands.orderBy('order').toArray(),
		async update(id, changes) {
			await commands.where('id').equals(id).modify(changes);
		},
		async remove(id) {
			await commands.where('id').equals(id).delete();
		}
	};
}

export function openOutbox(
	person: string,
	database: DeviceDatabase,
	registry: DocumentRegistry
): Outbox {
	return createOutbox({
		store: commandStore(database),
		send: ({ id, endpoint, params, body }) =>
			call(
				endpoint as EndpointKey,
				{
					params,
					body,
					headers: { 'Idempotency-Key': id },
					signal: AbortSignal.timeout(ANSWER_MS)
				} as never
			),
		ready: () => registry.sent(EDITS_MS),
		hasEdits: async () => (await database.replicas.where('waiting').equals(1).count()) > 0,
		alone: async (run) => {
			await navigator.locks.request(`aura-outbox-${person}`, run);
		},
		makeId: () => crypto.randomUUID(),
		now: () => Date.now(),
		after(ms, run) {
			const timer = setTimeout(run, ms);
			return () => clearTimeout(timer);
		},
		random: () => Math.random(),
		failed: (error) => console.error(error)
	});
}
