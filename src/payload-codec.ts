import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import type { PayloadKeys } from './payload-keys.ts';

const CIPHER = 'aes-256-gcm';
const ENCODING = 'binary/encrypted';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const extension = import.meta.url.endsWith('.js') ? 'js' : 'ts';

/** The module that puts failures' messages and stacks into payloads, so that they are encrypted, too. */
export const ENCODED_FAILURES = fileURLToPath(new URL(`./encoded-failures.${extension}`, import.meta.url));

/** For every client and worker; undefined without keys. */
export function dataConverterOf(keys: PayloadKeys | null | undefined): DataConverter | undefined {
  if (!keys) return undefined;
  const failureConverterPath = keys.encryptWith === null ? undefined : ENCODED_FAILURES;
  return { payloadCodecs: [createPayloadCodec(keys)], failureConverterPath };
}

/**
 * Encrypts whole payloads by AES-256-GCM, and leaves the id of the key with them. What was written plain is read plain.
 * Throws an error that names the key's id when a payload has an unknown one, or doesn't open with it.
 */
export function createPayloadCodec({ encryptWith, keys }: PayloadKeys): PayloadCodec {
  const current = encryptWith === null ? undefined : { id: encryptWith, key: keyOf(keys, encryptWith) };
  return {
    encode: async (payloads) => (current ? payloads.map((payload) => seal(payload, current)) : payloads),
    decode: async (payloads) => payloads.map((payload) => (isSealed(payload) ? open(payload, keys) : payload)),
  };
}

interface NamedKey {
  id: string;
  key: Buffer;
}

function keyOf(keys: PayloadKeys['keys'], id: string): Buffer {
  const key = keys.get(id);
  if (!key) throw new Error(`a payload is encrypted with the key "${id}", which is not among PAYLOAD_KEYS`);
  return key;
}

function seal(payload: Payload, { id, key }: NamedKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(toBytes(payload)), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, cipher.getAuthTag(), sealed]),
  };
}

const metadataOf = ({ metadata }: Payload, name: string): string => Buffer.from(metadata?.[name] ?? []).toString();
const isSealed = (payload: Payload): boolean => metadataOf(payload, 'encoding') === ENCODING;

function open(payload: Payload, keys: PayloadKeys['keys']): Payload {
  const id = metadataOf(payload, 'encryption-key-id');
  const key = keyOf(keys, id);
  const data = Buffer.from(payload.data ?? []);
  try {
    const decipher = createDecipheriv(CIPHER, key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(id)).setAuthTag(data.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return fromBytes(Buffer.concat([decipher.update(data.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]));
  } catch {
    // The library's own error says no more, and might some day say too much.
    throw new Error(`a payload does not open with the key "${id}": it was changed, or that id had another key`);
  }
}

function toBytes({ metadata, data }: Payload): Buffer {
  const named = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return Buffer.from(JSON.stringify([named, Buffer.from(data ?? []).toString('base64')]));
}

function fromBytes(bytes: Buffer): Payload {
  const [named, data] = JSON.parse(bytes.toString()) as [[string, string][], string];
  const metadata = Object.fromEntries(named.map(([name, value]) => [name, Buffer.from(value, 'base64')]));
  return { metadata, data: Buffer.from(data, 'base64') };
}
