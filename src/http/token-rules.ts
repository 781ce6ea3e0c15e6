import { createLocalJWKSet } from 'jose';
import type { AuthConfig } from '../config.ts';
import { LOCAL_ALGORITHM, loadLocalKeys } from '../local-keys.ts';
import type { TokenRules } from './auth.ts';
import { ISSUER_TIMES, issuerKeys } from './issuer-keys.ts';

/** An issuer may sign with any of these; none of them verifies with a shared secret. */
const ISSUER_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** Whose tokens count: the configured issuer's, or those of the key pair in `DATA_DIR`. */
export async function tokenRules(
  { auth, dataDir }: { auth: AuthConfig; dataDir: string },
  times = ISSUER_TIMES,
): Promise<TokenRules> {
  const { issuer, audience } = auth;
  if (auth.kind === 'issuer') {
    return { issuer, audience, algorithms: ISSUER_ALGORITHMS, keys: issuerKeys(auth.jwksUrl, times) };
  }
  const { publicJwk } = await loadLocalKeys(dataDir);
  return { issuer, audience, algorithms: [LOCAL_ALGORITHM], keys: createLocalJWKSet({ keys: [publicJwk] }) };
}
