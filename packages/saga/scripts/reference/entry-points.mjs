/** What each entry point of the package exports, read by the compiler. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { mentionsOf, publicMethods } from './declaration.mjs';

/**
 * One per key of "exports" in package.json: `{ name, page, about, topics, undocumented }`. A topic is what one source file
 * contributes: `{ title, symbols: [{ name, symbol, declarations, isExported }] }`. What is not exported is there if what is
 * exported mentions it.
 */
export function readEntryPoints(packageFolder) {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const entries = Object.entries(manifest.exports).filter(([, target]) => typeof target === 'object');
  const files = entries.map(([, { types }]) => sourceOf(packageFolder, types));
  const program = ts.createProgram(files, optionsOf(packageFolder));
  const reading = { checker: program.getTypeChecker(), sources: join(packageFolder, 'src') };
  const exported = files.map((file) => exportsOf(reading.checker, program.getSourceFile(file)));
  const known = new Set(exported.flat());
  return entries.map(([key], index) => {
    const own = exported[index];
    return {
      name: join(manifest.name, key),
      page: `${key === '.' ? 'index' : key.slice(2).replaceAll('/', '-')}.md`,
      about: aboutOf(program.getSourceFile(files[index])),
      topics: topicsOf([...own, ...hiddenBehind(own, known, reading)], new Set(own), reading),
      undocumented: own.flatMap((symbol) => undocumentedOf(reading.checker, symbol)),
    };
  });
}

const sourceOf = (packageFolder, types) =>
  join(packageFolder, types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'));

function optionsOf(packageFolder) {
  const { config } = ts.readConfigFile(join(packageFolder, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, packageFolder).options;
}

function exportsOf(checker, file) {
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(file));
  return symbols.map((symbol) => resolved(checker, symbol)).filter((symbol) => !isInternal(symbol));
}

const resolved = (checker, symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

const isInternal = (symbol) => symbol.getJsDocTags().some(({ name }) => name === 'internal');

/** What the sources keep to themselves, and yet is needed to read what is exported. */
function hiddenBehind(symbols, known, { checker, sources }) {
  const hidden = new Set();
  const queue = [...symbols];
  for (const symbol of queue) {
    const mentioned = symbol.declarations.flatMap((declaration) => mentionsOf(checker, declaration));
    for (const target of mentioned.map((one) => resolved(checker, one))) {
      if (known.has(target) || hidden.has(target) || !isOfModule(target, sources)) continue;
      hidden.add(target);
      queue.push(target);
    }
  }
  return [...hidden];
}

/** Declared at the top of a source file: neither a member, nor a type parameter, nor somebody else's. */
function isOfModule({ declarations: [declaration] = [] }, sources) {
  if (declaration === undefined) return false;
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(statement.parent) && statement.parent.fileName.startsWith(sources);
}

/** By source file, within a file in its order. */
function topicsOf(symbols, exported, { checker, sources }) {
  const files = [...new Set(symbols.map(fileOf))].sort();
  return files.map((file) => ({
    title: file.slice(sources.length + 1).replace(/(\/index)?\.ts$/, ''),
    symbols: symbols
      .filter((symbol) => fileOf(symbol) === file)
      .sort((one, other) => one.declarations[0].pos - other.declarations[0].pos)
      .map((symbol) => ({ ...aboutSymbol(checker, symbol), isExported: exported.has(symbol) })),
  }));
}

const fileOf = (symbol) => symbol.declarations[0].getSourceFile().fileName;

function aboutSymbol(checker, symbol) {
  const throws = symbol.getJsDocTags(checker).filter(({ name }) => name === 'throws');
  return {
    name: symbol.name,
    about: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    throws: throws.map(({ text }) => ts.displayPartsToString(text)),
    declarations: symbol.declarations,
  };
}

/** The comment at the head of the file. */
function aboutOf(file) {
  const [first] = ts.getLeadingCommentRanges(file.text, 0) ?? [];
  if (first === undefined || !file.text.startsWith('/**', first.pos)) return '';
  const lines = file.text.slice(first.pos + 3, first.end - 2).split('\n');
  return lines
    .map((line) => line.replace(/^\s*\* ?/, '').trim())
    .join(' ')
    .trim();
}

function undocumentedOf(checker, symbol) {
  const isBare = (one) => one.getDocumentationComment(checker).length === 0;
  const methods = publicMethods(checker, symbol)
    .filter(isBare)
    .map(({ name }) => `${symbol.name}.${name}`);
  return isBare(symbol) ? [symbol.name, ...methods] : methods;
}
