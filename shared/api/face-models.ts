import { z } from 'zod';
import {
	MAX_MODEL_BYTES,
	chooseFaceModelSchema,
	facePairsSchema,
	faceThresholdSchema,
	newFaceModelSchema,
	platformFaceModelSchema,
	studioFaceModelsSchema
} from '../faces/manifest.ts';
import type { Endpoint } from './endpoint.ts';

/** Models that tell faces apart: the installation has them, each studio chooses one. */
export const faceModelEndpoints = {
	'GET /api/platform/face-models': {
		summary: 'Models of this installation that tell faces apart',
		tag: 'platform',
		access: 'superadmin',
		response: z.strictObject({ models: z.array(platformFaceModelSchema) })
	},
	'POST /api/platform/face-models': {
		summary: 'Say what a model is; its file comes after that',
		tag: 'platform',
		access: 'superadmin',
		isStrong: true,
		body: newFaceModelSchema,
		status: 201,
		response: platformFaceModelSchema,
		errors: ['conflict', 'invalid']
	},
	'PUT /api/platform/face-models/{model}/file': {
		summary:
			'Send the file of a model: compared with its SHA-256, and run, before anybody can choose it',
		tag: 'platform',
		access: 'superadmin',
		isStrong: true,
		bytes: { maxBytes: MAX_MODEL_BYTES, isStream: true },
		response: platformFaceModelSchema,
		errors: ['not_found', 'invalid', 'too_large']
	},
	'POST /api/platform/face-models/{model}/fetch': {
		summary: 'Have the server get the file of a model from its address, compare and run it',
		tag: 'platform',
		access: 'superadmin',
		isStrong: true,
		response: platformFaceModelSchema,
		errors: ['not_found', 'invalid', 'too_large', 'unavailable']
	},
	'DELETE /api/platform/face-models/{model}': {
		summary: 'Remove a model that no studio uses',
		tag: 'platform',
		access: 'superadmin',
		isStrong: true,
		status: 204,
		errors: ['not_found', 'conflict']
	},
	'GET /api/workspaces/{workspace}/face-models': {
		summary: 'The model that a studio tells faces apart with, and those that it could choose',
		tag: 'people',
		access: 'member',
		response: studioFaceModelsSchema
	},
	'PUT /api/workspaces/{workspace}/face-model': {
		summary: 'Choose a model: faces are made anew with it, and it is used once all are',
		tag: 'people',
		access: 'member',
		isStrong: true,
		body: chooseFaceModelSchema,
		response: studioFaceModelsSchema,
		errors: ['forbidden', 'unknown_model']
	},
	'PUT /api/workspaces/{workspace}/face-models/{model}/threshold': {
		summary: 'Set the distance up to which two faces are of one person',
		tag: 'people',
		access: 'member',
		isStrong: true,
		body: faceThresholdSchema,
		response: studioFaceModelsSchema,
		errors: ['forbidden', 'unknown_model', 'invalid']
	},
	'GET /api/workspaces/{workspace}/face-pairs': {
		summary: 'Pairs of faces around the threshold, for somebody to say which are one person',
		tag: 'people',
		access: 'member',
		response: facePairsSchema,
		errors: ['forbidden']
	}
} as const satisfies Record<`${string} /api/${string}`, Endpoint>;
