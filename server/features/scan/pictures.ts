// A guest's picture that is looked at here, in memory, and forgotten.
import { AuraError } from '#shared/errors.ts';
import type { Thread } from '../../thread.ts';
import type { Look, Looked } from '../faces/looker.ts';
import type { ReadyModel } from '../faces/models.ts';

export interface GuestPictures {
	/** @throws AuraError invalid with `face` ('none', 'several', 'dark', 'not_a_picture'); unavailable when too many wait */
	embeddingOf(picture: string, ready: ReadyModel): Promise<number[]>;
	stop(): Promise<void>;
}

/** Pictures that wait for their turn: about two seconds' work. */
const MAX_WAITING = 16;

const words: Record<Exclude<Looked['kind'], 'face'>, string> = {
	none: 'No face was found in that picture.',
	several: 'There is more than one face in that picture.',
	dark: 'The picture is too dark to tell.',
	not_a_picture: 'That is not a picture.'
};

/** @param fileOf the file of a model on this machine */
export const createGuestPictures = (
	thread: Thread<Look, Looked>,
	fileOf: (ready: ReadyModel) => Promise<string>
): GuestPictures => ({
	async embeddingOf(picture, ready) {
		if (thread.waiting >= MAX_WAITING)
			throw new AuraError(
				'unavailable',
				'Too many look at this moment. Try again in a few seconds.',
				{ retryAfter: 5 }
			);
		const looked = await thread.ask({
			picture: Buffer.from(picture, 'base64'),
			model: ready.model,
			file: await fileOf(ready)
		});
		if (looked.kind !== 'face')
			throw new AuraError('invalid', words[looked.kind], { face: looked.kind });
		return [...looked.embedding];
	},
	stop: () => thread.stop()
});
