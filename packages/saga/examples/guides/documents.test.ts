import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// What the README and the guides show is compiled and run: each piece of code in them stands in an example or a test.

const root = new URL('../../', import.meta.url);
const guides = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
const documents = ['README.md', ...guides.map((name) => `docs/${name}`)];
const sources = ['examples/', 'src/'].flatMap((folder) => linesOfAll(folder));

it.each(documents)('%s shows code that stands in an example or a test', (document) => {
  const text = readFileSync(new URL(document, root), 'utf8');
  for (const [, language, code = ''] of text.matchAll(/^```(\w*)\n(.*?)^```$/gms)) {
    expect(['ts', 'sh', 'sql', 'text'], `a language that somebody checks: ${language}`).toContain(language);
    const shown = code.trimEnd().split('\n');
    if (language === 'ts')
      expect(
        sources.some((lines) => stands(shown, lines)),
        code,
      ).toBe(true);
  }
});

it.each(documents)('%s links to what is there', (document) => {
  const text = readFileSync(new URL(document, root), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
  const missing = links.filter((link) => !existsSync(new URL(link, new URL(document, root))));
  expect(missing).toEqual([]);
});

it('the README leads to every guide', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  expect(guides.filter((name) => !readme.includes(`](docs/${name})`))).toEqual([]);
});

function linesOfAll(folder: string): string[][] {
  const names = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => new URL(folder + name, root));
  return files.map((file) => readFileSync(file, 'utf8').split('\n'));
}

/** Whether the shown lines stand in the file, one after the other, all of them indented alike. */
function stands(shown: readonly string[], lines: readonly string[]): boolean {
  return lines.some((first, at) => {
    const indent = ' '.repeat(first.length - first.trimStart().length);
    return shown.every((line, index) => lines[at + index] === (line === '' ? '' : indent + line));
  });
}
