import { describe, expect, it } from 'vitest';
import { alternativesOf, firstOf } from './addresses.js';

describe('a URL', () => {
  it.each([
    ['one host', 'postgres://me:1111@a:5432/orders', ['postgres://me:1111@a:5432/orders']],
    ['no login', 'amqp://a,b', ['amqp://a', 'amqp://b']],
    [
      'several hosts',
      'postgres://me:1@a:1,b:2/orders?target_session_attrs=read-write',
      [
        'postgres://me:1@a:1/orders?target_session_attrs=read-write',
        'postgres://me:1@b:2/orders?target_session_attrs=read-write',
      ],
    ],
    ['several URLs', 'amqp://me:1@a/v,amqps://you:2@b:5671/w', ['amqp://me:1@a/v', 'amqps://you:2@b:5671/w']],
    ['nothing of the kind', 'localhost', ['localhost']],
  ])('with %s stands for its addresses', (_, url, alternatives) => {
    expect(alternativesOf(url)).toEqual(alternatives);
  });
});

describe('the first that serves', () => {
  const attempt = async (url: string) => {
    if (url.startsWith('bad')) throw new Error(`${url} is away`);
    return `in ${url}`;
  };

  it('is taken', async () => {
    expect(await firstOf(['bad', 'good', 'better'], attempt)).toBe('in good');
  });

  it('is none: the last one says why', async () => {
    await expect(firstOf(['bad', 'bad too'], attempt)).rejects.toThrow('bad too is away');
  });
});
