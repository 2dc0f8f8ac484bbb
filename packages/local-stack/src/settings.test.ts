import { describe, expect, it } from 'vitest';
import { StackError } from './machine/stack-error.js';
import { readSettings, withoutPassword } from './settings.js';

describe('readSettings', () => {
  it('has the ports everybody expects by default, which may move', () => {
    expect(readSettings({}).ports).toEqual({
      postgres: { port: 5432, setBy: undefined },
      amqp: { port: 5672, setBy: undefined },
      management: { port: 15_672, setBy: undefined },
    });
  });

  it('remembers which variable set a port', () => {
    expect(readSettings({ STACK_POSTGRES_PORT: '6000' }).ports.postgres).toEqual({
      port: 6000,
      setBy: 'STACK_POSTGRES_PORT',
    });
  });

  it('takes an empty string for absent', () => {
    expect(readSettings({ RABBITMQ_URL: '', STACK_POSTGRES_PORT: '', STACK_USE: '' })).toEqual(readSettings({}));
  });

  it('says everything that is wrong at once', () => {
    const read = () =>
      readSettings({
        RABBITMQ_URL: 'http://example.org',
        STACK_POSTGRES_URL: 'nonsense',
        STACK_POSTGRES_PORT: '70000',
        STACK_RABBITMQ_PORT: 'five',
        STACK_USE: 'podman',
      });
    expect(read).toThrow(StackError);
    for (const name of [
      'RABBITMQ_URL',
      'STACK_POSTGRES_URL',
      'STACK_POSTGRES_PORT',
      'STACK_RABBITMQ_PORT',
      'STACK_USE',
    ]) {
      expect(read).toThrow(name);
    }
  });
});

describe('withoutPassword', () => {
  it('hides the password and nothing else', () => {
    expect(withoutPassword('amqp://ada:secret@host:5672/v')).toBe('amqp://ada:***@host:5672/v');
    expect(withoutPassword('amqp://host:5672')).toBe('amqp://host:5672');
  });

  it('has nothing to hide of the login that everybody knows', () => {
    expect(withoutPassword('amqp://admin:admin@127.0.0.1:5672')).toBe('amqp://admin:admin@127.0.0.1:5672');
  });
});
