// Looks at guests' pictures in a thread of its own: each takes a tenth of a second of the processor.
import { workerData } from 'node:worker_threads';
import { answerThread } from '../../thread.ts';
import { createLooker } from './looker.ts';

answerThread(createLooker(workerData as string));
