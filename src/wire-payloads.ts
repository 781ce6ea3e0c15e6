import type { PayloadCodec } from '@temporalio/common';
import { fail, ok, type Result } from './domain/failures.ts';
import type { WirePayload } from './http/codec-input.ts';

/** Opens what Temporal's tools show as ciphertext. Failure: `INVALID_REQUEST`, with what the codec says. */
export async function openWirePayloads(codec: PayloadCodec, payloads: WirePayload[]): Promise<Result<WirePayload[]>> {
  try {
    const opened = await codec.decode(payloads.map(fromWire));
    return ok(
      opened.map(({ metadata, data }) => ({
        metadata: mapValues(metadata ?? {}, toBase64),
        data: toBase64(data ?? new Uint8Array()),
      })),
    );
  } catch (error) {
    return fail('INVALID_REQUEST', `It cannot be decrypted: ${(error as Error).message}.`);
  }
}

const fromWire = ({ metadata = {}, data = '' }: WirePayload) => ({
  metadata: mapValues(metadata, (value) => Buffer.from(value, 'base64')),
  data: Buffer.from(data, 'base64'),
});
const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const mapValues = <A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
