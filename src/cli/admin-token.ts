import type { Config } from '../config.ts';
import { signToken } from '../local-keys.ts';

/** A token that the local stack accepts as an admin's. Throws where an issuer gives them. */
export function adminToken({ dataDir, auth }: Config, user: string | undefined): Promise<string> {
  if (auth.kind === 'issuer') throw new Error(`give a token of ${auth.issuer} by --token`);
  return signToken({ dataDir, auth }, { sub: user || 'cli', role: 'admin' });
}
