import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadEnv } from './env.js';
import { hostUrls } from './host-urls.js';

const schema = z.object({
  DB_URL: hostUrls({ protocols: ['postgres', 'postgresql'], fallback: 'postgres://u:p@127.0.0.1:5432/orders' }),
});
const read = (url?: string) => loadEnv(schema, { DB_URL: url }, 'test-service').DB_URL;

describe('the address of a server', () => {
  it.each([
    ['none', undefined, ['postgres://u:p@127.0.0.1:5432/orders']],
    ['one host', 'postgresql://u:p@a/orders', ['postgresql://u:p@a/orders']],
    [
      'an IPv6 address',
      'postgres://u:p@[::1]:5432,b/orders',
      ['postgres://u:p@[::1]:5432/orders', 'postgres://u:p@b/orders'],
    ],
    [
      'several hosts',
      'postgres://u:p@a:5432,b:5433/orders?target_session_attrs=read-write',
      [
        'postgres://u:p@a:5432/orders?target_session_attrs=read-write',
        'postgres://u:p@b:5433/orders?target_session_attrs=read-write',
      ],
    ],
    [
      'a comma in the password',
      'postgres://u:1,2@a,b/orders',
      ['postgres://u:1,2@a/orders', 'postgres://u:1,2@b/orders'],
    ],
    ['several URLs', 'postgres://u:p@a/x,postgres://v:q@b:1/y', ['postgres://u:p@a/x', 'postgres://v:q@b:1/y']],
  ])('with %s becomes one URL per host', (_, url, urls) => {
    expect(read(url)).toEqual(urls);
  });

  it.each([
    ['no URL', 'localhost'],
    ['a host without a name', 'postgres://u:hunter2@a:5432,,b/orders'],
    ['a comma at the end', 'postgres://u:hunter2@a:5432,/orders'],
    ['a port that is none', 'postgres://u:hunter2@a:5432,b:x/orders'],
    ['another protocol among them', 'postgres://u:hunter2@a/x,mysql://u:hunter2@b/y'],
  ])('with %s is refused once, with an example and without its password', (_, url) => {
    let message = '';
    try {
      read(url);
    } catch (error) {
      message = String(error);
    }
    expect(message.split('\n').filter((line) => line.includes('DB_URL'))).toHaveLength(1);
    expect(message).toContain('postgres://user:password@host1:port,host2:port/name');
    expect(message).not.toContain('hunter2');
  });

  it('that asks for a standby is refused', () => {
    expect(() => read('postgres://u:p@a,b/x?target_session_attrs=standby')).toThrow('read-write');
  });
});
