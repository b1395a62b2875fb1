#!/usr/bin/env node
// npx aura: the command line, built when it is stale.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { realpathSync } from 'node:fs';
import { installPackages } from './install.mjs';

const root = resolve(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
// what is said while building is not the command's answer
const { log } = console;
console.log = console.error;
installPackages(root);
const { buildServerIfStale } = await import('./build.mjs');
await buildServerIfStale(root);
console.log = log;
await import(pathToFileURL(join(root, 'build/server/cli.js')).href);
