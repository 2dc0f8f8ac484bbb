import { type RouteContext, serve } from '../routing.js';
import { openApiDocument } from './document.js';
import { pageOf } from './page.js';

/** The page needs a style and nothing else: no script, nothing from elsewhere. */
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** `GET /api/openapi.json`, and the same for people: `GET /api/docs`. */
export function openApiRoutes({ app, answers }: RouteContext): void {
  const document = openApiDocument();
  const [text, page] = [JSON.stringify(document), pageOf(document)];
  serve(app, '/api/openapi.json', { get: (_req, res) => answers.json(res, 200, text) });
  serve(app, '/api/docs', { get: (_req, res) => void res.writeHead(200, PAGE_HEADERS).end(page) });
  serve(app, '/api/docs/style.css', {
    get: (_req, res) => void res.writeHead(200, { 'content-type': 'text/css; charset=utf-8' }).end(STYLE),
  });
}

const STYLE = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h2 { margin-top: 2.5rem } h3 { margin: 2rem 0 0.25rem } code, pre { font: 0.875rem/1.4 ui-monospace, monospace }
pre { background: #f5f5f2; padding: 0.75rem; overflow-x: auto } .method { color: #0a5c36; font-weight: 600 }
table { border-collapse: collapse } td { border-top: 1px solid #ddd; padding: 0.25rem 1rem 0.25rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #e6e6e6 } pre { background: #222 } td { border-color: #444 } .method { color: #6fd6a4 } a { color: #8ab4f8 } }
`;
