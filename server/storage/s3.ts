import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
	CopyObjectCommand,
	CreateBucketCommand,
	DeleteObjectCommand,
	DeleteObjectsCommand,
	GetObjectCommand,
	HeadBucketCommand,
	HeadObjectCommand,
	ListObjectsV2Command,
	S3Client,
	S3ServiceException
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AuraError } from '#shared/errors.ts';
import type { Proof, Storage } from './storage.ts';

export interface S3Config {
	/** scheme and host, without a slash at the end */
	endpoint: string;
	/** where browsers reach the same storage; undefined: they do not, and get every file through us */
	publicEndpoint: string | undefined;
	region: string;
	bucket: string;
	accessKeyId: string;
	secretAccessKey: string;
}

/** Bytes of one part of a large object, each sent again when it breaks. S3 takes 10 000 of them: 160 GB. */
const PART_BYTES = 16 * 1024 ** 2;
/** Parts of one object on their way at a time. */
const PARTS_AT_ONCE = 2;
const CONNECT_MS = 5_000;
/** Silence after which an answer is given up. */
const SILENT_MS = 60_000;
/** Files of one request to remove, at most (DeleteObjects). */
const REMOVED_AT_ONCE = 1_000;

/** Says what failed in a way that its reader can do something about. */
function translated(error: unknown): unknown {
	if (error instanceof AuraError) return error;
	const { $metadata, name } = (error ?? {}) as Partial<S3ServiceException>;
	const status = $metadata?.httpStatusCode;
	if (status === 507 || name === 'XMinioStorageFull' || name === 'QuotaExceeded')
		return new AuraError(
			'storage_full',
			'The server has no room left. The file stays on your device and is sent again later.'
		);
	// keys that were taken back, or a clock that is wrong: whoever runs the server finds it in its log
	if (status === 401 || status === 403) {
		console.error('The S3 storage refuses this server:', error);
		return new AuraError(
			'unavailable',
			'The storage of this server refuses it at the moment. It is tried again later.'
		);
	}
	// no answer at all, or one that says 'later'
	if (error instanceof Error && 'code' in error ? status === undefined : (status ?? 0) >= 500)
		return new AuraError(
			'unavailable',
			'The storage of this server cannot be reached at the moment. It is tried again later.'
		);
	return error;
}

const isMissing = (error: unknown): boolean =>
	error instanceof S3ServiceException &&
	(error.name === 'NoSuchKey' || error.name === 'NotFound' || error.$response?.statusCode === 404);
const isBeyondEnd = (error: unknown): boolean =>
	error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416;

