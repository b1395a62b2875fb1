import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import addCompletion from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { z } from 'zod';
import { AuraError, type ErrorCode } from '#shared/errors.ts';
import { migrations } from '../database/migrate.ts';
import { backupCommands } from './backups.ts';
import { databaseCommands } from './database.ts';
import { storageCommands } from './storage.ts';
import { type Installation, openInstallation } from './installation.ts';
import { keyCommands } from './keys.ts';
import { projectCommands } from './projects.ts';
import { type Remote, openRemote } from './remote.ts';
import { type Tell, render } from './output.ts';
import { invitationCommands } from './invitations.ts';
import { memberCommands } from './people.ts';
import { userCommands } from './users.ts';
import { workspaceCommands } from './workspaces.ts';

/** What scripts may rely on. */
const exitCodes = { failed: 1, usage: 2, notFound: 3, refused: 4 } as const;
const exitCodeOf: Partial<Record<ErrorCode, number>> = {
	not_found: exitCodes.notFound,
	invalid: exitCodes.usage,
	forbidden: exitCodes.refused,
	conflict: exitCodes.refused,
	too_many_requests: exitCodes.refused
};

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
	version: string;
};

let opened: Installation | null = null;
const url = () => program.opts<{ url?: string }>().url;
const at = () => {
	if (url())
		throw new AuraError(
			'invalid',
			'--url: this command needs the machine itself. Over the network go: project, member, invitation, api-key list, workspace show and stats.'
		);
	return (opened ??= openInstallation(process.env, root, version));
};
/** The server that --url names; null: this machine's installation. */
const remote = (): Remote | null => {
	const address = url();
	return address ? openRemote(address, process.env['AURA_API_KEY']) : null;
};

const program = new Command('aura')
	.description('Runs an Aura installation: DATABASE_URL, or the embedded database in DATA_DIR.')
	.version(version)
	.option('--json', 'one JSON value instead of words')
	.option('--url <address>', 'ask a running server, with the API key in AURA_API_KEY')
	.configureHelp({ showGlobalOptions: true })
	.addHelpText(
		'after',
		`
Examples:
  aura workspace create "Studio Abeba" studio-abeba --owner hana@example.com
  aura invitation create studio-abeba selam@example.com photographer
  aura member list studio-abeba --json
  aura check-permission editor publish gallery
  AURA_API_KEY=aura_… aura project list studio-abeba --url https://studio.example.com
  source <(aura complete bash)   # completion; also zsh, fish, powershell

Exit codes: 0 done, 1 failed, 2 wrong use or value, 3 not found, 4 refused.
The embedded database is one process's at a time: stop the server first, or use Postgres.`
	)
	.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitCodes.usage));

const asJson = () => program.opts<{ json?: boolean }>().json ?? false;

function fail(error: unknown): void {
	const known =
		error instanceof AuraError
			? error
			: error instanceof z.ZodError
				? new AuraError('invalid', error.issues[0]?.message ?? 'Not valid.')
				: null;
	const message = known?.message ?? (error instanceof Error ? error.message : String(error));
	console.error(asJson() ? JSON.stringify({ error: known?.code ?? 'failed', message }) : message);
	process.exitCode = (known && exitCodeOf[known.code]) ?? exitCodes.failed;
}
const tell: Tell = async (run) => {
	try {
		console.log(render(await run(), asJson()));
	} catch (error) {
		fail(error);
	}
};

workspaceCommands(program, at, remote, tell);
projectCommands(program, at, remote, tell);
memberCommands(program, at, remote, tell);
invitationCommands(program, at, remote, tell);
keyCommands(program, at, remote, tell);
userCommands(program, at, tell);
backupCommands(program, at, tell);
databaseCommands(program, at, tell);
storageCommands(program, at, tell);
program
	.command('migrate')
	.description('bring the database up to this version; the server does it by itself at its start')
	.action(() =>
		tell(() =>
			at().withDatabase(() =>
				Promise.resolve(`The database is at ${migrations[migrations.length - 1]!.name}.`)
			)
		)
	);

addCompletion(program);
await program.parseAsync();
