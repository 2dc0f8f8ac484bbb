import { writeFileSync } from 'node:fs';
import { openApiDocument } from './document.js';

/** Writes the document into the repository: `pnpm --filter api-gateway openapi`. */
writeFileSync(
  new URL('../../../../docs/openapi.json', import.meta.url),
  `${JSON.stringify(openApiDocument(), null, 2)}\n`,
);
