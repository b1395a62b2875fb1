import type { GithubConfig } from './features/auth/github-client.ts';
import type { RateLimits } from './http/endpoint.ts';
import type { S3Config } from './storage/s3.ts';
import { join, resolve } from 'node:path';

/** What the environment says. `npm start` needs none of it. */
export interface Config {
	port: number;
	host: string;
	dataDir: string;
	databaseUrl: string | undefined;
	/** S3-compatible storage of files; undefined: DATA_DIR/storage */
	s3: S3Config | undefined;
	setupToken: string | undefined;
	/** the address that people use, without a slash at the end; unset: what each request came to */
	publicUrl: string | undefined;
	/** smtp://user:password@host:port; unset: mail becomes files in DATA_DIR/mail */
	smtpUrl: string | undefined;
	/** address that mail comes from */
	mailFrom: string;
	/** sign-in with GitHub; undefined: not offered */
	github: GithubConfig | undefined;
	/** Redis or Valkey, where limits are counted together by several processes; undefined: in Postgres */
	redisUrl: string | undefined;
	rateLimits: RateLimits;
	/** key of secrets at rest, 32 bytes; undefined: one in DATA_DIR, made at the first start */
	secretKey: Uint8Array | undefined;
	/** where a backup is made every day, and how many stay; undefined: none is made by itself */
	backups: { folder: string; keep: number } | undefined;
	/** requests come through this many proxies that set X-Forwarded-For */
	trustedProxies: number;
	/** how long a request may take to arrive, milliseconds; slower ones are answered 408 */
	requestTimeout: number;
	/** the built application */
	appDir: string;
	/** the built module of the relay's thread */
	relayThread: string;
	/** the built module of the thread that groups faces */
	peopleThread: string;
	/** the built module of the thread that looks at guests' pictures */
	facesThread: string;
	/** the built module of the thread that tries models and makes faces anew */
	embedThread: string;
	version: string;
}

/** @throws Error that names the variable whose value cannot be used. */
export function readConfig(env: NodeJS.ProcessEnv, root: string, version: string): Config {
	const number = (name: string, fallback: number, max: number): number => {
		const text = env[name];
		if (text === undefined || text === '') return fallback;
		const value = Number(text);
		if (!Number.isInteger(value) || value < 0 || value > max)
			throw new Error(`${name} is '${text}'; it must be a whole number from 0 to ${max}.`);
		return value;
	};
	const smtpUrl = env['SMTP_URL'] || undefined;
	// a link in a letter must not lead where the Host header of a stranger's request pointed
	if (smtpUrl && !env['PUBLIC_URL'])
		throw new Error('SMTP_URL needs PUBLIC_URL: letters carry links, and these need your address.');
	const clientId = env['GITHUB_CLIENT_ID'] || undefined;
	const clientSecret = env['GITHUB_CLIENT_SECRET'] || undefined;
	if ((clientId === undefined) !== (clientSecret === undefined))
		throw new Error('GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET belong together.');
	const s3Names = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;
	const missing = s3Names.filter((name) => !env[name]);
	if (missing.length > 0 && missing.length < s3Names.length)
		throw new Error(`${s3Names.join(', ')} belong together: ${missing.join(', ')} is missing.`);
	const address = (name: string): string | undefined => {
		const text = env[name]?.replace(/\/+$/, '') || undefined;
		if (text !== undefined && !/^https?:\/\/[^/]+$/.test(text))
			throw new Error(`${name} is '${text}'; it must be like https://s3.example.com.`);
		return text;
	};
	const secretText = env['AURA_SECRET_KEY'] || undefined;
	const secretKey = secretText === undefined ? undefined : Buffer.from(secretText, 'base64');
	if (secretKey && secretKey.length !== 32)
		throw new Error('AURA_SECRET_KEY must be 32 bytes in base64: openssl rand -base64 32.');
	return {
		github:
			clientId && clientSecret
				? {
						clientId,
						clientSecret,
						allowedOrg: env['ALLOWED_ORG'] || undefined,
						url: (env['GITHUB_URL'] || 'https://github.com').replace(/\/+$/, ''),
						apiUrl: (env['GITHUB_API_URL'] || 'https://api.github.com').replace(/\/+$/, '')
					}
				: undefined,
		s3:
			missing.length === 0
				? {
						endpoint: address('S3_ENDPOINT')!,
						publicEndpoint: address('S3_PUBLIC_ENDPOINT'),
						region: env['S3_REGION'] || 'us-east-1',
						bucket: env['S3_BUCKET']!,
						accessKeyId: env['S3_ACCESS_KEY_ID']!,
						secretAccessKey: env['S3_SECRET_ACCESS_KEY']!
					}
				: undefined,
		secretKey,
		redisUrl: env['REDIS_URL'] || undefined,
		rateLimits: {
			person: number('RATE_LIMIT_PERSON', 6_000, 1e9),
			workspace: number('RATE_LIMIT_WORKSPACE', 30_000, 1e9),
			address: number('RATE_LIMIT_ADDRESS', 30_000, 1e9)
		},
		backups: env['BACKUP_DIR']
			? {
					folder: resolve(env['BACKUP_DIR']),
					keep: Math.max(1, number('BACKUP_KEEP', 14, 1_000))
				}
			: undefined,
		port: number('PORT', 3000, 65_535),
		host: env['HOST'] ?? '0.0.0.0',
		dataDir: resolve(env['DATA_DIR'] || join(root, 'data')),
		databaseUrl: env['DATABASE_URL'] || undefined,
		setupToken: env['AURA_SETUP_TOKEN'] || undefined,
		publicUrl: env['PUBLIC_URL']?.replace(/\/+$/, '') || undefined,
		smtpUrl,
		mailFrom: env['MAIL_FROM'] || 'aura@localhost',
		trustedProxies: number('TRUSTED_PROXIES', 0, 10),
		// a piece of a file over the slowest mobile network that is worth it
		requestTimeout: number('REQUEST_TIMEOUT', 120, 3_600) * 1_000,
		appDir: join(root, 'build/app'),
		relayThread: join(root, 'build/server/relay-thread.js'),
		peopleThread: join(root, 'build/server/people-thread.js'),
		facesThread: join(root, 'build/server/faces-thread.js'),
		embedThread: join(root, 'build/server/embed-thread.js'),
		version
	};
}
