import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../project.js';
import { definitions, serviceNames } from './definitions.js';

const textOf = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8');

it.each(serviceNames)('%s runs with the same flags, whoever starts it', (name) => {
  const { nodeFlags } = definitions[name];
  const { scripts } = JSON.parse(textOf('apps', name, 'package.json')) as { scripts: { start: string } };
  expect(scripts.start.split(' ').filter((word) => word.startsWith('--') && !word.startsWith('--env'))).toEqual(
    nodeFlags,
  );
  const [, ofService = ''] = textOf('docker-compose.yaml').split(`\n  ${name}:\n`);
  const options = /^ {6}NODE_OPTIONS: (.*)$/m.exec(ofService.split(/\n(?= {2}\S)/)[0] ?? '')?.[1] ?? '';
  expect(options.split(' ').filter(Boolean)).toEqual(nodeFlags);
});
