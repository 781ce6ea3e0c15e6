import Joi from 'joi';
import type { AccessFilter } from '../../db/access-log.ts';
import type { AdminTrailFilter } from '../../db/admin-trail.ts';
import { ADMIN_ACTIONS, ADMIN_OBJECTS } from '../domain/admin-trail.ts';
import { afterFrom } from './booking-requests.ts';
import { ID_KEY, instant, pageBy, text } from './requests.ts';

export const adminTrailQuery = Joi.object<AdminTrailFilter>({
  ...pageBy(ID_KEY),
  subject: text(255),
  action: Joi.string().valid(...ADMIN_ACTIONS),
  kind: Joi.string().valid(...ADMIN_OBJECTS),
  object: text(255),
  from: instant,
  to: afterFrom,
});

export const accessListQuery = Joi.object<AccessFilter>({
  ...pageBy(ID_KEY),
  subject: text(255),
  ip: Joi.string().ip({ version: ['ipv4', 'ipv6'], cidr: 'optional' }),
  from: instant,
  to: afterFrom,
  status: Joi.number().integer().min(100).max(599),
});
