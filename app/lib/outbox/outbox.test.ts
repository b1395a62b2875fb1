import { beforeEach, expect, it } from 'vitest';
import { AuraError } from '#shared/errors.ts';
import {
	type Asked,
	type Command,
	type CommandStore,
	type OutboxParts,
	createOutbox,
	outboxTimes
} from './outbox.ts';

let rows: Command[];
let clock: number;
let isOnline: boolean;
let hasEdits: boolean;
let timers: { at: number; run: () => void }[];
let sent: { id: string; endpoint: string }[];
let answer: (command: Command) => unknown;
let lock: Promise<void>;
let order = 0;

const store: CommandStore = {
	add: async (command) => void rows.push({ ...command, order: ++order }),
	get: async (id) => rows.find((row) => row.id === id),
	all: async () => rows.map((row) => ({ ...row })),
	update: async (id, changes) => {
		rows = rows.map((row) => (row.id === id ? { ...row, ...changes } : row));
	},
	remove: async (id) => void (rows = rows.filter((row) => row.id !== id))
};
const parts = (): OutboxParts => ({
	store,
	async send(command) {
		sent.push({ id: command.id, endpoint: command.endpoint });
		if (!isOnline) throw new Error('no network');
		return answer(command);
	},
	ready: async () => isOnline,
	hasEdits: async () => hasEdits,
	alone: (run) => (lock = lock.then(run)),
	makeId: () => `id-${++order}`,
	now: () => clock,
	after(ms, run) {
		const timer = { at: clock + ms, run };
		timers.push(timer);
		return () => void (timers = timers.filter((each) => each !== timer));
	},
	random: () => 0.5,
	failed: (error) => {
		throw error;
	}
});
const asked = (endpoint: string, subject = endpoint): Asked => ({
	subject,
	words: `do ${endpoint}`,
	endpoint,
	params: {}
});
const settle = async () => {
	for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};
/** Lets time pass, and what is due happen. */
async function pass(ms: number): Promise<void> {
	const end = clock + ms;
	for (;;) {
		timers.sort((a, b) => a.at - b.at);
		const next = timers[0];
		if (!next || next.at > end) break;
		timers.shift();
		clock = next.at;
		next.run();
		await settle();
	}
	clock = end;
}

beforeEach(() => {
	rows = [];
	clock = 1_000_000;
	isOnline = true;
	hasEdits = false;
	timers = [];
	sent = [];
	answer = () => undefined;
	lock = Promise.resolve();
});

it('gives the answer to whoever asked, and keeps nothing', async () => {
	answer = () => ({ url: 'https://studio.example/invitations/x' });
	const outcome = await createOutbox(parts()).ask(asked('invite'));
	expect(outcome).toEqual({
		kind: 'done',
		answer: { url: 'https://studio.example/invitations/x' }
	});
	expect(rows).toEqual([]);
});

it('keeps a command without a network, and sends it by itself later, once', async () => {
	isOnline = false;
	const outbox = createOutbox(parts());
	expect(await outbox.ask(asked('invite'))).toEqual({ kind: 'waits' });
	expect(rows).toMatchObject([{ state: 'waiting', triedAt: null }]);
	isOnline = true;
	await pass(outboxTimes.longest);
	expect(sent.length).toBe(1);
	expect(rows).toMatchObject([{ state: 'done' }]);
});

it('tries again with the same key where the answer was lost', async () => {
	let isLost = true;
	answer = () => {
		if (isLost) throw new Error('connection reset');
		return 'yes';
	};
	const outbox = createOutbox(parts());
	expect(await outbox.ask(asked('publish'))).toEqual({ kind: 'waits' });
	isLost = false;
	outbox.wake();
	await settle();
	expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
	expect(rows).toMatchObject([{ state: 'done', answer: 'yes', tries: 2 }]);
});

it('goes on after a crash between sending and hearing', async () => {
	answer = () => new Promise(() => {});
	const dying = createOutbox(parts());
	void dying.ask(asked('publish'));
	await settle();
	const { id } = sent[0]!;
	lock = Promise.resolve();
	answer = () => 'yes';
	createOutbox(parts()).wake();
	await settle();
	expect(sent.map((each) => each.id)).toEqual([id, id]);
	expect(rows).toMatchObject([{ state: 'done' }]);
});

