// The one place that knows simplewebauthn in the browser; loaded when it is used.
import type {
	PublicKeyCredentialCreationOptionsJSON,
	PublicKeyCredentialRequestOptionsJSON
} from '@simplewebauthn/browser';
import { startAuthentication, startRegistration } from '@simplewebauthn/browser';
import type { Identity } from '#shared/auth.ts';
import { call } from '../api/client.ts';

/** The person closed the device's question; nothing went wrong. */
export const isCancelled = (error: unknown): boolean =>
	error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'AbortError');

/** Makes a passkey on this device and gives its public half to the server. */
export async function addPasskey(): Promise<void> {
	const options = await call('POST /api/auth/passkeys/options', {});
	const answer = await startRegistration({
		optionsJSON: options as unknown as PublicKeyCredentialCreationOptionsJSON
	});
	await call('POST /api/auth/passkeys', { body: answer as never });
}

/** Signs in with a passkey of this device. */
export async function signInWithPasskey(): Promise<Identity> {
	const options = await call('POST /api/auth/passkeys/login/options', {});
	const answer = await startAuthentication({
		optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON
	});
	return call('POST /api/auth/passkeys/login', { body: answer as never });
}
