import { join } from 'node:path';
import { projectRoot } from '../embedded/project-root.ts';
import { buildWorkflowBundle } from '../workflow-bundle.ts';

// The last step of `npm run build`: the workflows as one file beside the compiled code.
await buildWorkflowBundle(join(projectRoot(), 'dist', 'workflow-bundle.js'));
