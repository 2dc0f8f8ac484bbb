import { join } from 'node:path';
import type { Outcome, Run } from './machine/run.js';
import { StackError } from './machine/stack-error.js';
import { projectRoot } from './project.js';
import type { OwnServer } from './server.js';

export type ComposeService = 'rabbitmq' | 'postgres';

/** Whether an engine answers, and if not, why: in words for "RabbitMQ natively, because …". */
export async function findEngine(run: Run): Promise<{ ok: true } | { ok: false; why: string }> {
  const engine = await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeoutMs: 5_000 });
  if (engine.code === 127) return { ok: false, why: 'docker is not installed' };
  if (engine.code !== 0) return { ok: false, why: 'no docker engine is running' };
  const compose = await run('docker', ['compose', 'version'], { timeoutMs: 5_000 });
  return compose.code === 0 ? { ok: true } : { ok: false, why: 'docker has no compose plugin' };
}

export interface ComposeOptions {
  readonly run: Run;
  readonly service: ComposeService;
  /** Compose's project name: instances of tests have one of their own. */
  readonly project: string;
  /** The published ports, as docker-compose.yaml reads them from the environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
}

/** One service of docker-compose.yaml. */
export class ComposeServer implements OwnServer {
  constructor(private readonly options: ComposeOptions) {}

  async start(): Promise<void> {
    await this.compose(['up', '--detach', '--wait', this.options.service]);
  }

  async stop(): Promise<void> {
    await this.compose(['stop', this.options.service]);
  }

  async kill(): Promise<void> {
    await this.compose(['kill', this.options.service]);
  }

  /** Removes all containers of this instance, with their data. */
  async remove(): Promise<void> {
    await removeContainers(this.options, this.options.project);
  }

  async isRunning(): Promise<boolean> {
    const { output } = await this.compose(['ps', '--status', 'running', '--quiet', this.options.service]);
    return output.trim() !== '';
  }

  private compose(args: readonly string[]): Promise<Outcome> {
    return compose(this.options, this.options.project, args);
  }
}

type Caller = Pick<ComposeOptions, 'run' | 'environment' | 'onLine'>;

export async function removeContainers(caller: Caller, project: string): Promise<void> {
  await compose(caller, project, ['down', '--volumes', '--remove-orphans']);
}

async function compose(caller: Caller, project: string, args: readonly string[]): Promise<Outcome> {
  const file = join(projectRoot, 'docker-compose.yaml');
  const outcome = await caller.run('docker', ['compose', '--file', file, '--project-name', project, ...args], {
    env: caller.environment,
    timeoutMs: 600_000,
    onLine: caller.onLine,
  });
  if (outcome.code === 0) return outcome;
  const why = outcome.output.trim().split('\n').at(-1) ?? `code ${outcome.code}`;
  throw new StackError(
    `docker compose ${args.join(' ')} failed (${why}).`,
    'see what docker says about it, or set STACK_USE=native to do without docker',
  );
}
