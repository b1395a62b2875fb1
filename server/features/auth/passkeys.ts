// The one place that knows simplewebauthn on the server.
import {
	generateAuthenticationOptions,
	generateRegistrationOptions,
	verifyAuthenticationResponse,
	verifyRegistrationResponse
} from '@simplewebauthn/server';
import type {
	AuthenticationResponseJSON,
	AuthenticatorTransport,
	RegistrationResponseJSON
} from '@simplewebauthn/server';
import type { User } from '#shared/auth.ts';
import { AuraError } from '#shared/errors.ts';
import type { Database } from '../../database/database.ts';
import {
	findPasskey,
	insertChallenge,
	insertPasskey,
	listPasskeys,
	noteUse,
	takeChallenge
} from './passkey-store.ts';

/** The site that passkeys belong to. */
const siteOf = (origin: string) => ({ rpID: new URL(origin).hostname, rpName: 'Aura' });

/** What the authenticator is asked to make. */
export async function registrationOptions(database: Database, user: User, origin: string) {
	const known = await listPasskeys(database, user.id);
	const options = await generateRegistrationOptions({
		...siteOf(origin),
		userID: new TextEncoder().encode(user.id),
		userName: user.email,
		userDisplayName: user.name,
		attestationType: 'none',
		excludeCredentials: known.map(({ id }) => ({ id })),
		// it stands alone for the password: it must name its owner, and unlock by finger, face or PIN
		authenticatorSelection: { residentKey: 'required', userVerification: 'required' }
	});
	await insertChallenge(database, options.challenge, user.id);
	return options;
}

/** Keeps a passkey. @throws AuraError invalid, conflict */
export async function register(
	database: Database,
	user: User,
	answer: RegistrationResponseJSON,
	name: string,
	origin: string
): Promise<string> {
	const verification = await verifyRegistrationResponse({
		response: answer,
		expectedChallenge: (challenge) => takeChallenge(database, challenge, user.id),
		expectedOrigin: origin,
		expectedRPID: siteOf(origin).rpID,
		requireUserVerification: true
	}).catch(() => null);
	if (!verification?.verified)
		throw new AuraError('invalid', 'This answer does not fit the question. Begin again.');
	const { id, publicKey, counter, transports = [] } = verification.registrationInfo.credential;
	if (
		!(await insertPasskey(database, { id, userId: user.id, publicKey, counter, transports, name }))
	)
		throw new AuraError('conflict', 'This passkey is known already.');
	return id;
}

/** What any passkey of this site is asked. */
export async function signInOptions(database: Database, origin: string) {
	const options = await generateAuthenticationOptions({
		rpID: siteOf(origin).rpID,
		userVerification: 'required'
	});
	await insertChallenge(database, options.challenge, null);
	return options;
}

/** @returns the person. @throws AuraError unauthenticated */
export async function signInWith(
	database: Database,
	answer: AuthenticationResponseJSON,
	origin: string
): Promise<string> {
	const refused = () =>
		new AuraError('unauthenticated', 'This passkey is not known here. Sign in with your password.');
	const passkey = await findPasskey(database, answer.id);
	if (!passkey) throw refused();
	const verification = await verifyAuthenticationResponse({
		response: answer,
		expectedChallenge: (challenge) => takeChallenge(database, challenge, null),
		expectedOrigin: origin,
		expectedRPID: siteOf(origin).rpID,
		requireUserVerification: true,
		credential: {
			id: passkey.id,
			publicKey: passkey.publicKey,
			counter: passkey.counter,
			transports: passkey.transports as AuthenticatorTransport[]
		}
	}).catch(() => null);
	if (!verification?.verified) throw refused();
	await noteUse(database, passkey.id, verification.authenticationInfo.newCounter);
	return passkey.userId;
}
