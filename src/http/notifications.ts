import { Router } from 'express';
import { listNotifications } from '../../db/notification-feed.ts';
import { ok } from '../domain/failures.ts';
import { callerIn } from './auth.ts';
import { feedOf } from './booking-scope.ts';
import { answer, endpoint, type Handler } from './endpoint.ts';
import { createFeedPulse } from './feed-pulse.ts';
import { type StreamDeps, streamNotifications } from './notification-stream.ts';
import { notificationListQuery, parseRequest } from './requests.ts';
import { capStreams } from './stream-cap.ts';

/** What changed for the caller. */
export function notificationRoutes(deps: Omit<StreamDeps, 'pulse'>): Router {
  const router = Router();
  endpoint(router, '/api/notifications', { get: answer(listOwn(deps)) });
  const pulse = createFeedPulse(deps);
  endpoint(router, '/api/notifications/stream', { get: [capStreams(), streamNotifications({ ...deps, pulse })] });
  return router;
}

/** Newest first. */
const listOwn =
  ({ db }: Pick<StreamDeps, 'db'>): Handler =>
  async (req, res) => {
    const query = parseRequest(notificationListQuery, req.query);
    return query.ok ? ok({ body: await listNotifications(db, feedOf(callerIn(res)), query.value) }) : query;
  };
