// The one place that knows onnxruntime-web in the browser. Runs in workers.
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import gpuWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { Network } from '#shared/faces/network.ts';
import { fetchKept, fetchOnce } from './keep.ts';

/** What both builds of the engine have in common. */
interface Engine {
	InferenceSession: {
		create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
	};
	Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => Tensor;
}

/** Makes networks of .onnx files. */
export type OpenOnnx = (model: Uint8Array) => Promise<Network>;

/** The engine that runs on the graphics card. @throws when it cannot be fetched */
export async function loadForCard(threads: number): Promise<OpenOnnx> {
	const [ort] = await Promise.all([import('onnxruntime-web/webgpu'), fetchOnce([gpuWasmUrl])]);
	ort.env.wasm.wasmPaths = { wasm: gpuWasmUrl };
	ort.env.wasm.numThreads = threads;
	const lost = async () => ((await ort.env.webgpu.device) as { lost: Promise<unknown> }).lost;
	return async (model) => guarded(await open(ort, model, ['webgpu', 'wasm']), lost());
}

/**
 * The engine that runs on the processor.
 * @param isKept on a phone without the installed application: by the application then, not by the service worker
 * @throws when it cannot be fetched
 */
export async function loadForProcessor(threads: number, isKept: boolean): Promise<OpenOnnx> {
	const [ort, binary] = await Promise.all([
		import('onnxruntime-web/wasm'),
		// fetched by the engine itself it would be kept only where the application is installed
		isKept
			? fetchKept(wasmUrl).then((response) => response.arrayBuffer())
			: fetchOnce([wasmUrl]).then(() => null)
	]);
	ort.env.wasm.wasmPaths = { wasm: wasmUrl };
	if (binary) ort.env.wasm.wasmBinary = binary;
	ort.env.wasm.numThreads = threads;
	return (model) => open(ort, model, ['wasm']);
}

async function open(engine: Engine, model: Uint8Array, providers: string[]): Promise<Network> {
	const session = await engine.InferenceSession.create(model, {
		executionProviders: providers,
		graphOptimizationLevel: 'all',
		// fold the dequantised weights when the session is made, not at every face
		extra: { session: { disable_quant_qdq: '1' } }
	});
	return async (name, data, dims) => {
		const outputs = await session.run({ [name]: new engine.Tensor('float32', data, dims) });
		const rows: Record<string, Float32Array> = {};
		for (const [output, tensor] of Object.entries(outputs))
			rows[output] = (await tensor.getData()) as Float32Array;
		return rows;
	};
}

/** What a lost card was given may never come back. */
function guarded(run: Network, lost: Promise<unknown>): Network {
	let isLost = false;
	let giveUp: (() => void) | null = null;
	const lose = () => {
		isLost = true;
		giveUp?.();
	};
	// one that cannot be asked for is as good as lost
	lost.then(lose, lose);
	return (...input) =>
		new Promise((resolve, reject) => {
			giveUp = () => reject(new Error('The graphics card was lost.'));
			if (isLost) giveUp();
			else run(...input).then(resolve, reject);
		});
}
