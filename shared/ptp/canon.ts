import { PtpWriter } from './bytes.ts';
import { Operation } from './codes.ts';
import type { Session } from './session.ts';

/** Sets a property of a Canon: size, property, value. */
export async function setCanonProperty(
	session: Session,
	property: number,
	value: number
): Promise<void> {
	const data = new PtpWriter().uint32(12).uint32(property).uint32(value).done();
	await session.ask({ operation: Operation.CanonSetProperty, data, isUrgent: true });
}
