import { Operation, Response } from './codes.ts';
import {
	ContainerType,
	HEADER_BYTES,
	type Header,
	UNKNOWN_LENGTH,
	readHeader,
	readParameters,
	writeContainer,
	writeDataHeader
} from './container.ts';
import { PtpError, hex } from './error.ts';

/** The two bulk endpoints of a camera. */
export interface Pipe {
	/** One transfer out. @throws PtpError 'gone' or 'stall' */
	write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** One transfer in; fewer bytes than asked for end a phase. @throws PtpError 'gone' or 'stall' */
	read(length: number): Promise<Uint8Array>;
	/** bytes of one packet: what is asked for is a multiple of it */
	packet: number;
}

/** Time, as the session needs it. */
export interface Timer {
	/** @returns undoes it */
	after(ms: number, then: () => void): () => void;
}

export interface Request {
	operation: number;
	parameters?: readonly number[];
	/** sent with the command */
	data?: Uint8Array<ArrayBuffer>;
	/** refuse an answer of more bytes than this */
	max?: number;
	/** response codes besides OK that the caller knows what to do with */
	accept?: readonly number[];
	/** how long nothing may come, milliseconds */
	patience?: number;
	/** goes before what waits: the shutter does not wait behind transfers */
	isUrgent?: boolean;
}

export interface Answer {
	response: number;
	parameters: number[];
	/** as many bytes as came, which may be fewer than the camera announced */
	data: Uint8Array<ArrayBuffer>;
}

export interface Session {
	ask(request: Request): Promise<Answer>;
	/** Why it can be used no more; null: it can. */
	readonly failure: PtpError | null;
	/** Resolves with the reason when it can be used no more. */
	readonly ended: Promise<PtpError>;
	/** Ends what waits. */
	end(failure: PtpError): void;
	/** Resolves after so many milliseconds. */
	wait(ms: number): Promise<void>;
	/** Resolves when nothing waits any more. */
	idle(): Promise<void>;
}

/** Whatever an answer may hold unless its caller says otherwise, bytes. */
const MAX_ANSWER = 16 * 1024 ** 2;
const PATIENCE_MS = 10_000;
const READ_BYTES = 1024 ** 2;
/** How often, and how long after each other, a busy camera is asked again: for six seconds. */
const BUSY_TRIES = 60;
const BUSY_MS = 100;
/** Answers of transactions that were given up on are skipped, but not without end. */
const MAX_STALE = 8;

interface Waiting {
	request: Request;
	resolve(answer: Answer): void;
	reject(error: unknown): void;
}

/**
 * Carries out one transaction after the other (PTP 9.3.1). An answer that does not come, or makes no sense, ends the session:
 * what arrives later could be taken for the answer to something else, so the connection has to be opened anew.
 */
