import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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
  const own = new URL(document, root);
  const text = readFileSync(own, 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !isThere(new URL(link, own)))).toEqual([]);
});

it('the README leads to every guide', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  expect(guides.filter((name) => !readme.includes(`](docs/${name})`))).toEqual([]);
});

/** Whether the file is there, and the heading in it that the link names. */
function isThere(link: URL): boolean {
  const file = fileURLToPath(link);
  if (!existsSync(file)) return false;
  if (link.hash === '') return true;
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  return anchors.includes(link.hash.slice(1));
}

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
