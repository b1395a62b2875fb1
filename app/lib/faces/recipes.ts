import type { NewFaceModel } from '#shared/faces/manifest.ts';

/** What a well-known model is used with; whoever adds it gives name, file and licence text. */
export interface Recipe {
	label: string;
	/** what somebody should know before they choose it */
	note: string;
	/** '' or null: it is for whoever adds it to say */
	fields: Omit<NewFaceModel, 'licenceText'>;
}

/** Where ArcFace's five points lie in 112 x 112 pixels; the mouth is the middle of its corners. */
const arcface = {
	side: 112,
	alignment: {
		rightEye: [38.29, 51.7] as [number, number],
		leftEye: [73.53, 51.5] as [number, number],
		mouth: [56.14, 92.28] as [number, number]
	}
};
const half: [number, number, number] = [127.5, 127.5, 127.5];
/** Distance of directions for a cosine. */
const ofCosine = (cosine: number) => Math.round(1_000 * Math.sqrt(2 - 2 * cosine)) / 1_000;

export const recipes = {
	sface: {
		label: 'SFace (OpenCV Zoo)',
		note: 'Apache-2.0: studios may use it for their business. 39 MB; phones and devices load it.',
		fields: {
			...arcface,
			name: 'sface-2021dec',
			sha256: '0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79',
			address:
				'https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_recognition_sface/face_recognition_sface_2021dec.onnx',
			source: 'OpenCV Zoo, face_recognition_sface_2021dec (Zhong et al. 2021)',
			licence: 'Apache-2.0',
			channels: 'rgb',
			// it subtracts and divides by itself
			mean: [0, 0, 0],
			scale: 1,
			dimensions: 128,
			threshold: ofCosine(0.363)
		}
	},
	auraface: {
		label: 'AuraFace v1 (fal.ai)',
		note: 'Apache-2.0: studios may use it for their business. About 260 MB: the server alone uses it, and guests send a small picture.',
		fields: {
			...arcface,
			name: 'auraface-v1',
			sha256: '',
			address: null,
			source: 'fal.ai, AuraFace-v1, glintr100.onnx',
			licence: 'Apache-2.0',
			channels: 'rgb',
			mean: half,
			scale: 127.5,
			dimensions: 512,
			threshold: ofCosine(0.35)
		}
	},
	insightface: {
		label: 'InsightFace (buffalo, antelope)',
		note: 'Not for business: these weights are for research that earns nothing, unless InsightFace has licensed them to you.',
		fields: {
			...arcface,
			name: 'insightface-w600k-r50',
			sha256: '',
			address: null,
			source: 'InsightFace, buffalo_l, w600k_r50.onnx',
			licence: 'non-commercial research only',
			channels: 'rgb',
			mean: half,
			scale: 127.5,
			dimensions: 512,
			threshold: ofCosine(0.35)
		}
	},
	own: {
		label: 'Another one',
		note: 'An ONNX file that takes one aligned face and gives its numbers. Who made it says how it is fed.',
		fields: {
			...arcface,
			name: '',
			sha256: '',
			address: null,
			source: '',
			licence: '',
			channels: 'rgb',
			mean: half,
			scale: 127.5,
			dimensions: 512,
			threshold: 1.1
		}
	}
} as const satisfies Record<string, Recipe>;
export type RecipeName = keyof typeof recipes;
