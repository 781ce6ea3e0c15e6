import express, { Router } from 'express';
import Joi from 'joi';
import { ok, type Result } from '../domain/failures.ts';
import { answer, endpoint } from './endpoint.ts';
import { parseRequest } from './requests.ts';

/** A payload as Temporal's own tools send it to a codec server: protobuf's JSON, bytes in base64. */
export interface WirePayload {
  metadata?: Record<string, string>;
  data?: string;
}

export interface CodecDeps {
  /** Opens encrypted payloads; absent: none is encrypted here. Failure: `INVALID_REQUEST`, naming the key's id. */
  openPayloads?(payloads: WirePayload[]): Promise<Result<WirePayload[]>>;
}

const base64 = Joi.string().base64({ paddingRequired: false, urlSafe: false }).allow('');
export const codecInput = Joi.object<{ payloads: WirePayload[] }>({
  payloads: Joi.array()
    .items(Joi.object({ metadata: Joi.object().pattern(Joi.string().max(200), base64), data: base64 }).unknown(true))
    .max(1000)
    .required(),
}).required();

/** What `temporal … --codec-endpoint URL/api/admin/codec` asks, to show an operator histories that are encrypted. */
export function codecRoutes({ openPayloads }: CodecDeps): Router {
  const router = Router();
  const decode = answer(async (req) => {
    const asked = parseRequest(codecInput, req.body);
    if (!asked.ok) return asked;
    const { payloads } = asked.value;
    const opened = openPayloads ? await openPayloads(payloads) : ok(payloads);
    return opened.ok ? ok({ body: { payloads: opened.value } }) : opened;
  });
  endpoint(router, '/api/admin/codec/decode', { post: [express.json({ limit: '10mb' }), decode] });
  return router;
}
