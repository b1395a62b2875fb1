import { z } from 'zod';
import { idSchema } from './ids.ts';

/** Wrong answers after which a station is locked for a while, each further one for twice as long. */
export const STATION_TRIES = 5;

const isWeak = (pin: string) =>
	new Set(pin).size < 3 ||
	'01234567890123456789'.includes(pin) ||
	'98765432109876543210'.includes(pin);

export const pinSchema = z
	.string()
	.regex(/^\d{6,12}$/, 'A PIN has 6 to 12 digits.')
	.refine((pin) => !isWeak(pin), 'This PIN is guessed first. Choose another one.');

/** Embedding of a face by the default model; checked against it. */
const embeddingSchema = z.array(z.number()).max(4_096);

export const newStationSchema = z.strictObject({
	/** what the device is called */
	name: z.string().trim().min(1).max(80),
	pin: pinSchema
});
/** The only answer that carries the station's key. */
export const stationKeySchema = z.strictObject({ id: idSchema, key: z.string() });

export const stationSchema = z.strictObject({
	id: idSchema,
	name: z.string(),
	hasFace: z.boolean(),
	isLocked: z.boolean(),
	createdAt: z.iso.datetime(),
	lastUsedAt: z.iso.datetime().nullable()
});
export type Station = z.infer<typeof stationSchema>;

const keySchema = z.string().min(20).max(100);
export const stationFaceSchema = z.strictObject({ key: keySchema, embedding: embeddingSchema });
export const unlockSchema = z.union([
	z.strictObject({ key: keySchema, pin: z.string().max(20) }),
	stationFaceSchema
]);
export type Unlock = z.output<typeof unlockSchema>;
