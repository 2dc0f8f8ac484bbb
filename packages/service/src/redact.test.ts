import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { loggerSettings } from './logger.js';
import { redactBrokenJson, redactText } from './redact.js';

describe('redactText', () => {
  it.each([
    ['amqp://admin:secret@127.0.0.1:5672/v', 'amqp://[redacted]@127.0.0.1:5672/v'],
    [
      'cannot reach postgres://u:p%40ss@db/x, nor amqps://u:p@h',
      'cannot reach postgres://[redacted]@db/x, nor amqps://[redacted]@h',
    ],
    ['postgres://u:p@ss@db/x', 'postgres://[redacted]@db/x'],
    ['https://user@host/path', 'https://[redacted]@host/path'],
    ['http://127.0.0.1:3000/a@b', 'http://127.0.0.1:3000/a@b'],
    ['mail@example.org', 'mail@example.org'],
    ['pays with tok_visa, or "tok_insufficient_funds"', 'pays with [redacted], or "[redacted]"'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });
});

describe('redactBrokenJson', () => {
  it.each([
    ['{"cardToken": "abc", "n": 1, oops', '{"cardToken": "[redacted]", "n": 1, oops'],
    ['{"password":"a\\"b","x":"y"', '{"password":"[redacted]","x":"y"'],
    ['{"apiKey":123,"authorization":"Bearer cut o', '{"apiKey":"[redacted]","authorization":"[redacted]"'],
    ['{"method":"tok_visa","by":"http://a:b@c"}', '{"method":"[redacted]","by":"http://[redacted]@c"}'],
    ['no JSON: token', 'no JSON: token'],
  ])('%s', (text, expected) => {
    expect(redactBrokenJson(text)).toBe(expected);
  });
});

/** Logs with the service's settings, and gives back the line. */
function logged(write: (log: pino.Logger) => void): Record<string, unknown> {
  let line = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      line += chunk;
      done();
    },
  });
  write(pino(loggerSettings('test-service', 'info'), stream));
  return JSON.parse(line);
}

describe('the logger', () => {
  it('hides fields that are named after a secret, however deep', () => {
    const headers = { authorization: 'Bearer abc', Cookie: 'sid=abc', accept: 'json' };
    const line = logged((log) =>
      log.info({ request: { headers }, password: 'x', accessToken: 'y', list: [{ token: 1 }] }, 'hello'),
    );
    expect(line).toMatchObject({
      service: 'test-service',
      msg: 'hello',
      request: { headers: { authorization: '[redacted]', Cookie: '[redacted]', accept: 'json' } },
      password: '[redacted]',
      accessToken: '[redacted]',
      list: [{ token: '[redacted]' }],
    });
  });

  it('hides credentials in URLs: in messages, fields, errors, and what caused them', () => {
    const cause = new Error('connect to amqp://admin:hunter2@broker failed');
    const error = Object.assign(new Error('no way to postgres://u:hunter2@db', { cause }), { password: 'hunter2' });
    const write = (log: pino.Logger) =>
      log.error({ err: error, url: 'http://a:hunter2@b', failure: error }, 'at amqp://x:hunter2@y');
    const text = JSON.stringify(logged(write));
    const inside = logged((log) => log.child({ token: 'hunter2' }).info({ tried: { last: error } }, 'x'));
    expect(inside).toMatchObject({
      token: '[redacted]',
      tried: { last: { message: expect.stringContaining('no way') } },
    });
    expect(JSON.stringify(inside)).not.toContain('hunter2');
    expect(text).not.toContain('hunter2');
    expect(text).toContain('no way to postgres://[redacted]@db');
    expect(text).toContain('redact.test.ts');
  });

  it('hides them also when the error is all that is logged, and in placeholders', () => {
    const error = new TypeError('amqp://a:hunter2@b');
    const expected = { msg: 'amqp://[redacted]@b', err: { type: 'TypeError', message: 'amqp://[redacted]@b' } };
    expect(logged((log) => log.error(error))).toMatchObject(expected);
    expect(logged((log) => log.error({ err: error }))).toMatchObject(expected);
    expect(logged((log) => log.info('to %s', 'amqp://a:hunter2@b'))).toMatchObject({ msg: 'to amqp://[redacted]@b' });
  });

  it('copes with cycles, dates, maps and bigints', () => {
    const cycle: Record<string, unknown> = { at: new Date(0), amount: 12n, map: new Map([['a', 1]]) };
    cycle.self = cycle;
    expect(logged((log) => log.info({ cycle }, 'x'))).toMatchObject({ cycle: { at: '1970-01-01T00:00:00.000Z' } });
  });
});
