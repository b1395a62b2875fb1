// Real services for the tests, Postgres with pgvector, Valkey and an S3-compatible storage: those that TEST_DATABASE_URL,
// TEST_REDIS_URL and TEST_S3_URL name, else in Docker, else in a Debian chroot (as root, from the mirror that apt uses).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';

/** @typedef {{url: string, stop: () => void}} Service */
/** @typedef {Service & {kill: () => Promise<void>, start: () => Promise<void>}} Cluster one that can be killed */

/** @returns {Promise<number>} a port that nobody uses at the moment */
const freePort = () =>
	new Promise((done) => {
		const probe = createServer().listen(0, '127.0.0.1', () => {
			const address = probe.address();
			probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
		});
	});

/** Waits until somebody listens. @param {number} port @param {string} name */
async function accepts(port, name) {
	for (let attempt = 0; attempt < 300; attempt++) {
		const isOpen = await new Promise((done) => {
			const socket = connect(port, '127.0.0.1', () => done(true));
			socket.on('error', () => done(false));
			socket.on('connect', () => socket.end());
		});
		if (isOpen) return;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`${name} did not start.`);
}

/** @param {string} url */
async function answers(url) {
	for (let attempt = 0; attempt < 300; attempt++) {
		const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 2 });
		try {
			await sql`select 1`;
			return;
		} catch {
			await new Promise((done) => setTimeout(done, 200));
		} finally {
			await sql.end({ timeout: 1 });
		}
	}
	throw new Error('Postgres did not start.');
}

/** The mirror that apt is set to. */
function mirror() {
	const files = [
		'/etc/apt/sources.list',
		...readdirSync('/etc/apt/sources.list.d').map((name) => `/etc/apt/sources.list.d/${name}`)
	];
	for (const file of files.filter(existsSync)) {
		const match = /(?:^URIs:\s*|^deb\s+(?:\[[^\]]*\]\s+)?)(https?:\S+)/m.exec(
			readFileSync(file, 'utf8')
		);
		if (match && !match[1]?.includes('security')) return match[1];
	}
	throw new Error('No Debian mirror is set for apt.');
}

/** A small Debian with the services' packages. @returns {string} its folder */
function prepareChroot() {
	const chroot = join(
		process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
		'aura-pro/services-17-s3'
	);
	if (!existsSync(join(chroot, '.ready'))) {
		console.log('Preparing Postgres 17 with pgvector, Valkey, and an S3-compatible storage…');
		const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
		if (!existsSync('/usr/sbin/debootstrap')) {
			spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
			execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'debootstrap'], {
				stdio: 'inherit',
				env
			});
		}
		rmSync(chroot, { recursive: true, force: true });
		mkdirSync(chroot, { recursive: true });
		execFileSync('debootstrap', ['--variant=minbase', 'trixie', chroot, mirror() ?? ''], {
			stdio: 'ignore',
			env
		});
		const packages = [
			...['postgresql-17', 'postgresql-17-pgvector', 'valkey-server'],
			...['python3-moto', 'python3-flask', 'python3-flask-cors']
		];
		execFileSync(
			'chroot',
			[chroot, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages],
			{ stdio: 'ignore', env }
		);
		writeFileSync(join(chroot, '.ready'), '');
	}
	return chroot;
}

let clusters = 0;

/** A Postgres in a chroot, with a folder of its own. @returns {Promise<Cluster>} */
async function postgresInChroot() {
	const chroot = prepareChroot();
	const port = await freePort();
	const data = `/var/lib/postgresql/aura-${process.pid}-${++clusters}`;
	const as = ['--userspec=postgres:postgres', chroot];
	const bin = '/usr/lib/postgresql/17/bin';
	const fresh = ['-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'];
	execFileSync('chroot', [...as, `${bin}/initdb`, '-D', data, ...fresh], { stdio: 'ignore' });
	const settings = [
		...['listen_addresses=127.0.0.1', 'unix_socket_directories='],
		...['dynamic_shared_memory_type=mmap', 'max_connections=200']
	].flatMap((setting) => ['-c', setting]);
	const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
	/** @type {import('node:child_process').ChildProcess} */
	let server;
	const start = async () => {
		// what a killed one left in memory goes with its last process
		for (let attempt = 0; attempt < 50; attempt++) {
			const command = [...as, `${bin}/postgres`, '-D', data, '-p', String(port), ...settings];
			server = spawn('chroot', command, { stdio: 'ignore' });
			const isUp = await Promise.race([
				new Promise((done) => server.once('exit', () => done(false))),
				answers(url).then(() => true)
			]);
			if (isUp) return;
			await new Promise((done) => setTimeout(done, 100));
		}
		throw new Error('Postgres did not start.');
	};
	await start();
	return {
		url,
		start,
		async kill() {
			const ended = new Promise((done) => server.once('exit', done));
			// held first: else it would begin anew when a child dies
			server.kill('SIGSTOP');
			spawnSync('pkill', ['-9', '-P', String(server.pid)]);
			server.kill('SIGKILL');
			await ended;
		},
		stop() {
			server.kill('SIGINT');
			spawnSync('sleep', ['1']);
			rmSync(join(chroot, data), { recursive: true, force: true });
		}
	};
}

