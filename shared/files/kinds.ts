/** What is kept of a photo, in the order in which it is sent: small and useful first. */
export const fileKinds = ['thumb', 'faces', 'web', 'original'] as const;
export type FileKind = (typeof fileKinds)[number];

/** Bit of a kind in the `stored` root of an event document. */
export const fileBit: Record<FileKind, number> = { thumb: 1, faces: 2, web: 4, original: 8 };

/** Sizes of renditions: longest side in pixels and WebP quality. */
export const renditions = {
	thumb: { side: 400, quality: 0.78 },
	web: { side: 2000, quality: 0.8 }
} as const;

/** The most bytes of a kind; originals are bound by MAX_FILE_BYTES. */
export const maxBytesOfKind: Record<Exclude<FileKind, 'original'>, number> = {
	thumb: 1024 ** 2,
	faces: 8 * 1024 ** 2,
	web: 16 * 1024 ** 2
};
