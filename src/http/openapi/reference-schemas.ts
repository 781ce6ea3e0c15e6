import type { Advisor } from '../../../db/advisors.ts';
import type { Dealer } from '../../../db/dealers.ts';
import type { Variant } from '../../../db/variants.ts';
import type { Access } from '../../domain/access.ts';
import { ADMIN_OBJECTS, type AdminTrailEntry } from '../../domain/admin-trail.ts';
import { NOTIFICATION_KINDS } from '../../domain/notification.ts';
import type { NotificationView } from '../../domain/notification-view.ts';
import type { Mended } from '../../domain/reconcile.ts';
import { anything, count, flag, id, instant, list, nullable, object, oneOf, string } from './json-schema.ts';

const checks = oneOf(['up', 'down']);

export const referenceSchemas = {
  Dealer: object<Dealer>({
    dealerCode: string,
    dealerName: string,
    location: nullable(string),
    isActive: flag,
    settings: {
      ...anything,
      description:
        '`timeZone` (IANA), `waitlist`, and the hours of its timers: `reminderHours`, `noShowHours`, `rescheduleHours`, `reopenHours`; null turns one off.',
    },
  }),
  Advisor: object<Advisor>({
    id,
    email: string,
    name: string,
    dealerCodes: list(string, { description: 'The first is the home dealer.' }),
    isActive: flag,
  }),
  Variant: object<Variant>({ code: string, name: string }),
  Notification: object<NotificationView>({
    id: { type: 'string', description: 'Its place in the feed: the later it was told, the greater.' },
    kind: oneOf(NOTIFICATION_KINDS),
    bookingId: nullable(id),
    externalId: nullable(string),
    importId: nullable(id),
    dealerCode: nullable(string),
    at: instant,
    happenedAt: instant,
    data: anything,
    text: { type: 'string', description: 'The same in words.' },
  }),
  AdminAction: object<AdminTrailEntry>({
    id,
    action: string,
    changedBy: string,
    kind: oneOf(ADMIN_OBJECTS),
    object: nullable(string),
    oldValue: nullable(anything),
    newValue: nullable(anything),
    changeReason: nullable(string),
    ipAddress: nullable(string),
    userAgent: nullable(string),
    createdAt: instant,
  }),
  Access: object<Access>({
    id,
    at: instant,
    subject: nullable(string),
    role: nullable(string),
    ip: nullable(string),
    userAgent: nullable(string),
    method: string,
    route: string,
    status: { type: 'integer', minimum: 100, maximum: 599 },
    requestId: string,
    objectId: nullable(string),
    failure: nullable(string),
    failureDetail: nullable(string),
  }),
  Mended: object<Mended>({
    importsStarted: count,
    walksStarted: count,
    commandsHanded: count,
    notificationsDelivered: count,
    lifecyclesStarted: count,
    lifecyclesRefreshed: count,
    lifecyclesEnded: count,
  }),
  Running: object<{ state: string }>({ state: { const: 'RUNNING' } }),
  Alive: object<{ status: string }>({ status: { const: 'alive' } }),
  Ready: object<{ status: string; checks: object }>({
    status: { const: 'ready' },
    checks: object<{ database: string; temporal: string }>({ database: checks, temporal: checks }),
  }),
};
