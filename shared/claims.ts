/** Days for which a device may work by what the server said last. */
export const CLAIMS_DAYS = 14;
export const CLAIMS_ISSUER = 'aura';
/** Hours by which a device's clock may be wrong before it matters to claims. */
export const CLOCK_TOLERANCE_HOURS = 2;

/** Public key of an installation, as RFC 8037 writes Ed25519 in JSON. */
export interface ClaimsKey {
	kty: 'OKP';
	crv: 'Ed25519';
	x: string;
	alg: 'EdDSA';
	use: 'sig';
	kid: string;
}
