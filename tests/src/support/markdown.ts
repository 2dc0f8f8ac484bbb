/** A fenced block of a document. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: `no-run`, or the database of an sql block. */
  readonly info: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** The text between this block and the next one, or the next heading. */
  readonly after: string;
}

/** The fenced blocks of a document, in order. */
export function blocksOf(markdown: string): Block[] {
  const fences = [...markdown.matchAll(/^```(\w*) *([^\n]*)\n(.*?)^```$/gms)];
  return fences.map((fence, index) => {
    const [whole, language = '', info = '', code = ''] = fence;
    const next = fences[index + 1]?.index ?? markdown.length;
    const after = markdown.slice(fence.index + whole.length, next).split(/^#/m)[0] ?? '';
    return { language, info: info.trim(), code, line: markdown.slice(0, fence.index).split('\n').length, after };
  });
}

/** What stands between single backquotes, outside of fenced blocks. */
export function inlineCode(markdown: string): string[] {
  const prose = markdown.replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** Where the links of a document lead that stay in the project: `docs/glossary.md`, `#schemas`. */
export function linksOf(markdown: string): string[] {
  const prose = markdown.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^\w+:/.test(link));
}

/** The headings of a document, as links name them. */
export function anchorsOf(markdown: string): string[] {
  const headings = [...markdown.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
