import { expose, transfer } from 'comlink';
import { cutFile } from './cut.ts';

const api = {
	async cut(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
		const manifest = await cutFile(file);
		return transfer(manifest, [manifest.buffer]);
	}
};
expose(api);
export type CutWorker = typeof api;
