import type { PortWish } from './machine/ports.js';
import { StackError } from './machine/stack-error.js';

export const databaseNames = ['orders', 'inventory', 'payments', 'orchestrator'] as const;
export type DatabaseName = (typeof databaseNames)[number];

export const rabbitmqLogin = { user: 'admin', password: 'admin' } as const;
export const postgresLogin = { user: 'postgres', password: '1111' } as const;

export type Environment = Readonly<Record<string, string | undefined>>;
export type Way = 'docker' | 'native';

/** What the environment says about the stack. Ports are wishes: a default may move, one that was set may not. */
export interface StackSettings {
  /** `STACK_DATA`: where binaries, data and logs live. */
  readonly dataFolder: string | undefined;
  /** `STACK_POSTGRES_URL`: a server to use instead of one of ours; the database in the URL does not matter. */
  readonly postgresUrl: string | undefined;
  /** `RABBITMQ_URL`: a broker to use instead of one of ours. */
  readonly rabbitmqUrl: string | undefined;
  /** `RABBITMQ_MANAGEMENT_URL`: the management page of that broker. */
  readonly managementUrl: string | undefined;
  /** `STACK_USE`: only docker, or only native, instead of the first that serves. */
  readonly use: Way | undefined;
  readonly ports: { readonly postgres: PortWish; readonly amqp: PortWish; readonly management: PortWish };
}

/** Reads the environment; all problems are said at once. An empty string counts as absent. */
export function readSettings(source: Environment): StackSettings {
  const reader = new Reader(source);
  const settings: StackSettings = {
    dataFolder: reader.text('STACK_DATA'),
    postgresUrl: reader.url('STACK_POSTGRES_URL', ['postgres:', 'postgresql:']),
    rabbitmqUrl: reader.url('RABBITMQ_URL', ['amqp:', 'amqps:']),
    managementUrl: reader.url('RABBITMQ_MANAGEMENT_URL', ['http:', 'https:']),
    use: reader.way('STACK_USE'),
    ports: {
      postgres: reader.port('STACK_POSTGRES_PORT', 5432),
      amqp: reader.port('STACK_RABBITMQ_PORT', 5672),
      management: reader.port('STACK_RABBITMQ_MANAGEMENT_PORT', 15672),
    },
  };
  reader.throwProblems();
  return settings;
}

/** Takes values out of an environment and remembers what was wrong with them. */
export class Reader {
  private readonly problems: string[] = [];

  constructor(private readonly source: Environment) {}

  text(name: string): string | undefined {
    return this.source[name] || undefined;
  }

  port(name: string, fallback: number): PortWish {
    const text = this.text(name);
    if (text === undefined) return { port: fallback, setBy: undefined };
    const port = Number(text);
    const ok = /^\d+$/.test(text) && port >= 1 && port <= 65_535;
    if (!ok) this.problems.push(`${name} is "${text}", but a port is a number from 1 to 65535.`);
    return { port: ok ? port : fallback, setBy: name };
  }

  url(name: string, protocols: readonly string[]): string | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const protocol = URL.canParse(text) ? new URL(text).protocol : undefined;
    if (protocol !== undefined && protocols.includes(protocol)) return text;
    this.problems.push(`${name} is not a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}.`);
    return undefined;
  }

  way(name: string): Way | undefined {
    const text = this.text(name);
    if (text === undefined || text === 'docker' || text === 'native') return text;
    this.problems.push(`${name} is "${text}", but it may only be docker or native.`);
    return undefined;
  }

  throwProblems(): void {
    if (this.problems.length === 0) return;
    throw new StackError(
      this.problems.join('\n'),
      'correct or unset what is named above, in the shell or in what started this',
    );
  }
}

/** A URL that may be shown: the password is hidden, unless it is one of those that everybody knows. */
export function withoutPassword(url: string): string {
  const parsed = new URL(url);
  const known = [rabbitmqLogin, postgresLogin].some(
    ({ user, password }) => parsed.username === user && parsed.password === password,
  );
  if (parsed.password === '' || known) return url;
  parsed.password = '***';
  return parsed.toString();
}
