import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import type { AuthConfig } from './config.ts';

export const LOCAL_ALGORITHM = 'ES256';

export interface LocalKeys {
  /** With `kid`, `alg` and `use`: fit for a JWKS. */
  publicJwk: JWK;
  privateKey: CryptoKey;
}

export interface TokenClaims {
  /** An admin's name, an advisor's e-mail. */
  sub: string;
  role: 'admin' | 'advisor';
  /** Dealer codes the token is limited to; none: no limit. */
  dealers?: string[];
  /** jose's time spans: `30m`, `8h`, `7 days`. Default 8 hours. */
  ttl?: string;
}

export interface TokenIssuer {
  dataDir: string;
  auth: AuthConfig;
}

/** The key pair that this `DATA_DIR` signs and verifies with; made on first use, by whichever process comes first. */
export async function loadLocalKeys(dataDir: string): Promise<LocalKeys> {
  const path = join(dataDir, 'keys', 'signing-key.json');
  const { d, ...publicPart } = (await read(path)) ?? (await create(path));
  const privateKey = (await importJWK({ d, ...publicPart }, LOCAL_ALGORITHM)) as CryptoKey;
  return { publicJwk: { ...publicPart, alg: LOCAL_ALGORITHM, use: 'sig' }, privateKey };
}

/** A bearer token that the stack on this `DATA_DIR` accepts. Throws when an issuer of tokens is configured. */
export async function signToken({ dataDir, auth }: TokenIssuer, claims: TokenClaims): Promise<string> {
  if (auth.kind === 'issuer') throw new Error(`tokens come from ${auth.issuer}: a local one would not be accepted`);
  const { publicJwk, privateKey } = await loadLocalKeys(dataDir);
  const { role, dealers, sub, ttl = '8h' } = claims;
  return new SignJWT(dealers ? { role, dealers } : { role })
    .setProtectedHeader({ alg: LOCAL_ALGORITHM, kid: publicJwk.kid, typ: 'JWT' })
    .setSubject(sub)
    .setIssuer(auth.issuer)
    .setAudience(auth.audience)
    .setIssuedAt()
    .setExpirationTime(ttl)
    .sign(privateKey);
}

async function read(path: string): Promise<JWK | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JWK;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`the signing key in ${path} is not readable; remove it to get a new one`, { cause: error });
  }
}

/** API, worker and command line may start together: a link appears whole and only once, and the losers read it. */
async function create(path: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(LOCAL_ALGORITHM, { extractable: true });
  const jwk = await exportJWK(privateKey);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(draft, JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk) }), { mode: 0o600 });
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return (await read(path)) as JWK;
}
