import { describe, expect, it } from 'vitest';
import { type FolderMemory, lookInto } from './hot-folder.ts';

interface Entry {
	size: number;
	lastModified: number;
}
type Tree = { [name: string]: Entry | Tree };
const isFile = (entry: Entry | Tree): entry is Entry => typeof entry.size === 'number';

/** A folder as the browser shows it. */
function folder(tree: Tree): FileSystemDirectoryHandle {
	return {
		kind: 'directory',
		async *values() {
			for (const [name, entry] of Object.entries(tree))
				yield isFile(entry)
					? { kind: 'file', name, getFile: async () => ({ name, ...entry }) }
					: { ...folder(entry as Tree), name };
		}
	} as unknown as FileSystemDirectoryHandle;
}
const names = async (tree: Tree, memory: FolderMemory) =>
	(await lookInto(folder(tree), memory)).map(({ file }) => file.name);

describe('a watched folder', () => {
	it('gives a file once it has stopped growing, and once only', async () => {
		const memory: FolderMemory = new Map();
		const file = { size: 10, lastModified: 1 };
		const tree: Tree = { 'a.jpg': file, sub: { 'b.jpg': { size: 5, lastModified: 1 } } };
		expect(await names(tree, memory)).toEqual([]);
		file.size = 20;
		expect(await names(tree, memory)).toEqual(['b.jpg']);
		expect(await names(tree, memory)).toEqual(['a.jpg']);
		expect(await names(tree, memory)).toEqual([]);
	});
	it('gives a file again that was written anew, and never an empty one', async () => {
		const memory: FolderMemory = new Map();
		const file = { size: 10, lastModified: 1 };
		const tree: Tree = {
			'a.jpg': file,
			'empty.jpg': { size: 0, lastModified: 1 },
			'.hidden': file
		};
		await names(tree, memory);
		expect(await names(tree, memory)).toEqual(['a.jpg']);
		file.lastModified = 2;
		expect(await names(tree, memory)).toEqual([]);
		expect(await names(tree, memory)).toEqual(['a.jpg']);
	});
});
