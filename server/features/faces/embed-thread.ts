// Tries models and makes embeddings in a thread of its own, which ends when there is nothing to do.
import { answerThread } from '../../thread.ts';
import { createEmbedder } from './embedder.ts';

answerThread(createEmbedder());