export function openSession(pipe: Pipe, timer: Timer): Session {
	let transaction = 0;
	let failure: PtpError | null = null;
	let isRunning = false;
	const queue: Waiting[] = [];
	let idlers: (() => void)[] = [];
	/** a response that came in one transfer with the data before it */
	let pushed: Uint8Array | null = null;

	const wait = (ms: number) => new Promise<void>((resolve) => void timer.after(ms, resolve));

	/** @throws PtpError 'timeout' when nothing comes for so long */
	function patiently<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
		return new Promise((resolve, reject) => {
			const undo = timer.after(ms, () =>
				reject(new PtpError('timeout', `The camera did not answer for ${ms / 1000} s (${what}).`))
			);
			work.then(resolve, reject).finally(undo);
		});
	}

	/** The next transfer that holds anything: a data phase that fills its last packet is closed by an empty one. */
	async function readTransfer(length: number, patience: number, what: string): Promise<Uint8Array> {
		if (pushed) {
			const bytes = pushed;
			pushed = null;
			return bytes;
		}
		for (let empty = 0; empty < MAX_STALE; empty++) {
			const bytes = await patiently(pipe.read(length), patience, what);
			if (bytes.length > 0) return bytes;
		}
		throw new PtpError('garbage', `The camera sends nothing but empty packets (${what}).`);
	}

	const inPackets = (length: number) => Math.ceil(length / pipe.packet) * pipe.packet;

	/** What follows the header of a data phase, which may come with it or by itself. */
	async function readData(
		header: Header,
		first: Uint8Array,
		max: number,
		patience: number,
		what: string
	): Promise<Uint8Array<ArrayBuffer>> {
		const isUnknown = header.length === UNKNOWN_LENGTH;
		const length = isUnknown ? max : header.length - HEADER_BYTES;
		if (length > max)
			throw new PtpError(
				'too_large',
				`The camera announces ${length} bytes where ${max} were expected (${what}).`
			);
		const parts: Uint8Array[] = [first.subarray(HEADER_BYTES)];
		let got = first.length - HEADER_BYTES;
		// a header alone, or a transfer that was filled: more follows; a short one ends the phase
		let isOver = first.length !== HEADER_BYTES && first.length % pipe.packet !== 0;
		while (got < length && !isOver) {
			const asked = Math.min(READ_BYTES, inPackets(length - got));
			const part = await patiently(pipe.read(asked), patience, what);
			parts.push(part);
			got += part.length;
			isOver = part.length < asked;
		}
		const data = new Uint8Array(Math.min(got, length));
		let at = 0;
		for (const part of parts) {
			data.set(part.subarray(0, data.length - at), at);
			at += part.length;
		}
		if (got > length) {
			// firmware that leaves out the empty packet sends its response along
			const rest = parts.at(-1)!.subarray(-(got - length));
			if (rest.length < HEADER_BYTES || readHeader(rest).type !== ContainerType.Response)
				throw new PtpError('garbage', `The camera sends more than it announced (${what}).`);
			pushed = rest;
		}
		return data;
	}

	async function once(request: Request): Promise<Answer> {
		const { operation, parameters = [], max = MAX_ANSWER, patience = PATIENCE_MS } = request;
		const what = hex(operation);
		const id = (transaction = transaction >= 0xfffffffe ? 1 : transaction + 1);
		await patiently(
			pipe.write(writeContainer(ContainerType.Command, operation, id, parameters)),
			patience,
			what
		);
		if (request.data) {
			const header = writeDataHeader(operation, id, request.data.length);
			const whole = new Uint8Array(header.length + request.data.length);
			whole.set(header);
			whole.set(request.data, header.length);
			await patiently(pipe.write(whole), patience, what);
		}
		let data: Uint8Array<ArrayBuffer> | null = null;
		for (let stale = 0; stale < MAX_STALE; stale++) {
			const first = await readTransfer(
				request.max === undefined
					? pipe.packet
					: Math.min(READ_BYTES, inPackets(max + HEADER_BYTES)),
				patience,
				what
			);
			const header = readHeader(first);
			const isOurs = header.transaction === id;
			if (header.type === ContainerType.Data) {
				const payload = await readData(header, first, max, patience, what);
				if (isOurs) data = payload;
			} else if (header.type === ContainerType.Response) {
				if (!isOurs) continue;
				return {
					response: header.code,
					parameters: readParameters(first, header),
					data: data ?? new Uint8Array(0)
				};
			} else throw new PtpError('garbage', `The camera answers with a command (${what}).`);
		}
		throw new PtpError('garbage', `The camera answers other questions than this one (${what}).`);
	}

	async function carryOut(request: Request): Promise<Answer> {
		const accepted = [Response.OK as number, ...(request.accept ?? [])];
		for (let tries = 0; ; tries++) {
			const answer = await once(request);
			if (accepted.includes(answer.response)) return answer;
			if (answer.response !== Response.DeviceBusy || tries >= BUSY_TRIES)
				throw new PtpError(
					'refused',
					`The camera refuses ${hex(request.operation)}: ${hex(answer.response)}.`,
					answer.response
				);
			await wait(BUSY_MS);
		}
	}

	let tellEnd: (reason: PtpError) => void;
	const ended = new Promise<PtpError>((resolve) => (tellEnd = resolve));

	function end(reason: PtpError): void {
		failure ??= reason;
		tellEnd(failure);
		for (const { reject } of queue.splice(0)) reject(failure);
	}

	async function run(): Promise<void> {
		if (isRunning) return;
		isRunning = true;
		for (let next = queue.shift(); next; next = queue.shift()) {
			try {
				next.resolve(await carryOut(next.request));
			} catch (error) {
				const known =
					error instanceof PtpError ? error : new PtpError('garbage', (error as Error).message);
				// a refusal is an answer; a stall ends its transaction, and the next begins afresh
				if (known.code !== 'refused' && known.code !== 'stall') end(known);
				next.reject(failure ?? known);
			}
		}
		isRunning = false;
		for (const resolve of idlers) resolve();
		idlers = [];
	}

	return {
		get failure() {
			return failure;
		},
		ask(request) {
			if (failure) return Promise.reject(failure);
			return new Promise((resolve, reject) => {
				const waiting = { request, resolve, reject };
				if (request.isUrgent) queue.unshift(waiting);
				else queue.push(waiting);
				void run();
			});
		},
		wait,
		ended,
		end,
		idle: () =>
			isRunning ? new Promise<void>((resolve) => void idlers.push(resolve)) : Promise.resolve()
	};
}

/** Opens the protocol's session; one that is open already is used. */
export async function begin(session: Session): Promise<void> {
	await session.ask({
		operation: Operation.OpenSession,
		parameters: [1],
		accept: [Response.SessionAlreadyOpen]
	});
}
