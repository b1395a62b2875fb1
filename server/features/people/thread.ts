// Groups faces in a thread of its own: twenty thousand of them take seconds.
import { answerThread } from '../../thread.ts';
import { createGrouper } from './grouper.ts';

answerThread(createGrouper().group);
