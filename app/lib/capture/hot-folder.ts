// A folder that a camera, an FTP server or another program writes photos into: taken in as soon as they are whole.
import type { Chosen } from './importer.ts';
import { walkFolder } from './choose.ts';

/** What is known of a file in the folder. */
interface Known {
	size: number;
	lastModified: number;
	isTaken: boolean;
}

export type FolderMemory = Map<string, Known>;

/**
 * Looks through a folder once.
 * A file is whole when two looks find it alike: who writes into the folder does not say when it is done.
 * @param memory what earlier looks saw; changed
 * @returns files that are whole and were not taken before
 */
export async function lookInto(
	folder: FileSystemDirectoryHandle,
	memory: FolderMemory
): Promise<Chosen[]> {
	const whole: Chosen[] = [];
	for await (const { path, ...chosen } of walkFolder(folder)) {
		const { size, lastModified } = chosen.file;
		const before = memory.get(path);
		const isSame = before?.size === size && before.lastModified === lastModified;
		if (isSame && before.isTaken) continue;
		const isWhole = isSame && size > 0;
		if (isWhole) whole.push(chosen);
		memory.set(path, { size, lastModified, isTaken: isWhole });
	}
	return whole;
}

/** How long what is written must stay as it is, and how often it is looked where nobody says that something changed, ms. */
const LOOK_MS = 1_000;

interface Observer {
	observe(folder: FileSystemDirectoryHandle, options: { recursive: boolean }): Promise<void>;
	disconnect(): void;
}
type ObserverClass = new (changed: () => void) => Observer;

/** With an observer it is looked this much less often: it may miss what a network drive does. */
const RARELY = 10;

/**
 * Watches a folder until it is told to stop.
 * @param onGone the folder is gone, or may not be read any more
 * @returns stops it
 */
export function watchFolder(
	folder: FileSystemDirectoryHandle,
	onFiles: (chosen: Chosen[]) => void,
	onGone: (error: unknown) => void
): () => void {
	const memory: FolderMemory = new Map();
	let isOver = false;
	let looks = 0;
	let isChanged = true;
	const Class = (globalThis as { FileSystemObserver?: ObserverClass }).FileSystemObserver;
	const observer = Class
		? new Class(() => {
				isChanged = true;
			})
		: null;
	const isObserving = observer
		? observer.observe(folder, { recursive: true }).then(
				() => true,
				() => false
			)
		: Promise.resolve(false);
	const look = async () => {
		if (isOver) return;
		try {
			if (isChanged || !(await isObserving) || looks % RARELY === 0) {
				isChanged = false;
				const whole = await lookInto(folder, memory);
				// what was seen for the first time has to be seen again
				if (whole.length > 0 || [...memory.values()].some(({ isTaken }) => !isTaken))
					isChanged = true;
				if (whole.length > 0 && !isOver) onFiles(whole);
			}
			looks++;
			setTimeout(() => void look(), LOOK_MS);
		} catch (error) {
			isOver = true;
			onGone(error);
		}
	};
	void look();
	return () => {
		isOver = true;
		observer?.disconnect();
	};
}
