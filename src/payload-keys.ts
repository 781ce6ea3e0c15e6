/** The keys that payloads in Temporal are encrypted with, by their ids. */
export interface PayloadKeys {
  /** The id of the key for what is written from now on; null: it stays plain. */
  encryptWith: string | null;
  /** AES-256: 32 bytes each. All of them decrypt. */
  keys: ReadonlyMap<string, Buffer>;
}

/** Nothing is encrypted, nor can anything be opened. */
export const NO_KEYS: PayloadKeys = { encryptWith: null, keys: new Map() };

const KEY_BYTES = 32;
const ID = /^[\w.-]{1,40}$/;
const BASE64 = /^[\w+/-]{43}=?$/;
/** As the first entry: nothing is encrypted any more, or yet, and what is can still be read. */
const OFF = 'off';

/**
 * Reads `id:base64key,id2:…`: the first encrypts. Gives a text instead when something is wrong, which names the entry by
 * its place: what stands there may be a key without its id.
 */
export function readPayloadKeys(text: string): PayloadKeys | string {
  const entries = text.split(',').map((entry) => entry.trim());
  const off = entries[0] === OFF;
  const keys = new Map<string, Buffer>();
  for (const [at, entry] of entries.entries()) {
    if (off && at === 0) continue;
    const [id = '', key = '', ...more] = entry.split(':');
    const fault = faultOf(id, key, more.length > 0) ?? (keys.has(id) ? 'repeats an id' : undefined);
    if (fault) return `its entry ${at + 1} ${fault}`;
    keys.set(id, Buffer.from(key, 'base64'));
  }
  return { encryptWith: off ? null : (entries[0]?.split(':')[0] ?? null), keys };
}

function faultOf(id: string, key: string, hasMore: boolean): string | undefined {
  if (hasMore || key === '') return 'must be an id, a colon and a key in base64';
  if (!ID.test(id) || id === OFF) return 'must have an id of 1 to 40 letters, digits, dots and dashes';
  return BASE64.test(key) && Buffer.from(key, 'base64').length === KEY_BYTES
    ? undefined
    : `must have a key of ${KEY_BYTES} bytes in base64`;
}
