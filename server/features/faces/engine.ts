// The one place that knows onnxruntime-web on the server: the same engine and the same numbers as on devices.
import * as ort from 'onnxruntime-web';
import type { Network } from '#shared/faces/network.ts';

export interface OpenNetwork {
	run: Network;
	inputs: readonly string[];
	outputs: readonly string[];
	/** Gives back its memory. */
	close(): Promise<void>;
}

/** @param model bytes of an .onnx file @throws Error when it is none, or uses what the engine does not know */
export async function openNetwork(model: Uint8Array): Promise<OpenNetwork> {
	ort.env.wasm.numThreads = 1;
	const session = await ort.InferenceSession.create(model, {
		executionProviders: ['wasm'],
		graphOptimizationLevel: 'all',
		// as on devices: fold the dequantised weights when the session is made
		extra: { session: { disable_quant_qdq: '1' } }
	});
	return {
		inputs: session.inputNames,
		outputs: session.outputNames,
		async run(name, data, dims) {
			const outputs = await session.run({ [name]: new ort.Tensor('float32', data, dims) });
			const rows: Record<string, Float32Array> = {};
			for (const [output, tensor] of Object.entries(outputs))
				rows[output] = tensor.data as Float32Array;
			return rows;
		},
		close: () => session.release()
	};
}
