// A camera's endpoints over WebUSB.
import { PtpError } from '#shared/ptp/error.ts';
import type { Pipe } from '#shared/ptp/session.ts';

/** USB class of still image devices. */
export const STILL_IMAGE = 6;

export interface Endpoints extends Pipe {
	/** The next event, whenever it comes. @throws PtpError 'gone' or 'stall' */
	readEvent(): Promise<Uint8Array>;
	close(): Promise<void>;
}

/** An event container has at most 24 bytes; some firmware sends more. */
const EVENT_BYTES = 64;

/** What the browser says when a camera goes, in our words. */
function known(error: unknown): PtpError {
	if (error instanceof PtpError) return error;
	return new PtpError('gone', `The camera is not there any more (${(error as Error).message}).`);
}

function interfaceOf(device: USBDevice): { number: number; alternate: USBAlternateInterface } {
	for (const { interfaceNumber, alternates } of device.configuration?.interfaces ?? [])
		for (const alternate of alternates)
			if (alternate.interfaceClass === STILL_IMAGE) return { number: interfaceNumber, alternate };
	throw new PtpError('garbage', 'This device is no camera: it has no interface for still images.');
}

/**
 * Opens a camera for this page alone.
 * @throws PtpError 'gone' when another program holds it, or it is not there
 */
export async function openEndpoints(device: USBDevice): Promise<Endpoints> {
	try {
		if (!device.opened) await device.open();
		if (!device.configuration)
			await device.selectConfiguration(device.configurations[0]?.configurationValue ?? 1);
		const { number, alternate } = interfaceOf(device);
		await device.claimInterface(number);
		const find = (direction: USBDirection, type: USBEndpointType) => {
			const found = alternate.endpoints.find(
				(each) => each.direction === direction && each.type === type
			);
			if (!found) throw new PtpError('garbage', `The camera has no ${type} endpoint ${direction}.`);
			return found;
		};
		const out = find('out', 'bulk').endpointNumber;
		const into = find('in', 'bulk');
		const events = find('in', 'interrupt').endpointNumber;
		const read = async (endpoint: number, length: number): Promise<Uint8Array> => {
			const { status, data } = await device.transferIn(endpoint, length).catch((error: unknown) => {
				throw known(error);
			});
			if (status === 'stall') {
				await device.clearHalt('in', endpoint);
				throw new PtpError('stall', 'The camera broke a transfer off.');
			}
			if (status === 'babble')
				throw new PtpError('garbage', 'The camera sends more than was asked.');
			return data
				? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
				: new Uint8Array(0);
		};
		return {
			packet: into.packetSize,
			async write(bytes) {
				const { status } = await device.transferOut(out, bytes).catch((error: unknown) => {
					throw known(error);
				});
				if (status !== 'stall') return;
				await device.clearHalt('out', out);
				throw new PtpError('stall', 'The camera did not take what was sent.');
			},
			read: (length) => read(into.endpointNumber, length),
			readEvent: () => read(events, EVENT_BYTES),
			async close() {
				await device.close().catch(() => undefined);
			}
		};
	} catch (error) {
		await device.close().catch(() => undefined);
		if (error instanceof PtpError) throw error;
		const isTaken = /claim|access denied/i.test((error as Error).message);
		throw isTaken
			? new PtpError(
					'gone',
					'Another program holds the camera. Close it (on a Mac: Photos, Image Capture), then connect again.'
				)
			: known(error);
	}
}