/** Files in a bucket of any S3-compatible service, with its name in the path ('path style'). */
export function s3Storage(config: S3Config): Storage & { prepare(): Promise<void> } {
	const Bucket = config.bucket;
	const { accessKeyId, secretAccessKey, region } = config;
	const clientOf = (endpoint: string) =>
		new S3Client({
			endpoint,
			region,
			forcePathStyle: true,
			credentials: { accessKeyId, secretAccessKey },
			requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS }
		});
	const client = clientOf(config.endpoint);
	// what is signed names its host: browsers need the address that they use
	const linker = config.publicEndpoint ? clientOf(config.publicEndpoint) : null;

	async function* pages(Prefix: string, Delimiter?: string) {
		let token: string | undefined;
		do {
			const page = await client
				.send(
					new ListObjectsV2Command({
						Bucket,
						Prefix,
						...(Delimiter ? { Delimiter } : {}),
						...(token ? { ContinuationToken: token } : {})
					})
				)
				.catch((error: unknown) => {
					throw translated(error);
				});
			yield page;
			token = page.IsTruncated ? page.NextContinuationToken : undefined;
		} while (token);
	}

	async function* walk(folder: string) {
		for await (const { Contents = [] } of pages(`${folder}/`))
			for (const { Key, Size, LastModified } of Contents)
				yield { path: Key!, size: Size ?? 0, modifiedAt: LastModified?.getTime() ?? Date.now() };
	}

	const get: Storage['get'] = async (path, range) => {
		const Range = range && { Range: `bytes=${range.start}-${range.end}` };
		try {
			const { Body, ContentLength } = await client.send(
				new GetObjectCommand({ Bucket, Key: path, ...Range })
			);
			return {
				stream: Body!.transformToWebStream() as ReadableStream<Uint8Array>,
				length: ContentLength!
			};
		} catch (error) {
			if (isMissing(error)) return null;
			if (isBeyondEnd(error)) return { stream: new Blob([]).stream(), length: 0 };
			throw translated(error);
		}
	};

	const isProven = async (path: string, { size, sha256 }: Proof): Promise<boolean> => {
		if (sha256 === undefined) {
			const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: path }));
			return ContentLength === size;
		}
		const found = await get(path);
		if (found?.length !== size) {
			await found?.stream.cancel();
			return false;
		}
		const hash = createHash('sha256');
		for await (const bytes of found.stream) hash.update(bytes);
		return hash.digest('hex') === sha256;
	};

	return {
		/** Finds the bucket, or makes it. @throws Error that says which variable to look at */
		async prepare() {
			try {
				await client.send(new HeadBucketCommand({ Bucket })).catch(async (error: unknown) => {
					if (!isMissing(error)) throw error;
					await client.send(new CreateBucketCommand({ Bucket }));
				});
			} catch (error) {
				const { name, message, $metadata } = error as S3ServiceException;
				const why =
					$metadata?.httpStatusCode === 403
						? 'it refuses S3_ACCESS_KEY_ID with S3_SECRET_ACCESS_KEY'
						: `${name}: ${message}`;
				throw new Error(
					`The bucket '${Bucket}' (S3_BUCKET) at ${config.endpoint} (S3_ENDPOINT) cannot be used: ${why}.`,
					{ cause: error }
				);
			}
		},
		async put(path, chunks) {
			let failure: unknown;
			const watched = async function* () {
				try {
					yield* chunks;
				} catch (error) {
					failure = error;
					throw error;
				}
			};
			const upload = new Upload({
				client,
				params: { Bucket, Key: path, Body: Readable.from(watched(), { objectMode: false }) },
				partSize: PART_BYTES,
				queueSize: PARTS_AT_ONCE
			});
			try {
				await upload.done();
			} catch (error) {
				// why its bytes ended says more than that the object was given up
				throw failure ?? translated(error);
			}
		},
		async copy(from, to, proof) {
			try {
				if (!(await isProven(from, proof))) return false;
				const CopySource = encodeURI(`${Bucket}/${from}`);
				await client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource }));
				return true;
			} catch (error) {
				if (isMissing(error)) return false;
				throw translated(error);
			}
		},
		get,
		async list(folder) {
			const names: string[] = [];
			const from = folder.length + 1;
			for await (const { Contents = [], CommonPrefixes = [] } of pages(`${folder}/`, '/')) {
				for (const { Key } of Contents) names.push(Key!.slice(from));
				for (const { Prefix } of CommonPrefixes) names.push(Prefix!.slice(from, -1));
			}
			return names;
		},
		walk,
		async remove(path) {
			await client.send(new DeleteObjectCommand({ Bucket, Key: path })).catch((error: unknown) => {
				if (!isMissing(error)) throw translated(error);
			});
		},
		async removeFolder(folder) {
			let keys: { Key: string }[] = [];
			const flush = async () => {
				if (keys.length === 0) return;
				const Delete = { Objects: keys, Quiet: true };
				keys = [];
				const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
				if (Errors[0]) throw new Error(`${Errors[0].Key} cannot be removed: ${Errors[0].Message}`);
			};
			try {
				for await (const { path } of walk(folder))
					if (keys.push({ Key: path }) === REMOVED_AT_ONCE) await flush();
				await flush();
			} catch (error) {
				throw translated(error);
			}
		},
		async link(path, { seconds, contentType, contentDisposition }) {
			if (!linker) return null;
			const command = new GetObjectCommand({
				Bucket,
				Key: path,
				ResponseContentType: contentType,
				...(contentDisposition ? { ResponseContentDisposition: contentDisposition } : {})
			});
			return getSignedUrl(linker, command, { expiresIn: seconds });
		}
	};
}
