import Joi from 'joi';

/** A payload as Temporal's own tools send it to a codec server: protobuf's JSON, bytes in base64. */
export interface WirePayload {
  metadata?: Record<string, string>;
  data?: string;
}

const base64 = Joi.string().base64({ paddingRequired: false }).allow('');
const wirePayload = Joi.object<WirePayload>({
  metadata: Joi.object().pattern(Joi.string().max(200), base64),
  data: base64,
}).unknown(true);

export const codecInput = Joi.object<{ payloads: WirePayload[] }>({
  payloads: Joi.array().items(wirePayload).max(1000).required(),
}).required();
