import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'aura-lock-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('keeps a folder to one living process, and says who has it', () => {
	const unlock = lockFolder(folder);
	expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
	unlock();
	lockFolder(folder)();
});

it('takes over at once from a process that died', () => {
	writeFileSync(join(folder, 'lock'), '999999999 1');
	const unlock = lockFolder(folder);
	expect(readFileSync(join(folder, 'lock'), 'utf8')).toContain(String(process.pid));
	unlock();
});
