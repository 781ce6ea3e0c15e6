import { isIP } from 'node:net';
import type { Request } from 'express';

/** As Postgres's `inet` takes it: without an interface's name, and null for what a proxy's header merely claims to be one. */
export function callerIp(req: Request): string | null {
  const [ip = ''] = req.ip?.split('%') ?? [];
  return isIP(ip) === 0 ? null : ip;
}
