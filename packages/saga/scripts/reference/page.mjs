/** Pages of the reference, as Markdown. */
import { textOf } from './declaration.mjs';

/** The page of one entry point: what there is, by topic, and then each with its docstring and its declaration. */
export function pageOf({ name, about, topics }) {
  const slugs = new Slugs();
  slugs.of(name);
  const sections = topics.map(({ title, symbols }) => ({
    slug: slugs.of(title),
    title,
    symbols: symbols.map((symbol) => ({ ...symbol, slug: slugs.of(symbol.name) })),
  }));
  const contents = sections.map(({ title, slug, symbols }) => {
    const links = symbols.filter(({ isExported }) => isExported).map((symbol) => `[${symbol.name}](#${symbol.slug})`);
    return links.length === 0 ? '' : `- [${title}](#${slug}): ${links.join(', ')}\n`;
  });
  const body = sections.flatMap(({ title, symbols }) => [`## ${title}`, ...symbols.flatMap(sectionOf)]);
  return `${[`# ${name}`, prose(about), contents.join('').trimEnd(), ...body].filter((part) => part !== '').join('\n\n')}\n`;
}

/** The page that lists the others. */
export function contentsOf(entryPoints) {
  const rows = entryPoints.map(({ name, page, about }) => `| [\`${name}\`](${page}) | ${prose(about)} |`);
  const head =
    '# API reference\n\nMade of the docstrings by the script `docs:api`; do not edit.\n\n| import | what |\n|---|---|\n';
  return `${head}${rows.join('\n')}\n`;
}

function sectionOf({ name, about, throws, declarations, isExported }) {
  return [
    `### ${name}`,
    isExported ? '' : 'Not exported.',
    prose(about),
    ...throws.map((what) => `Throws ${prose(what)}`),
    `\`\`\`ts\n${declarations.map(textOf).join('\n')}\n\`\`\``,
  ];
}

/** A docstring as Markdown: what looks like HTML, and links between declarations, become plain words. */
function prose(text) {
  const parts = text.replace(/\{@link ([^}|]+?)(?:\|[^}]*)?\}/g, '`$1`').split(/(```[\s\S]*?```|`[^`]*`)/);
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '\\<'))).join('');
}

/** The anchors that headings get: the second one of the same words is numbered. */
class Slugs {
  #taken = new Map();

  of(heading) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = this.#taken.get(slug) ?? 0;
    this.#taken.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  }
}
