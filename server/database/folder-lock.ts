import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What tells a process from a later one with the same number; empty where the system does not say. */
function startOf(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
	} catch {
		return '';
	}
}

function isAlive(pid: number, start: string): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
	}
	return start === '' || startOf(pid) === start;
}

/**
 * Keeps a folder to this process: two processes on one embedded database corrupt it. A lock of a
 * process that died is taken over at once.
 * @returns gives the folder free again
 * @throws when another living process holds it
 */
export function lockFolder(folder: string): () => void {
	mkdirSync(folder, { recursive: true });
	const file = join(folder, 'lock');
	const mine = `${process.pid} ${startOf(process.pid)}`;
	for (let attempt = 0; attempt < 2; attempt++) {
		try {
			writeFileSync(file, mine, { flag: 'wx' });
			return () => rmSync(file, { force: true });
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
		}
		const [pid, start] = readFileSync(file, 'utf8').split(' ');
		if (isAlive(Number(pid), start ?? ''))
			throw new Error(
				`${folder} is in use by process ${pid}. Stop it first, or choose another folder with DATA_DIR.`
			);
		rmSync(file, { force: true });
	}
	throw new Error(`${folder} is being opened by another process.`);
}
