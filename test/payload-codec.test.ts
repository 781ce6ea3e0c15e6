import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { ConfigError, loadConfig } from '../src/config.ts';
import { createPayloadCodec } from '../src/payload-codec.ts';
import { type PayloadKeys, readPayloadKeys } from '../src/payload-keys.ts';

const key = () => randomBytes(32).toString('base64');
const [K1, K2] = [key(), key()];

function codec(text: string) {
  const keys = readPayloadKeys(text);
  if (typeof keys === 'string') throw new Error(keys);
  return createPayloadCodec(keys);
}
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const unwrap = (read: Payload | undefined) => read && defaultPayloadConverter.fromPayload(read);
const [one] = [payload({ importId: '01ABC', round: 1 })];

describe('the payload codec', () => {
  it('gives back what was encrypted, whatever kind of payload it is', async () => {
    const values = [{ importId: '01ABC' }, null, undefined, 'ü', new Uint8Array([0, 1, 255]), []];
    const { encode, decode } = codec(`k1:${K1}`);
    const sealed = await encode(values.map(payload));
    for (const each of sealed) {
      assert.equal(Buffer.from(each.metadata?.encoding ?? []).toString(), 'binary/encrypted');
      assert.doesNotMatch(Buffer.from(each.data ?? []).toString('latin1'), /01ABC|json|importId/);
    }
    assert.deepEqual((await decode(sealed)).map(unwrap), values);
  });

  it('encrypts the same payload otherwise each time', async () => {
    const [a, b] = await codec(`k1:${K1}`).encode([one, one]);
    assert.notDeepEqual(a?.data, b?.data);
  });

  it('encrypts with the first key and opens with any', async () => {
    const before = await codec(`k1:${K1}`).encode([one]);
    const rotated = codec(`k2:${K2},k1:${K1}`);
    const after = await rotated.encode([one]);
    assert.equal(Buffer.from(after[0]?.metadata?.['encryption-key-id'] ?? []).toString(), 'k2');
    assert.deepEqual((await rotated.decode([...before, ...after])).map(unwrap), [unwrap(one), unwrap(one)]);
  });

  it('reads what was never encrypted, and encrypts nothing when it is off', async () => {
    assert.deepEqual(await codec(`k1:${K1}`).decode([one]), [one]);
    const off = codec(`off,k1:${K1}`);
    assert.deepEqual(await off.encode([one]), [one]);
    assert.deepEqual((await off.decode(await codec(`k1:${K1}`).encode([one]))).map(unwrap), [unwrap(one)]);
  });

  it('names the key that is missing, or that does not open, and never shows one', async () => {
    const [sealed] = await codec(`k1:${K1}`).encode([one]);
    assert.ok(sealed);
    const says = (pattern: RegExp) => (error: Error) => {
      assert.match(error.message, pattern);
      assert.ok(!`${error.message}${error.stack}`.includes(K1) && error.cause === undefined);
      return true;
    };
    await assert.rejects(codec(`k2:${K2}`).decode([sealed]), says(/the key "k1", which is not among PAYLOAD_KEYS/));
    await assert.rejects(codec(`k1:${K2}`).decode([sealed]), says(/does not open with the key "k1"/));
    const data = Buffer.from(sealed.data ?? []);
    for (const at of [0, 12, data.length - 1]) {
      const changed = Buffer.from(data);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      await assert.rejects(codec(`k1:${K1}`).decode([{ ...sealed, data: changed }]), says(/does not open/));
    }
    await assert.rejects(codec(`k1:${K1}`).decode([{ ...sealed, data: data.subarray(0, 20) }]), says(/does not open/));
  });

  it('takes no payload for one of another key: its id is sealed in', async () => {
    const [sealed] = await codec(`k1:${K1}`).encode([one]);
    const metadata = { ...sealed?.metadata, 'encryption-key-id': Buffer.from('k2') };
    await assert.rejects(
      codec(`k1:${K1},k2:${K1}`).decode([{ ...sealed, metadata }]),
      /does not open with the key "k2"/,
    );
  });
});

describe('PAYLOAD_KEYS', () => {
  const read = (text: string) => readPayloadKeys(text) as PayloadKeys;

  it('lists ids and keys, the first to encrypt with', () => {
    const { encryptWith, keys } = read(`2027-01:${K1}, old.1:${K2}`);
    assert.deepEqual([encryptWith, [...keys.keys()], keys.get('old.1')?.length], ['2027-01', ['2027-01', 'old.1'], 32]);
    assert.equal(read(`off,k1:${K1}`).encryptWith, null);
    assert.equal(loadConfig({ PAYLOAD_KEYS: `k1:${K1}` }).temporal.payloadKeys?.encryptWith, 'k1');
    assert.equal(loadConfig({}).temporal.payloadKeys, null);
  });

  const WRONG: [string, RegExp][] = [
    [K1, /entry 1 must be an id, a colon/],
    [`k1:${K1},${K2}`, /entry 2 must be an id, a colon/],
    [`k1:${K1.slice(0, 20)}`, /entry 1 must have a key of 32 bytes/],
    [`k1:${randomBytes(33).toString('base64')}`, /entry 1 must have a key of 32 bytes/],
    [`k1:${K1},k1:${K2}`, /entry 2 repeats an id/],
    [`k1:${K1},off`, /entry 2 must be/],
    [`k 1:${K1}`, /entry 1 must have an id/],
    [`k1:${K1}:${K2}`, /entry 1 must be/],
    [`k1:${K1},`, /entry 2 must be/],
  ];
  for (const [text, fault] of WRONG)
    it(`refuses ${text.replaceAll(/[\w+/-]{20,}=*/g, 'KEY')} at the start, without showing it`, () => {
      assert.throws(
        () => loadConfig({ PAYLOAD_KEYS: text }),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.match(error.message, fault);
          assert.ok(![K1, K2, K1.slice(0, 20)].some((each) => error.message.includes(each)));
          return true;
        },
      );
    });
});
