import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '@saga-checkout/local-stack';
import { describe, expect, inject, it } from 'vitest';
import type { Database } from './support/books.js';
import { type Block, blocksOf, inlineCode } from './support/markdown.js';
import { sharedShop } from './support/shared-shop.js';
import { commandsOf, runScript } from './support/shell.js';

/**
 * The commands in the documents, run against a real shop. Every `sh` block is, unless its fence says `no-run`; what starts
 * and stops the world (npm, pnpm, docker) is checked to exist. An `sql` block says its database: ```sql orders.
 */
const shop = sharedShop();

const DOCUMENTS = ['README.md', 'GETTING_STARTED.md', 'CLAUDE.md', 'packages/saga/README.md'].filter((path) =>
  existsSync(join(projectRoot, path)),
);
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
});

const movesTheWorld = (command: string): boolean => /^(npm|pnpm|npx|docker|node) /.test(command);

/** Commands of npm and pnpm themselves. */
const BUILT_IN = new Set(['install', 'ci', 'exec', 'pack']);

/** Checks that what a command would run is there; it is run in the folder of the document that names it. */
function expectToExist(command: string, where: string): void {
  const [tool, ...words] = command.split('#')[0]?.trim().split(/\s+/) ?? [];
  if (tool === 'docker') return expect(existsSync(join(projectRoot, 'docker-compose.yaml'))).toBe(true);
  if (tool === 'node') return expect(existsSync(join(projectRoot, where, words[0] ?? ''))).toBe(true);
  const filter = words.find((word) => word.startsWith('--filter='))?.slice('--filter='.length);
  const [script = '', named = ''] = words.filter((word) => !word.startsWith('-'));
  const folder = filter === undefined ? where : join('apps', filter);
  const { scripts } = JSON.parse(textOf(join(folder, 'package.json'))) as { scripts: Record<string, string> };
  const wanted = script === 'run' ? named : script;
  expect(BUILT_IN.has(wanted) || wanted in scripts, `${command}: the script ${wanted} in ${folder}`).toBe(true);
}

/** The answer has what the document shows, where that is not left out with “…”. */
function expectAsShown(answer: Record<string, unknown>, shown: Block): void {
  for (const [name, value] of Object.entries(JSON.parse(shown.code) as Record<string, unknown>)) {
    expect(answer).toHaveProperty(name);
    if (value !== '…') expect(answer[name]).toEqual(value);
  }
}
