import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '@saga-checkout/local-stack';
import { describe, expect, inject, it } from 'vitest';
import type { Database } from './support/books.js';
import { anchorsOf, type Block, blocksOf, inlineCode, linksOf } from './support/markdown.js';
import { sharedShop } from './support/shared-shop.js';
import { commandsOf, isScript, runScript } from './support/shell.js';

/**
 * The commands in the documents, run against a real shop. Every `sh` block is, unless its fence says `no-run`; what starts
 * and stops the world (npm, pnpm, docker) is checked to exist. An `sql` block says its database: ```sql orders.
 */
const shop = sharedShop();

const DOCUMENTS = [
  'README.md',
  'GETTING_STARTED.md',
  'CLAUDE.md',
  'docs/operations.md',
  'docs/failure-modes.md',
  'packages/saga/README.md',
].filter((path) => existsSync(join(projectRoot, path)));
const textOf = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

/** The ports that readers see, and where the shop under test has them. */
function withPortsOf(script: string): string {
  const moved: Record<string, string> = {
    3000: shop.urlOf('api-gateway'),
    3001: shop.urlOf('order-service'),
    3002: shop.urlOf('inventory-service'),
    3003: shop.urlOf('payment-service'),
    3004: shop.urlOf('orchestrator'),
    15672: inject('managementUrl'),
  };
  return script.replace(/(?:localhost|127\.0\.0\.1):(\d+)/g, (shown, port: string) => {
    const url = moved[port];
    return url === undefined ? shown : new URL(url).host;
  });
}

describe.each(DOCUMENTS)('%s', (path) => {
  const blocks = blocksOf(textOf(path));
  const named = (language: string) =>
    blocks.flatMap((block, index) =>
      block.language === language && block.info !== 'no-run' ? [[block.line, block, blocks[index + 1]] as const] : [],
    );

  it.each(named('sh'))('the shell block at line %i works', async (_, block, next) => {
    const commands = commandsOf(block.code);
    for (const command of commands.filter(movesTheWorld)) expectToExist(command, dirname(path));
    const script = commands.filter((command) => !movesTheWorld(command)).join('\n');
    if (script === '') return;
    const { text, statuses } = await runScript(withPortsOf(script), projectRoot);
    expect(statuses.filter((status) => status < 200 || status >= 500)).toEqual([]);
    const promised = /^answers `(\d{3})`/m.exec(block.after)?.[1];
    if (promised !== undefined) expect(statuses.at(-1)).toBe(Number(promised));
    if (next?.language === 'json') expectAsShown(JSON.parse(text), next);
  });

  it.each(named('sql'))('the SQL at line %i works', async (_, block) => {
    const statements = block.code.split(';').filter((statement) => statement.trim() !== '');
    for (const statement of statements) await shop.rows(block.info as Database, statement);
  });

  it('every npm and pnpm command in its text exists', () => {
    for (const code of inlineCode(textOf(path)).filter(movesTheWorld)) expectToExist(code, dirname(path));
  });

  it('every link leads to a file, and to a heading in it', () => {
    const broken = linksOf(textOf(path)).filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : join(dirname(path), file);
      if (!existsSync(join(projectRoot, target))) return true;
      return anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('what is not run is a script all the same', () => {
    const scripts = blocks.filter(({ language, info }) => language === 'sh' && info === 'no-run');
    expect(scripts.filter(({ code }) => !isScript(code)).map(({ line }) => line)).toEqual([]);
  });
});

describe('docs/operations.md', () => {
  it('has every setting of every app', () => {
    const apps = ['api-gateway', 'order-service', 'inventory-service', 'payment-service', 'orchestrator'];
    const shared = [
      'participant/src/participant-env.ts',
      'service/src/shutdown.ts',
      'service/src/faults/create-faults.ts',
    ];
    const schemas = [...apps.map((app) => `apps/${app}/src/env.ts`), ...shared.map((file) => `packages/${file}`)];
    const settings = schemas.flatMap((file) =>
      [...textOf(file).matchAll(/^ +([A-Z][A-Z_]+): /gm)].map(([, name]) => name),
    );
    expect(settings.length).toBeGreaterThan(20);
    const documented = new Set(inlineCode(textOf('docs/operations.md')));
    expect(settings.filter((name) => !documented.has(name ?? ''))).toEqual([]);
  });

  it('names only metrics that some service has', async () => {
    const services = ['api-gateway', 'orchestrator', 'payment-service'] as const;
    const pages = await Promise.all(services.map(async (name) => (await fetch(`${shop.urlOf(name)}/metrics`)).text()));
    const known = new Set([...pages.join('\n').matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const named = inlineCode(textOf('docs/operations.md')).flatMap(
      (code) => /^(?:[a-z]+_){1,}(?:total|seconds|open|state|active)(?=\{|$)/.exec(code) ?? [],
    );
    const sagaState = 'saga_state'; // a table
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => name !== sagaState && !known.has(name))).toEqual([]);
  });
});

const movesTheWorld = (command: string): boolean => /^(npm|pnpm|npx|docker|node) /.test(command);

/** Commands of npm and pnpm themselves. */
const BUILT_IN = new Set(['install', 'ci', 'exec', 'pack']);

/** Checks that what a command would run is there; it is run in the package of the document that names it. */
function expectToExist(command: string, named: string): void {
  const where = existsSync(join(projectRoot, named, 'package.json')) ? named : '.';
  const [tool, ...words] = command.split('#')[0]?.trim().split(/\s+/) ?? [];
  if (tool === 'docker') return expect(existsSync(join(projectRoot, 'docker-compose.yaml'))).toBe(true);
  if (tool === 'node') return expect(existsSync(join(projectRoot, where, words[0] ?? ''))).toBe(true);
  const filter = words.find((word) => word.startsWith('--filter='))?.slice('--filter='.length);
  const [script = '', second = ''] = words.filter((word) => !word.startsWith('-'));
  const folder = filter === undefined ? where : join('apps', filter);
  const { scripts } = JSON.parse(textOf(join(folder, 'package.json'))) as { scripts: Record<string, string> };
  const wanted = script === 'run' ? second : script;
  expect(BUILT_IN.has(wanted) || wanted in scripts, `${command}: the script ${wanted} in ${folder}`).toBe(true);
}

/** The answer has what the document shows, where that is not left out with “…”. */
function expectAsShown(answer: Record<string, unknown>, shown: Block): void {
  for (const [name, value] of Object.entries(JSON.parse(shown.code) as Record<string, unknown>)) {
    expect(answer).toHaveProperty(name);
    if (value !== '…') expect(answer[name]).toEqual(value);
  }
}
