import { join } from 'node:path';
import express, { Router } from 'express';

/** The built portal under /portal/, and the way there from /. What isn't there goes on to the 404. */
export function portal(directory: string): Router {
  const router = Router();
  router.get('/', (_req, res) => res.redirect(302, '/portal/'));
  // The build names its assets after their content: such a name never gets another content.
  router.use(
    '/portal/assets',
    express.static(join(directory, 'assets'), { immutable: true, maxAge: '365d', index: false }),
  );
  router.use('/portal', express.static(directory, { setHeaders: (res) => res.setHeader('Cache-Control', 'no-cache') }));
  return router;
}