/** @returns {Promise<Service>} */
async function postgresInDocker() {
	const port = await freePort();
	const name = `aura-test-${process.pid}`;
	execFileSync('docker', [
		...['run', '--rm', '-d', '--name', name, '-p', `127.0.0.1:${port}:5432`],
		...['-e', 'POSTGRES_HOST_AUTH_METHOD=trust', 'pgvector/pgvector:pg17']
	]);
	const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
	await answers(url);
	return { url, stop: () => spawnSync('docker', ['stop', name], { stdio: 'ignore' }) };
}

const hasDocker = () =>
	spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0;

const hasDebian = () =>
	process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

/** @param {string} _root @returns {Promise<Service>} */
export async function startPostgres(_root) {
	const given = process.env.TEST_DATABASE_URL;
	if (given) return { url: given, stop: () => {} };
	if (hasDocker()) return postgresInDocker();
	if (hasDebian()) return postgresInChroot();
	throw new Error(
		'No Postgres to test on. Name one with TEST_DATABASE_URL (with pgvector, and a role that may create databases), or start Docker.'
	);
}

/** A Postgres that may be killed; null where there can be none. @returns {Promise<Cluster | null>} */
export const startCluster = async () => (hasDebian() ? postgresInChroot() : null);

/** @returns {Promise<Service>} */
export async function startValkey() {
	const given = process.env.TEST_REDIS_URL;
	if (given) return { url: given, stop: () => {} };
	const port = await freePort();
	const url = `redis://127.0.0.1:${port}`;
	if (hasDocker()) {
		const name = `aura-valkey-${process.pid}`;
		const publish = ['-p', `127.0.0.1:${port}:6379`];
		execFileSync('docker', ['run', '--rm', '-d', '--name', name, ...publish, 'valkey/valkey:8']);
		return { url, stop: () => spawnSync('docker', ['stop', name], { stdio: 'ignore' }) };
	}
	if (!hasDebian()) throw new Error('No Valkey to test on. Name one with TEST_REDIS_URL.');
	const chroot = prepareChroot();
	const server = spawn(
		'chroot',
		[
			...['--userspec=postgres:postgres', chroot, '/usr/bin/valkey-server', '--dir', '/tmp'],
			...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
		],
		{ stdio: 'ignore' }
	);
	await accepts(port, 'Valkey');
	return { url, stop: () => void server.kill('SIGTERM') };
}

/** Moto, whose S3 is independent of ours; it takes any key. @returns {Promise<Service>} */
export async function startS3() {
	const given = process.env.TEST_S3_URL;
	if (given) return { url: given, stop: () => {} };
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	if (hasDocker()) {
		const name = `aura-s3-${process.pid}`;
		const publish = ['-p', `127.0.0.1:${port}:5000`];
		execFileSync('docker', ['run', '--rm', '-d', '--name', name, ...publish, 'motoserver/moto:5']);
		return { url, stop: () => spawnSync('docker', ['stop', name], { stdio: 'ignore' }) };
	}
	if (!hasDebian()) throw new Error('No S3 storage to test on. Name one with TEST_S3_URL.');
	const chroot = prepareChroot();
	const command = `from moto.server import main; main(['-H', '127.0.0.1', '-p', '${port}'])`;
	const server = spawn('chroot', [chroot, '/usr/bin/python3', '-c', command], {
		stdio: 'ignore',
		env: { PATH: process.env.PATH, HOME: '/tmp', LANG: 'C.UTF-8' }
	});
	await accepts(port, 'The S3 storage');
	return { url, stop: () => void server.kill('SIGTERM') };
}
