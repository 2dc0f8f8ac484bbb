import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { HttpProblem } from '../problem.js';

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const known: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', promisify(gunzip) as Decompress],
  ['deflate', promisify(inflate) as Decompress],
  ['br', promisify(brotliDecompress) as Decompress],
  ['identity', (bytes) => Promise.resolve(bytes)],
]);

/** Undoes a Content-Encoding; gives up (413) as soon as more than `maxBytes` come out, however little went in. */
export async function decompress(bytes: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const work = known.get(encoding.trim().toLowerCase());
  if (work === undefined)
    throw new HttpProblem('UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding may be gzip, deflate, br or absent.');
  try {
    return await work(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new HttpProblem('BODY_TOO_LARGE', `A body may have at most ${maxBytes} bytes, also after decompression.`);
    throw new HttpProblem('BROKEN_BODY', 'The body does not decompress with the Content-Encoding it names.');
  }
}
