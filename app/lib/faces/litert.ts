// The one place that knows LiteRT.js. Runs in workers.
import { Tensor, loadAndCompile, loadLiteRt, supportsFeature } from '@litertjs/core';
import ModuleFactory from '@litertjs/core/wasm/litert_wasm_internal.js';
import wasmUrl from '@litertjs/core/wasm/litert_wasm_internal.wasm?url';
import type { Network } from '#shared/faces/network.ts';
import { Part } from '../device/parts.ts';
import { alone } from './alone.ts';
import { fetchOnce } from './keep.ts';

/** Whether it is worth it here: without relaxed SIMD there is only a slower build, which is not delivered. */
export const runsHere = (): Promise<boolean> => supportsFeature('relaxedSimd');

const quiet = () => {};
/** What the loader looks for. It is here already (tools/litert-module), so that `importScripts` has nothing to do, which module workers have, but cannot call. */
const globals = {
	ModuleFactory,
	Module: { locateFile: () => wasmUrl, print: quiet, printErr: quiet },
	importScripts: quiet
};

async function load(): Promise<void> {
	Object.assign(globalThis, globals);
	// it would ask for a graphics card, which it is not to use, and which may just have been lost
	Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
	try {
		await loadLiteRt('litert_wasm_internal.js');
	} finally {
		Reflect.deleteProperty(navigator, 'gpu');
		for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
	}
}

const engine = new Part(() => alone(load));

/** @throws when it cannot be fetched */
export const fetchLiteRt = (): Promise<void> => fetchOnce([wasmUrl]);

/**
 * A network that takes one picture at a time; of several, each is run.
 * @param model a .tflite file
 * @throws when the engine does not start, or does not know what is in the file
 */
export async function openLiteRt(model: Uint8Array): Promise<Network> {
	await engine.get();
	const compiled = await loadAndCompile(model, { accelerator: 'wasm' });
	return async (name, data, [count = 1, ...dims]) => {
		const rows: Record<string, Float32Array> = {};
		const length = data.length / count;
		for (let at = 0; at < count; at++) {
			const input = new Tensor(data.subarray(at * length, (at + 1) * length), [1, ...dims]);
			const outputs = await compiled.run({ [name]: input });
			input.delete();
			for (const [output, tensor] of Object.entries(outputs)) {
				const row = tensor.toTypedArray() as Float32Array;
				(rows[output] ??= new Float32Array(count * row.length)).set(row, at * row.length);
				tensor.delete();
			}
		}
		return rows;
	};
}
