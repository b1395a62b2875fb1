// The one place that knows jose on the server: what a device may show and do without a network, signed.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { SignJWT, calculateJwkThumbprint, exportJWK } from 'jose';
import type { Identity } from '#shared/auth.ts';
import { readOrMake } from '../../secrets.ts';
import { CLAIMS_DAYS, CLAIMS_ISSUER, type ClaimsKey } from '#shared/claims.ts';

export interface ClaimsSigner {
	/** @returns a JSON Web Token (EdDSA) that says who somebody is and where they belong */
	sign(identity: Identity): Promise<string>;
	/** The public key that devices verify with. */
	key(): Promise<ClaimsKey>;
}

/** The key of this installation, made at the first start. */
function readKeyPair(dataDir: string) {
	const pem = readOrMake(dataDir, 'claims-key.pem', () =>
		generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
	);
	const privateKey = createPrivateKey(pem);
	return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** @param now milliseconds since 1970 */
export function createClaimsSigner(dataDir: string, now: () => number = Date.now): ClaimsSigner {
	const { privateKey, publicKey } = readKeyPair(dataDir);
	const key = async (): Promise<ClaimsKey> => {
		const { x } = await exportJWK(publicKey);
		const jwk = { kty: 'OKP', crv: 'Ed25519', x: x! } as const;
		return { ...jwk, alg: 'EdDSA', use: 'sig', kid: await calculateJwkThumbprint(jwk) };
	};
	return {
		key,
		async sign({ user, workspaces }) {
			const issued = Math.floor(now() / 1000);
			return new SignJWT({ user, workspaces })
				.setProtectedHeader({ alg: 'EdDSA', kid: (await key()).kid })
				.setIssuer(CLAIMS_ISSUER)
				.setSubject(user.id)
				.setIssuedAt(issued)
				.setExpirationTime(issued + CLAIMS_DAYS * 86_400)
				.sign(privateKey);
		}
	};
}
