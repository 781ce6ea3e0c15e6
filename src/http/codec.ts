import { Router } from 'express';
import { ok, type Result } from '../domain/failures.ts';
import { codecInput, type WirePayload } from './codec-input.ts';
import { answer, endpoint } from './endpoint.ts';
import { jsonBody } from './json-body.ts';
import { parseRequest } from './requests.ts';

export interface CodecDeps {
  /** Opens encrypted payloads, and gives plain ones back. Failure: `INVALID_REQUEST`, naming the key's id. */
  openPayloads(payloads: WirePayload[]): Promise<Result<WirePayload[]>>;
}

/** What `temporal … --codec-endpoint URL/api/admin/codec` asks, to show an operator histories that are encrypted. */
export function codecRoutes({ openPayloads }: CodecDeps): Router {
  const router = Router();
  const decode = answer(async (req) => {
    const asked = parseRequest(codecInput, req.body);
    const opened = asked.ok ? await openPayloads(asked.value.payloads) : asked;
    return opened.ok ? ok({ body: { payloads: opened.value } }) : opened;
  });
  endpoint(router, '/api/admin/codec/decode', { post: [...jsonBody('10mb'), decode] });
  return router;
}
