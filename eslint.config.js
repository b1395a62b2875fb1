import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Imports run one way: shared <- sync <- server, shared <- sync <- app. */
const forbid = (groups, message) => ({ group: groups, message });
const rooms = {
	sync: forbid(['#sync/*', '**/sync/**'], 'shared/ knows nothing of sync/.'),
	server: forbid(['**/server/**'], 'Only server/ and tests/ import server/.'),
	app: forbid(['$lib/*', '$app/*', '**/app/**'], 'Only app/ and tests/ import app/.'),
	node: forbid(['node:*', 'fs', 'path', 'crypto'], 'No I/O here: take it as an argument.'),
	svelte: forbid(['svelte', 'svelte/*', 'dexie', 'hono', 'hono/*'], 'No framework here.')
};
/** Packages that one room imports. */
const owned = {
	'onnxruntime-web': ['app/lib/faces/onnx.ts', 'server/features/faces/engine.ts'],
	'@litertjs/core': 'app/lib/faces/litert.ts',
	'@mediapipe/tasks-vision': 'app/lib/faces/detector.ts',
	'hnswlib-wasm': 'app/lib/faces/graph.ts',
	'@jsquash/webp': 'app/lib/photos/webp.ts',
	sharp: 'server/features/renditions/make.ts',
	'@aws-sdk/client-s3': 'server/storage/s3.ts',
	'@aws-sdk/lib-storage': 'server/storage/s3.ts',
	'@aws-sdk/s3-request-presigner': 'server/storage/s3.ts',
	tethr: 'app/lib/capture/cameras/tethr.ts',
	'fast-xml-parser': 'app/lib/photos/xmp.ts',
	exifreader: 'app/lib/photos/metadata.ts',
	dexie: 'app/lib/device/database.ts',
	lucia: 'server/features/auth/sessions.ts',
	postgres: 'server/database/postgres.ts',
	'@electric-sql/pglite': 'server/database/pglite.ts',
	'@node-rs/argon2': 'server/features/auth/passwords.ts',
	'@simplewebauthn/browser': 'app/lib/auth/passkeys.ts',
	nodemailer: 'server/mail/mailer.ts',
	'@atlaskit/pragmatic-drag-and-drop': 'app/lib/projects/drag.ts',
	'rate-limiter-flexible': 'server/http/limits.ts',
	'@bomb.sh/tab': 'server/cli/main.ts',
	'@redis/client': 'server/redis.ts',
	arctic: 'server/features/auth/github-client.ts',
	layerchart: 'app/lib/usage/DayChart.svelte',
	'ipaddr.js': 'server/outgoing.ts',
	pdfkit: 'server/features/scan/poster.ts'
};
const ownedBut = (file) =>
	Object.entries(owned)
		.filter(([, owner]) => ![owner].flat().includes(file))
		.map(([name, owner]) => ({
			regex: `^${name.replace('/', '\\/')}(\\/|$)`,
			message: `Only ${[owner].flat().join(' and ')} imports ${name}.`
		}));
const restrict = (patterns, file) => ({
	'no-restricted-imports': ['error', { patterns: [...patterns, ...ownedBut(file)] }]
});
const noClock = {
	'no-restricted-globals': [
		'error',
		...[
			'setTimeout',
			'setInterval',
			'fetch',
			'WebSocket',
			'localStorage',
			'indexedDB',
			'navigator',
			'window',
			'document',
			'process'
		].map((name) => ({ name, message: 'No I/O here: take it as an argument.' }))
	],
	'no-restricted-properties': [
		'error',
		{ object: 'Date', property: 'now', message: 'Take the clock as an argument.' },
		{ object: 'Math', property: 'random', message: 'Take the random source as an argument.' }
	]
};
const code = '**/*.{ts,svelte}';

export default ts.config(
	{ ignores: ['build/', '.svelte-kit/', '.cache/', 'data/', 'static/', 'node_modules/'] },
	js.configs.recommended,
	...ts.configs.strict,
	...svelte.configs.recommended,
	{
		languageOptions: { globals: { ...globals.browser, ...globals.node } },
		rules: {
			'no-undef': 'off', // TypeScript knows better
			'no-console': ['error', { allow: ['error'] }],
			eqeqeq: ['error', 'always', { null: 'ignore' }],
			'@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess makes them say what is known
			'@typescript-eslint/no-unused-vars': [
				'error',
				{ argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
			],
			'@typescript-eslint/no-empty-function': 'off',
			'@typescript-eslint/no-dynamic-delete': 'off',
			'svelte/no-unused-svelte-ignore': 'off', // svelte-check judges them
			'svelte/no-navigation-without-resolve': 'off' // addresses are absolute: the application owns its origin
		}
	},
	{
		files: ['**/*.svelte', '**/*.svelte.ts'],
		languageOptions: {
			parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig }
		},
		rules: { 'prefer-const': 'off', 'svelte/prefer-svelte-reactivity': 'off' }
	},
	{
		files: [`shared/${code}`],
		ignores: ['**/*.test.ts'],
		rules: {
			...restrict([rooms.sync, rooms.server, rooms.app, rooms.node, rooms.svelte]),
			...noClock
		}
	},
	{
		files: [`sync/${code}`],
		ignores: ['**/*.test.ts'],
		rules: { ...restrict([rooms.server, rooms.app, rooms.node, rooms.svelte]), ...noClock }
	},
	{ files: [`server/${code}`], rules: restrict([rooms.app]) },
	{ files: [`app/${code}`], rules: restrict([rooms.server, rooms.node]) },
	...Object.values(owned)
		.flat()
		.map((file) => ({
			files: [file],
			rules: restrict(file.startsWith('app/') ? [rooms.server, rooms.node] : [rooms.app], file)
		})),
	{ files: ['app/lib/scan/cost.ts'], rules: { 'no-restricted-imports': 'off' } },
	{
		files: ['tools/**', 'tests/**', 'server/main.ts', 'server/cli/main.ts', '*.config.*'],
		rules: { 'no-console': 'off' }
	}
);
