// The one place that knows onnxruntime-web in the browser. Runs in workers.
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import gpuWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { Model } from '#shared/faces/models.ts';
import type { Network } from '#shared/faces/network.ts';
import { fetchKept, fetchOnce } from './keep.ts';

/** What both builds of the engine have in common. */
interface Engine {
	InferenceSession: {
		create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
	};
	Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

async function hasWebGpu(): Promise<boolean> {
	const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
	return gpu ? gpu.requestAdapter().then(Boolean, () => false) : false;
}

/** Where networks run: 'any' takes the graphics card if there is one, whose build of the engine is much larger. */
export type Where = 'any' | 'processor';

interface Loaded {
	engine: Engine;
	/** absent: networks run on the processor */
	card?: { lost(): Promise<unknown> };
}

/** The graphics card was lost, or cannot do it: this worker uses the processor from then on. */
let isCardLost = false;

async function openEngine(threads: number, where: Where): Promise<Loaded> {
	if (where === 'any' && !isCardLost && (await hasWebGpu())) {
		const [ort] = await Promise.all([import('onnxruntime-web/webgpu'), fetchOnce([gpuWasmUrl])]);
		ort.env.wasm.wasmPaths = { wasm: gpuWasmUrl };
		ort.env.wasm.numThreads = threads;
		const lost = async () => ((await ort.env.webgpu.device) as { lost: Promise<unknown> }).lost;
		return { engine: ort, card: { lost } };
	}
	const [ort, binary] = await Promise.all([
		import('onnxruntime-web/wasm'),
		// fetched by the engine itself it would be kept only where the application is installed
		where === 'processor'
			? fetchKept(wasmUrl).then((response) => response.arrayBuffer())
			: fetchOnce([wasmUrl]).then(() => null)
	]);
	ort.env.wasm.wasmPaths = { wasm: wasmUrl };
	if (binary) ort.env.wasm.wasmBinary = binary;
	ort.env.wasm.numThreads = threads;
	return { engine: ort };
}

let loading: Promise<Loaded> | null = null;

/** One for all networks of a worker. */
function loadEngine(threads: number, where: Where): Promise<Loaded> {
	loading ??= openEngine(threads, where).catch((error: unknown) => {
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

/**
 * Loads a network. When the graphics card is lost, what was being worked on is done again by the processor.
 * @param threads of the WASM engine; more than one need a cross-origin isolated page
 * @throws when model or engine cannot be fetched
 */
export async function loadNetwork(
	model: Model,
	threads = 1,
	where: Where = 'any'
): Promise<Network> {
	const load = async () => {
		if (where === 'any') await fetchOnce([model.file]);
		const response = await (where === 'processor' ? fetchKept : fetch)(model.file);
		if (!response.ok) throw new Error(`The face model could not be loaded (${response.status}).`);
		return new Uint8Array(await response.arrayBuffer());
	};
	const open = async (): Promise<{ run: Network; isOnCard: boolean }> => {
		const [bytes, { engine, card }] = await Promise.all([load(), loadEngine(threads, where)]);
		try {
			const run = await openSession(engine, bytes, card);
			return { run, isOnCard: card !== undefined };
		} catch (error) {
			if (!card) throw error;
			leaveCard();
			return open();
		}
	};
	let opened = await open();
	const run: Network = async (...input) => {
		try {
			return await opened.run(...input);
		} catch (error) {
			if (!opened.isOnCard) throw error;
			leaveCard();
			opened = await open();
			return opened.run(...input);
		}
	};
	return (...input) => {
		const made = last.then(() => run(...input));
		last = made.catch(() => undefined);
		return made;
	};
}

async function openSession(
	engine: Engine,
	bytes: Uint8Array,
	card: Loaded['card']
): Promise<Network> {
	const session = await engine.InferenceSession.create(bytes, {
		executionProviders: card ? ['webgpu', 'wasm'] : ['wasm'],
		graphOptimizationLevel: 'all',
		// fold the dequantised weights when the session is made, not at every face
		extra: { session: { disable_quant_qdq: '1' } }
	});
	const run: Network = async (name, data, dims) => {
		const outputs = await session.run({ [name]: new engine.Tensor('float32', data, dims) });
		const rows: Record<string, Float32Array> = {};
		for (const [output, tensor] of Object.entries(outputs))
			rows[output] = (await tensor.getData()) as Float32Array;
		return rows;
	};
	if (!card) return run;
	// what a lost card was given may never come back
	let isLost = false;
	let giveUp: (() => void) | null = null;
	const lose = () => {
		isLost = true;
		giveUp?.();
	};
	// one that cannot be asked for is as good as lost
	card.lost().then(lose, lose);
	return (...input) =>
		new Promise((resolve, reject) => {
			giveUp = () => reject(new Error('The graphics card was lost.'));
			if (isLost) giveUp();
			else run(...input).then(resolve, reject);
		});
}
