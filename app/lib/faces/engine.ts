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
	provider: 'webgpu' | 'wasm';
}

async function openEngine(threads: number, where: Where): Promise<Loaded> {
	if (where === 'any' && (await hasWebGpu())) {
		const [ort] = await Promise.all([import('onnxruntime-web/webgpu'), fetchOnce([gpuWasmUrl])]);
		ort.env.wasm.wasmPaths = { wasm: gpuWasmUrl };
		ort.env.wasm.numThreads = threads;
		return { engine: ort, provider: 'webgpu' };
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
	return { engine: ort, provider: 'wasm' };
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

/**
 * Loads a network.
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
	const [bytes, { engine, provider }] = await Promise.all([load(), loadEngine(threads, where)]);
	const session = await engine.InferenceSession.create(bytes, {
		executionProviders: provider === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
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
	return (...input) => {
		const made = last.then(() => run(...input));
		last = made.catch(() => undefined);
		return made;
	};
}
