// npm start: installs what is missing, builds what is stale, and serves.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { installPackages } from './install.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
installPackages(root);
const { buildAll } = await import('./build.mjs');
await buildAll(root);
await import(pathToFileURL(join(root, 'build/server/main.js')).href);
