import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Router } from 'express';
import { endpoint } from './endpoint.ts';
import { DOCS_PAGE, DOCS_SCRIPT } from './openapi/docs-page.ts';
import { openApiDocument } from './openapi/document.ts';

/** Of what changes with a deploy only: kept, but asked for each time whether it still holds. */
const REVALIDATED = { 'Cache-Control': 'public, no-cache' };

/** The API's description of itself, and the page that shows it: open to whoever can reach the port. */
export function openApiRoutes(): Router {
  const router = Router();
  const text = JSON.stringify(openApiDocument());
  endpoint(router, '/openapi.json', {
    get: (_req, res) => void res.set(REVALIDATED).type('application/json').send(text),
  });
  endpoint(router, '/docs', { get: (_req, res) => void res.set(REVALIDATED).type('html').send(DOCS_PAGE) });
  router.get('/docs/start.js', (_req, res) => void res.set(REVALIDATED).type('js').send(DOCS_SCRIPT));
  router.get('/docs/assets/:name', ({ params: { name } }, res, next) =>
    RENDERER.includes(name) ? res.sendFile(name, { root: rendererDir, maxAge: '1h' }) : next(),
  );
  return router;
}

const rendererDir = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
/** The package has a page of its own as well, about an API that isn't ours. */
const RENDERER = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];
