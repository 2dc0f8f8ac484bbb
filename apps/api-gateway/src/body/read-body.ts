import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';
import { HttpProblem } from '../problem.js';
import { decompress } from './decompress.js';

/** Largest body taken, in bytes, before and after decompression. */
const MAX_BODY_BYTES = 100 * 1024;

/**
 * The text of a JSON body. Throws a problem for everything that is not one: another content type or charset, an unknown
 * encoding (415), too large (413), stalled for `timeoutMs` (408), not UTF-8 (400).
 */
export async function readJsonText(req: Request, timeoutMs: number): Promise<string> {
  assertJsonType(req.headers['content-type']);
  const encoding = req.headers['content-encoding'];
  const bytes = await readBytes(req, timeoutMs);
  return decode(encoding === undefined ? bytes : await decompress(bytes, encoding, MAX_BODY_BYTES));
}

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)"?/i;

function assertJsonType(contentType: string | undefined): void {
  if (contentType === 'application/json') return;
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') throw unsupported('Send the body as Content-Type: application/json.');
  const charset = CHARSET.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') throw unsupported('Send the body in UTF-8; no other charset is read.');
}

const unsupported = (detail: string): HttpProblem => new HttpProblem('UNSUPPORTED_MEDIA_TYPE', detail);

/** All bytes of the body. The promise rejects with a problem; a client that goes away rejects with ClientGone. */
function readBytes(req: Request, timeoutMs: number): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let over = false;
    const finish = (error: Error | null) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (error === null) resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
      else reject(error);
    };
    const timer = setTimeout(() => finish(stalled()), timeoutMs);
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      // Past the end the rest is received and thrown away.
      if (!over) chunks.push(chunk);
      if (size > MAX_BODY_BYTES) finish(tooLarge());
    });
    req.on('end', () => finish(null));
    req.on('error', () => finish(new ClientGone()));
  });
}

/** The client closed the connection before its request had arrived: there is nobody to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

const tooLarge = (): HttpProblem =>
  new HttpProblem('BODY_TOO_LARGE', `A body may have at most ${MAX_BODY_BYTES} bytes, also after decompression.`);

const stalled = (): HttpProblem =>
  new HttpProblem('REQUEST_TIMEOUT', 'The body did not arrive in time; nothing was done.', {
    headers: { connection: 'close' },
  });

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new HttpProblem('BROKEN_BODY', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
