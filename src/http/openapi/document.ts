import { bookingSchemas } from './booking-schemas.ts';
import { importSchemas } from './import-schemas.ts';
import { operationObject } from './operation-object.ts';
import { OPERATION_GROUPS, OPERATIONS } from './operations.ts';
import { problemSchemas } from './problem-responses.ts';
import { referenceSchemas } from './reference-schemas.ts';
import { statsSchemas } from './stats-schemas.ts';

const ABOUT = `Bookings of car dealerships: imported from CSV and Excel files by a durable workflow, then each moved on by
one of its own.

Ids are opaque, and later ones are greater. Times are ISO 8601 with a zone. Lists are \`{items, nextCursor}\`; a page goes
on with \`cursor\` and never skips or repeats what doesn't change. Errors are RFC 9457 problem details with a stable
\`code\`. Answers may get more members; none is taken away.`;

/** The whole API as OpenAPI 3.1, made from the schemas that check its requests. */
export function openApiDocument() {
  return {
    openapi: '3.1.1',
    info: { title: 'Booking import', version: '1', description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'Where this document is' }],
    tags: Object.keys(OPERATION_GROUPS).map((name) => ({ name })),
    paths: paths(),
    components: {
      schemas: { ...importSchemas, ...bookingSchemas, ...referenceSchemas, ...statsSchemas, ...problemSchemas },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'With `sub`, `role` (admin or advisor) and optional `dealers`. A route names the roles it takes.',
        },
      },
    },
  };
}

function paths() {
  const found: Record<string, Record<string, unknown>> = {};
  for (const each of OPERATIONS) {
    const path = each.path.replace(/:(\w+)/g, '{$1}');
    found[path] = { ...found[path], [each.method]: operationObject(each) };
  }
  return found;
}
