import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH, parseStrictJson } from './strict-json.js';

const flaws = (text: string) => parseStrictJson(text).flaws.map(({ pointer, code }) => `${pointer} ${code}`);

describe('finds', () => {
  it.each([
    ['{"a":1,"a":2}', '/a DUPLICATE_KEY'],
    ['{"a":1,"a":2,"a":3}', '/a DUPLICATE_KEY', '/a DUPLICATE_KEY'],
    ['{"":1,"":2}', '/ DUPLICATE_KEY'],
    ['{"a":1,"\\u0061":2}', '/a DUPLICATE_KEY'],
    ['[{},{"x":[1,{"b":1 , "b":2}]}]', '/1/x/1/b DUPLICATE_KEY'],
    ['{"a":{"b":1},"c":{"b":1},"a":{}}', '/a DUPLICATE_KEY'],
    ['{"a\\\\":1,"a\\\\":1}', '/a\\ DUPLICATE_KEY'],
    ['{"a\\"":1,"a\\"":1}', '/a" DUPLICATE_KEY'],
    ['{"a/b":1,"a~b":{"c":1,"c":1},"a/b":1}', '/a~0b/c DUPLICATE_KEY', '/a~1b DUPLICATE_KEY'],
    ['{"__proto__":1}', '/__proto__ FORBIDDEN_KEY'],
    ['[{"x":{"prototype":1}}]', '/0/x/prototype FORBIDDEN_KEY'],
    [`{"a":${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}}`, `/a${'/0'.repeat(MAX_DEPTH - 1)} TOO_DEEP`],
  ])('%s', (text, ...found) => {
    expect(flaws(text)).toEqual(found);
  });

  it.each([
    '{"a":"a","b":"b"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"x":"\\\\","y":"{\\"x\\":1,\\"x\\":2}"}',
    '{"x":["__proto__","constructor"]}',
    '{"a":[1,2,{"b":3}],"b":4}',
    `${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`,
    '"a"',
    ' 1 ',
  ])('nothing in %s', (text) => {
    expect(flaws(text)).toEqual([]);
  });

  it('a key among thousands, in no time', () => {
    const keys = Array.from({ length: 8_000 }, (_, n) => `"k${n}":1`);
    const begun = performance.now();
    expect(flaws(`{${keys.join()},"k7":1}`)).toEqual(['/k7 DUPLICATE_KEY']);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});

it('parses what JSON.parse parses, and finds no flaw in what JSON.stringify writes', () => {
  const safe = fc.json({ maxDepth: MAX_DEPTH - 2 }).filter((text) => !/__proto__|constructor|prototype/.test(text));
  fc.assert(
    fc.property(safe, fc.boolean(), (text, spread) => {
      const written = spread ? JSON.stringify(JSON.parse(text), null, 2) : text;
      expect(parseStrictJson(written).value).toEqual(JSON.parse(text));
      expect(parseStrictJson(written).flaws).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

it('finds a second key wherever it stands', () => {
  const key = fc.string({ unit: 'binary', maxLength: 6 });
  const value = fc.json({ maxDepth: 3 });
  fc.assert(
    fc.property(key, fc.array(fc.tuple(key, value), { maxLength: 20 }), value, (twice, others, inner) => {
      const rest = others.filter(([name]) => name !== twice).map(([name, text]) => `${JSON.stringify(name)}:${text}`);
      const members = [`${JSON.stringify(twice)}:${inner}`, ...rest, `${JSON.stringify(twice)}:1`];
      const codes = parseStrictJson(`{${members.join()}}`).flaws.map(({ code }) => code);
      expect(codes).toContain('DUPLICATE_KEY');
    }),
    { numRuns: 500 },
  );
});
