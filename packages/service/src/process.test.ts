import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';

/** Each test runs a process of its own, on the built package, because what is tested ends it. */
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const BUILT = new URL('../dist/index.js', import.meta.url).href;

function run(main: string) {
  const code = `import { createLogger, onShutdown, runMain, StartupError } from '${BUILT}';
    const log = createLogger({ service: 'x', pretty: false });
    runMain(async () => { ${main} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
  children.push(child);
  let output = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        if (output.includes('ready')) resolve();
      });
  });
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, output }));
  return { child, ready, ended, output: () => output };
}

const FOREVER = 'setInterval(() => {}, 1000); console.log("ready");';

describe('runMain', () => {
  it('shows a StartupError as cause and cure, without a stack trace, and exits with 1', async () => {
    const { ended } = run('throw new StartupError("no port at amqp://a:hunter2@b", "set PORT");');
    expect(await ended).toEqual({ exitCode: 1, output: 'no port at amqp://[redacted]@b\nTo fix it: set PORT\n' });
  });

  it.each([
    ['that main throws', 'throw new Error("oops");'],
    ['that nobody caught', `${FOREVER} setTimeout(() => { throw new Error("oops"); }, 1);`],
    ['that nobody handled', `${FOREVER} Promise.reject(new Error("oops"));`],
  ])('writes an error %s as one line with its stack, and exits with 1', async (_what, main) => {
    const { exitCode, output } = await run(main).ended;
    expect(exitCode).toBe(1);
    const line = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    expect(line).toMatchObject({ level: 60, stack: expect.stringContaining('Error: oops') });
  });
});

describe('onShutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('runs the steps once at %s and exits with 0', async (signal) => {
    const { child, ready, ended } = run(`onShutdown(log, async () => { log.info('cleaned up'); }); ${FOREVER}`);
    await ready;
    child.kill(signal);
    const { exitCode, output } = await ended;
    expect(exitCode).toBe(0);
    expect(output.match(/cleaned up/g)).toHaveLength(1);
  });

  it('exits at once at a second signal', async () => {
    const { child, ready, ended } = run(`
      onShutdown(log, () => { console.log('stopping'); process.kill(process.pid, 'SIGINT'); return new Promise(() => {}); }); ${FOREVER}`);
    await ready;
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 1, output: expect.stringContaining('SIGINT again') });
  });

  it('exits with 1 when a step fails, or takes too long', async () => {
    const failing = run(`onShutdown(log, async () => { throw new Error('oops'); }); ${FOREVER}`);
    const hanging = run(`onShutdown(log, () => new Promise(() => {}), { timeoutMs: 20 }); ${FOREVER}`);
    for (const { child, ready, ended } of [failing, hanging]) {
      await ready;
      child.kill('SIGTERM');
      expect((await ended).exitCode).toBe(1);
    }
    expect(failing.output()).toContain('shutting down failed');
    expect(hanging.output()).toContain('still not finished');
  });
});
