// Where a network runs: on the graphics card, or on the processor by the engine that is quickest there. Runs in workers.
import { type Model, onProcessor } from '#shared/faces/models.ts';
import type { Network } from '#shared/faces/network.ts';
import { fetchKept, fetchOnce, isHere } from './keep.ts';
import { type OpenOnnx, loadForCard, loadForProcessor } from './onnx.ts';

async function hasWebGpu(): Promise<boolean> {
	const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
	return gpu ? gpu.requestAdapter().then(Boolean, () => false) : false;
}

/** Where networks run: 'any' takes the graphics card if there is one, whose build of the engine is much larger; 'portable' is one engine for all networks, on the processor. */
export type Where = 'any' | 'portable';

/** The graphics card was lost, or cannot do it: this worker uses the processor from then on. */
let isCardLost = false;

const usesCard = async (where: Where): Promise<boolean> =>
	where === 'any' && !isCardLost && (await hasWebGpu());

interface Loaded {
	openOnnx: OpenOnnx;
	isOnCard: boolean;
}

let loading: Promise<Loaded> | null = null;

/** One for all networks of a worker. */
function loadEngine(threads: number, where: Where): Promise<Loaded> {
	loading ??= usesCard(where)
		.then(async (isOnCard) => ({
			openOnnx: isOnCard
				? await loadForCard(threads)
				: await loadForProcessor(threads, where === 'portable'),
			isOnCard
		}))
		.catch((error: unknown) => {
			loading = null;
			throw error;
		});
	return loading;
}

/** An engine runs one network at a time. */
let last: Promise<unknown> = Promise.resolve();

function leaveCard(): void {
	if (isCardLost) return;
	isCardLost = true;
	loading = null;
}

async function bytesOf({ file }: Model, where: Where): Promise<Uint8Array> {
	if (where === 'any') await fetchOnce([file]);
	const response = await (where === 'portable' ? fetchKept : fetch)(file);
	if (!response.ok) throw new Error(`The face model could not be loaded (${response.status}).`);
	return new Uint8Array(await response.arrayBuffer());
}

interface Opened {
	run: Network;
	isOnCard: boolean;
}

/**
 * With the engine that is quickest on a processor.
 * @returns null where it does not run, or is not here while the other is
 * @throws when it cannot be fetched
 */
async function openQuick(model: Model, where: Where): Promise<Network | null> {
	const quick = where === 'any' ? onProcessor(model) : null;
	if (!quick || (await usesCard(where))) return null;
	const fetched = async () => {
		const litert = await import('./litert.ts');
		if (!(await litert.runsHere())) return null;
		const [bytes] = await Promise.all([bytesOf(quick, where), litert.fetchLiteRt()]);
		return () => litert.openLiteRt(bytes);
	};
	const opening = await fetched().catch(async (error: unknown) => {
		if (await isHere(model.file)) return null;
		throw error;
	});
	return opening?.().catch(() => null) ?? null;
}

async function open(model: Model, threads: number, where: Where): Promise<Opened> {
	const quick = await openQuick(model, where);
	if (quick) return { run: quick, isOnCard: false };
	const [bytes, { openOnnx, isOnCard }] = await Promise.all([
		bytesOf(model, where),
		loadEngine(threads, where)
	]);
	try {
		return { run: await openOnnx(bytes), isOnCard };
	} catch (error) {
		if (!isOnCard) throw error;
		leaveCard();
		return open(model, threads, where);
	}
}

/**
 * Loads a network. When the graphics card is lost, what was being worked on is done again by the processor.
 * @param threads of the engine for .onnx files; more than one need a cross-origin isolated page
 * @throws when model or engine cannot be fetched
 */
export async function loadNetwork(
	model: Model,
	threads = 1,
	where: Where = 'any'
): Promise<Network> {
	let opened = await open(model, threads, where);
	const run: Network = async (...input) => {
		try {
			return await opened.run(...input);
		} catch (error) {
			if (!opened.isOnCard) throw error;
			leaveCard();
			opened = await open(model, threads, where);
			return opened.run(...input);
		}
	};
	return (...input) => {
		const made = last.then(() => run(...input));
		last = made.catch(() => undefined);
		return made;
	};
}
