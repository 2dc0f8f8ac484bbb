import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { freePorts } from './machine/ports.js';
import { projectRoot } from './project.js';

const folder = mkdtempSync(join(tmpdir(), 'scripts-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly detail: string;
    readonly cure?: string;
  }[];
}

function bootstrap(args: readonly string[], env: Record<string, string> = {}, node: readonly string[] = []) {
  const all = [...node, join(projectRoot, 'scripts', 'bootstrap.mjs'), ...args];
  return spawnSync(process.execPath, all, {
    encoding: 'utf8',
    cwd: projectRoot,
    env: { ...process.env, STACK_DATA: folder, ...env },
  });
}

describe('the bootstrap', () => {
  it('says in two lines that a Node is too old, and what to do', () => {
    const pretend = join(folder, 'pretend.cjs');
    writeFileSync(pretend, "Object.defineProperty(process, 'versions', { value: { node: '18.20.1' } });");
    const { status, stderr } = bootstrap(['start'], {}, ['--require', pretend]);
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      'Node 18.20.1 is too old: 20.19 or newer is needed.',
      expect.stringContaining('What to do: install a newer one'),
    ]);
  });

  it('names the commands there are', () => {
    const { status, stderr } = bootstrap(['nonsense']);
    expect(status).toBe(1);
    expect(stderr).toContain('There is no command "nonsense".');
    expect(stderr).not.toContain('    at ');
  });
});

describe('doctor', { timeout: 60_000 }, () => {
  it('checks every prerequisite, for programs as well', () => {
    const { stdout } = bootstrap(['doctor', '--json']);
    const { checks } = JSON.parse(stdout) as Report;
    const names = checks.map(({ name }) => name);
    for (const name of ['Node', 'npm', 'npm registry', 'pnpm', 'packages', 'environment', 'data folder', 'memory']) {
      expect(names).toContain(name);
    }
    for (const name of ['docker', 'RabbitMQ', 'Postgres']) expect(names).toContain(name);
    expect(names.some((name) => name.startsWith('port'))).toBe(true);
    for (const { status, cure } of checks) expect(status === 'ok' || cure !== undefined).toBe(true);
  });

  it('fails with a cure when a port that was set is taken, and names who holds it', async () => {
    const [port = 0] = await freePorts(1);
    const server = await new Promise<Server>((resolve) => {
      const one = createServer().listen(port, '127.0.0.1', () => resolve(one));
    });
    const { status, stdout } = bootstrap(['doctor', '--json'], { STACK_RABBITMQ_MANAGEMENT_PORT: String(port) });
    server.close();
    const report = JSON.parse(stdout) as Report;
    expect(status).toBe(1);
    expect(report.ok).toBe(false);
    expect(report.checks.find(({ name }) => name === `port ${port}`)).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`process ${process.pid}`),
      cure: expect.stringContaining('STACK_RABBITMQ_MANAGEMENT_PORT'),
    });
  });

  it('fails when the environment is wrong, or the data folder cannot be made', () => {
    const broken = JSON.parse(bootstrap(['doctor', '--json'], { RABBITMQ_URL: 'nonsense' }).stdout) as Report;
    expect(broken.checks.find(({ name }) => name === 'environment')).toMatchObject({ status: 'fail' });
    const nowhere = JSON.parse(bootstrap(['doctor', '--json'], { STACK_DATA: '/dev/null/x' }).stdout) as Report;
    expect(nowhere.checks.find(({ name }) => name === 'data folder')).toMatchObject({ status: 'fail' });
  });
});
