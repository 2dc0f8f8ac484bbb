import { uuid } from '@saga-checkout/shared-types';
import { z } from 'zod';

/** The last order of a page: the next page begins behind it, however many orders are placed meanwhile. */
export interface Cursor {
  readonly createdAt: Date;
  readonly id: string;
}

/** The cursor as it travels: opaque to clients, safe in a URL. */
export function writeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(`${createdAt.getTime()} ${id}`).toString('base64url');
}

/** Reads what {@link writeCursor} wrote; anything else is a problem of the schema. */
export const cursor = z
  .string()
  .max(100)
  .transform((text) => Buffer.from(text, 'base64url').toString('latin1').split(' '))
  .pipe(z.tuple([z.string().regex(/^\d{1,15}$/), uuid]))
  .transform(([millis, id]): Cursor => ({ createdAt: new Date(Number(millis)), id }));
