// The one place that knows onnxruntime-web. Runs in workers.
import type { InferenceSession, Tensor } from 'onnxruntime-web';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { Embedder } from '#shared/faces/models.ts';

/**
 * Embeds aligned faces.
 * @param faces RGBA pixels of squares of the model's size
 */
export type Embed = (faces: Uint8ClampedArray[]) => Promise<Float32Array[]>;

/** Faces in one run: more do not get faster and need more memory. */
const BATCH = 8;

/** What both builds of the engine have in common. */
interface Engine {
	InferenceSession: {
		create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
	};
	Tensor: new (type: 'float32', data: Float32Array, dims: number[]) => Tensor;
}

async function hasWebGpu(): Promise<boolean> {
	const gpu = (navigator as { gpu?: { requestAdapter(): Promise<unknown> } }).gpu;
	return gpu ? gpu.requestAdapter().then(Boolean, () => false) : false;
}

/** The build with WebGPU is larger: it is loaded only where there is an adapter. */
async function loadEngine(
	threads: number
): Promise<{ engine: Engine; provider: 'webgpu' | 'wasm' }> {
	if (await hasWebGpu()) {
		const ort = await import('onnxruntime-web/webgpu');
		ort.env.wasm.numThreads = threads;
		return { engine: ort, provider: 'webgpu' };
	}
	const ort = await import('onnxruntime-web/wasm');
	ort.env.wasm.wasmPaths = { wasm: wasmUrl };
	ort.env.wasm.numThreads = threads;
	return { engine: ort, provider: 'wasm' };
}

/** RGBA squares to the model's planar input, normalised. */
export function toInput(faces: Uint8ClampedArray[], { size, mean, scale }: Embedder): Float32Array {
	const plane = size * size;
	const input = new Float32Array(faces.length * 3 * plane);
	for (const [n, rgba] of faces.entries())
		for (let channel = 0; channel < 3; channel++) {
			const at = (n * 3 + channel) * plane;
			const offset = mean[channel]!;
			for (let i = 0; i < plane; i++) input[at + i] = (rgba[4 * i + channel]! - offset) / scale;
		}
	return input;
}

/**
 * Loads an embedder.
 * @param threads of the WASM engine; more than one need a cross-origin isolated page
 */
export async function loadEmbedder(model: Embedder, threads = 1): Promise<Embed> {
	const response = await fetch(model.file);
	if (!response.ok) throw new Error(`The face model could not be loaded (${response.status}).`);
	const { engine, provider } = await loadEngine(threads);
	const session = await engine.InferenceSession.create(
		new Uint8Array(await response.arrayBuffer()),
		{
			executionProviders: provider === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
			graphOptimizationLevel: 'all',
			// fold the dequantised weights when the session is made, not at every face
			extra: { session: { disable_quant_qdq: '1' } }
		}
	);
	return async (faces) => {
		const out: Float32Array[] = [];
		for (let from = 0; from < faces.length; from += BATCH) {
			const batch = faces.slice(from, from + BATCH);
			const input = new engine.Tensor('float32', toInput(batch, model), [
				batch.length,
				3,
				model.size,
				model.size
			]);
			const { embeddings } = await session.run({ faces: input });
			const data = (await embeddings!.getData()) as Float32Array;
			for (let i = 0; i < batch.length; i++)
				out.push(data.slice(i * model.dimensions, (i + 1) * model.dimensions));
		}
		return out;
	};
}
