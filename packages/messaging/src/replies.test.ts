import { describe, expect, it } from 'vitest';
import { decodeReplies, encodeReplies } from './replies.js';

const done = (id: string, data: unknown = {}) => ({ id, outcome: 'done' as const, data });

describe('replies', () => {
  it('are read as they were written', () => {
    const items = [
      done('a', { total: '1.00' }),
      { id: 'b', outcome: 'refused' as const, code: 'ODD', message: 'no', details: { n: 1 } },
      { id: 'c', outcome: 'failed' as const, code: 'INTERNAL', message: 'oops' },
    ];
    expect(decodeReplies(encodeReplies(items))).toEqual({ items, broken: [] });
  });

  it('fail alone if they cannot be written', () => {
    const { items } = decodeReplies(encodeReplies([done('a'), done('b', 1n), done('c')]));
    expect(items).toMatchObject([done('a'), { id: 'b', outcome: 'failed', code: 'INTERNAL' }, done('c')]);
  });

  it('are read one by one: what cannot be understood is named', () => {
    const body = { items: [done('a'), { id: 'b', outcome: 'refused' }, 7] };
    const { items, broken } = decodeReplies(Buffer.from(JSON.stringify(body)));
    expect(items).toEqual([done('a')]);
    expect(broken.map(({ id }) => id)).toEqual(['b', undefined]);
  });
});
