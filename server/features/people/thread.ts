// Groups faces in a thread of its own: twenty thousand of them take seconds, in which the server answers everybody else.
import { parentPort } from 'node:worker_threads';
import type { FaceGroup } from '#shared/people/cluster.ts';
import { type GroupRequest, createGrouper } from './grouper.ts';

export interface Asked {
	id: number;
	request: GroupRequest;
}
export interface Answered {
	id: number;
	groups?: FaceGroup[];
	fault?: string;
}

const port = parentPort!;
const grouper = createGrouper();
port.on('message', ({ id, request }: Asked) => {
	try {
		port.postMessage({ id, groups: grouper.group(request) } satisfies Answered);
	} catch (error) {
		port.postMessage({ id, fault: (error as Error).message } satisfies Answered);
	}
});
