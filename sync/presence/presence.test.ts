import { describe, expect, it } from 'vitest';
import { readPresence, writePresence } from './codec.ts';
import { Presence } from './presence.ts';

function presenceOf(person = 'me') {
	const said: string[] = [];
	let later: (() => void) | null = null;
	let ids = 10;
	let changes = 0;
	const presence = new Presence(person, {
		say: (update) =>
			said.push(...readPresence(update, 10)!.map(({ client, state }) => `${client} ${state}`)),
		after: (_, run) => {
			later = run;
			return () => (later = null);
		},
		id: () => ids++,
		onChange: () => changes++
	});
	return {
		presence,
		said,
		changes: () => changes,
		wait: () => later?.()
	};
}
const state = (client: number, clock: number, id: string, photo: string | null) => ({
	client,
	clock,
	state: JSON.stringify({ photo, user: { id, name: `Name of ${id}` } })
});

describe('presence', () => {
	it('says the first thing at once, and then only the last of what changes quickly', () => {
		const { presence, said, wait } = presenceOf();
		presence.be({ photo: null });
		for (const photo of ['a', 'b', 'c']) presence.be({ photo });
		expect(said).toEqual(['10 {"photo":null}']);
		wait();
		expect(said).toEqual(['10 {"photo":null}', '10 {"photo":"c"}']);
		presence.be({ photo: 'c' });
		expect(said).toHaveLength(2);
	});

	it('shows each person once, without oneself, with the photo that one of their devices shows', () => {
		const { presence } = presenceOf();
		presence.hear(
			writePresence([
				state(1, 1, 'me', 'x'),
				state(2, 1, 'selam', null),
				state(3, 1, 'selam', 'p'),
				state(4, 1, 'dawit', null),
				{ client: 5, clock: 1, state: '{"photo":"q"}' },
				{ client: 6, clock: 1, state: 'not json' }
			])
		);
		expect(presence.others()).toEqual([
			{ id: 'dawit', name: 'Name of dawit', photo: null },
			{ id: 'selam', name: 'Name of selam', photo: 'p' }
		]);
		presence.hear(writePresence([{ client: 3, clock: 1, state: 'null' }]));
		expect(presence.others()[1]!.photo).toBe('p');
		presence.hear(writePresence([{ client: 3, clock: 2, state: 'null' }]));
		expect(presence.others()[1]!.photo).toBeNull();
	});

	it('knows nobody without a connection, and comes back as somebody new', () => {
		const { presence, said } = presenceOf();
		presence.be({ photo: 'a' });
		presence.hear(writePresence([state(2, 1, 'selam', 'p')]));
		presence.hear(null);
		expect(presence.others()).toEqual([]);
		expect(said).toEqual(['10 {"photo":"a"}', '11 {"photo":"a"}']);
	});
});
