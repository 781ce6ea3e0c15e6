import type { Express, IRouter } from 'express';
import { type Access, PERMISSIONS } from './permissions.ts';

type Layer = IRouter['stack'][number];

/** Every route that the app has, such as `GET /healthz`, as its routers know them. */
export const routesOf = (app: Express): string[] => app.router.stack.flatMap(routesBehind);

function routesBehind({ route, handle }: Layer): string[] {
  if (!route) return ((handle as Partial<IRouter>).stack ?? []).flatMap(routesBehind);
  const methods = route.stack.flatMap(({ method }) => method ?? []);
  return [...new Set(methods)].map((method) => `${method.toUpperCase()} ${route.path}`);
}

/** What the table of permissions says of a route of this name. */
export function accessOf(route: string): Access | undefined {
  const [method = '', path = ''] = route.split(' ');
  const row: Record<string, Access> | undefined = (PERMISSIONS as Record<string, Record<string, Access>>)[path];
  return row?.[method.toLowerCase()];
}

/** Throws when there is a route of which the table says nothing, however it was added. */
export function refuseUnlisted(app: Express): void {
  const unlisted = routesOf(app).filter((route) => accessOf(route) === undefined);
  if (unlisted.length > 0) throw new Error(`PERMISSIONS has no row for ${unlisted.join(', ')}`);
}