it('keeps the order of one subject, and lets others pass', async () => {
	answer = ({ endpoint }) => {
		if (endpoint === 'publish') throw new AuraError('unavailable', 'Not now.');
		return undefined;
	};
	const outbox = createOutbox(parts());
	const [publish, close, other] = await Promise.all([
		outbox.ask(asked('publish', 'event 1')),
		outbox.ask(asked('close', 'event 1')),
		outbox.ask(asked('invite', 'invitation'))
	]);
	expect([publish.kind, close.kind, other.kind]).toEqual(['waits', 'waits', 'done']);
	expect(sent.some(({ endpoint }) => endpoint === 'close')).toBe(false);
	answer = () => undefined;
	await pass(outboxTimes.longest);
	expect(sent.slice(-2).map(({ endpoint }) => endpoint)).toEqual(['publish', 'close']);
	expect(rows.every(({ state }) => state === 'done')).toBe(true);
});

it('says what was refused: at once, or later to whoever comes to look', async () => {
	answer = () => {
		throw new AuraError('conflict', 'Selam belongs to the studio already.');
	};
	const outbox = createOutbox(parts());
	expect(await outbox.ask(asked('invite'))).toMatchObject({
		kind: 'refused',
		error: { code: 'conflict' }
	});
	expect(rows).toEqual([]);
	isOnline = false;
	await outbox.ask(asked('invite'));
	isOnline = true;
	outbox.wake();
	await settle();
	expect(rows).toMatchObject([
		{ state: 'refused', code: 'conflict', problem: 'Selam belongs to the studio already.' }
	]);
	// it does not happen by itself any more; asked for again it is a new command
	const [{ id }] = rows as [Command];
	answer = () => undefined;
	await pass(outboxTimes.longest);
	expect(rows.length).toBe(1);
	await outbox.again(id);
	await settle();
	expect(rows).toMatchObject([{ state: 'done' }]);
	expect(rows[0]!.id).not.toBe(id);
});

it('waits as long as the server says, and for a sign-in', async () => {
	answer = () => {
		throw new AuraError('too_many_requests', 'Wait.', { retryAfter: 90 });
	};
	const outbox = createOutbox(parts());
	await outbox.ask(asked('invite'));
	await pass(85_000);
	expect(sent.length).toBe(1);
	answer = () => {
		throw new AuraError('unauthenticated', 'Sign in.');
	};
	await pass(6_000);
	expect(sent.length).toBe(2);
	expect(rows).toMatchObject([{ state: 'waiting' }]);
});

it('does not take "not found" for an answer while edits wait', async () => {
	hasEdits = true;
	answer = () => {
		throw new AuraError('not_found', 'There is no such event.');
	};
	const outbox = createOutbox(parts());
	expect((await outbox.ask(asked('publish'))).kind).toBe('waits');
	hasEdits = false;
	answer = () => undefined;
	await pass(outboxTimes.longest);
	expect(rows).toMatchObject([{ state: 'done' }]);
});

it('takes back what was not sent, and says when it is too late', async () => {
	isOnline = false;
	const outbox = createOutbox(parts());
	await outbox.ask(asked('invite'));
	expect(await outbox.cancel(rows[0]!.id)).toBe(true);
	await outbox.ask(asked('invite'));
	const [{ id }] = rows as [Command];
	isOnline = true;
	outbox.wake();
	expect(await outbox.cancel(id)).toBe(false);
});

it('does not repeat what the server may have forgotten that it did', async () => {
	answer = () => {
		throw new Error('connection reset');
	};
	const outbox = createOutbox(parts());
	await outbox.ask(asked('invite'));
	outbox.stop();
	clock += outboxTimes.remembered;
	answer = () => undefined;
	createOutbox(parts()).wake();
	await settle();
	expect(sent.length).toBe(1);
	expect(rows).toMatchObject([{ state: 'refused', code: 'gone' }]);
});

it('does not keep somebody waiting who asked on a slow network', async () => {
	answer = () => new Promise(() => {});
	const waiting = createOutbox(parts()).ask(asked('invite'));
	await settle();
	await pass(outboxTimes.patience);
	expect((await waiting).kind).toBe('waits');
});
