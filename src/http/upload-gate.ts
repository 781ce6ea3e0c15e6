import { fail, type Result } from '../domain/failures.ts';
import { createTurns } from '../domain/turns.ts';

export interface UploadGate {
  /** Lets an upload be received, or refuses it before its body is read. Failure: `TOO_MANY_UPLOADS`. */
  pass<T>(subject: string, receive: () => Promise<Result<T>>): Promise<Result<T>>;
  /** Stores what was received, a few at once. */
  store<T>(work: () => Promise<T>): Promise<T>;
}

/** So many write their bytes to Postgres at once: the others hold no connection, which readers need. */
const STORED_AT_ONCE = 5;
/** One subject may have this share of the uploads: forty of them leave sixteen to the others. */
const SHARE = 0.6;
/** A small file is received and judged within some 50 ms. */
const RETRY_AFTER_SECONDS = 2;

/**
 * Bounds what uploads take of this process at once: each may lie in the spool with the largest size, and what waits in
 * memory for a turn would grow with whoever knocks.
 */
export function createUploadGate(atOnce: number): UploadGate {
  const perSubject = Math.max(1, Math.floor(atOnce * SHARE));
  const received = new Map<string, number>();
  let total = 0;
  const count = (subject: string, change: 1 | -1) => {
    total += change;
    const own = (received.get(subject) ?? 0) + change;
    if (own > 0) received.set(subject, own);
    else received.delete(subject);
  };
  return {
    pass: async (subject, receive) => {
      const own = received.get(subject) ?? 0;
      if (total >= atOnce || own >= perSubject) return refuse(own >= perSubject ? own : total);
      count(subject, 1);
      try {
        return await receive();
      } finally {
        count(subject, -1);
      }
    },
    store: createTurns(STORED_AT_ONCE),
  };
}

const refuse = (uploads: number) =>
  fail('TOO_MANY_UPLOADS', `${uploads} uploads are being received at this moment; send this one again shortly.`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
