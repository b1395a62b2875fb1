import { z } from 'zod';
import { idSchema } from '../ids.ts';
import { faceAndPersonPattern, faceKeyPattern } from '../people/person.ts';
import { clockKeyPattern, clockSchema } from '../photos/clocks.ts';
import { photoFactsSchema, photoMarkSchemas, photoTrashSchema } from '../photos/photo.ts';
import { rightsIdPattern, rightsSchema } from '../photos/rights.ts';
import { approvalSchema } from '../temporary/temporary.ts';
import { fields, root } from './declaration.ts';

/** `event/<id>`: the photos of one event and everything that people decide about them. */
export const eventDocument = {
	/** photo id -> what never changes of it */
	photos: root({
		key: /^[0-9a-f]{32}$/,
		value: photoFactsSchema,
		resource: 'photo',
		author: (facts) => facts.by
	}),
	/** photo id/field -> value */
	marks: fields('[0-9a-f]{32}', photoMarkSchemas, 'photo'),
	/** camera -> seconds that its clock is corrected by in this event */
	clocks: root({
		key: clockKeyPattern,
		value: clockSchema,
		resource: 'photo',
		create: 'update',
		delete: 'update'
	}),
	/** rights that hold for some of the photos, by what they are called */
	rights: root({
		key: rightsIdPattern,
		value: rightsSchema,
		resource: 'photo',
		create: 'update',
		delete: 'update'
	}),
	/** photo id -> that it lies in the trash */
	trash: root({
		key: /^[0-9a-f]{32}$/,
		value: photoTrashSchema,
		resource: 'photo',
		create: 'delete',
		update: 'delete',
		removes: true,
		author: ({ by }) => by ?? undefined
	}),
	/** photo id -> that it stays, though it came for the time being */
	approved: root({
		key: /^[0-9a-f]{32}$/,
		value: approvalSchema,
		resource: 'approval',
		create: 'approve',
		update: 'approve',
		delete: 'approve',
		author: ({ by }) => by
	}),
	/** face -> the person that it is */
	identified: root({ key: faceKeyPattern, value: idSchema, resource: 'person' }),
	/** face/person -> that it is not this person */
	excluded: root({ key: faceAndPersonPattern, value: z.literal(true), resource: 'person' }),
	/** face -> that nothing of it is kept, on any device; written by the server alone */
	forgotten: root({
		key: faceKeyPattern,
		value: z.literal(true),
		resource: 'person',
		writer: 'server'
	}),
	/** photo id -> which of its files the server holds; written by the server alone */
	stored: root({
		key: /^[0-9a-f]{32}$/,
		value: z.strictObject({
			/** bits of `fileBit` in shared/files/kinds.ts */
			files: z.int().min(0).max(15),
			/** faces in the stored sidecar; null before there is one */
			faces: z.int().min(0).max(10_000).nullable()
		}),
		resource: 'file',
		writer: 'server'
	})
};
