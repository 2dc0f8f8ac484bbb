import { expect, it } from 'vitest';
import { howToType } from './how-to-type.js';

it('says commands in the words of the package manager they came with', () => {
  const npm = { npm_config_user_agent: 'npm/10.8.2 node/v20.20.2 linux x64' };
  expect(howToType('start', npm)).toBe('npm start');
  expect(howToType('doctor', npm)).toBe('npm run doctor');
  expect(howToType('stack logs -f', npm)).toBe('npm run stack -- logs -f');
  expect(howToType('stack logs -f', {})).toBe('pnpm stack logs -f');
  // pnpm has a doctor of its own.
  expect(howToType('doctor', {})).toBe('pnpm run doctor');
});
