/** One declaration as its reader needs it: the source's own words, without bodies and without what is private. */
import ts from 'typescript';

/** The declaration's text, at most as wide as the source, with the comments of its members. */
export function textOf(declaration) {
  if (ts.isFunctionDeclaration(declaration)) return `${bare(upTo(declaration, declaration.body))};`;
  if (ts.isClassDeclaration(declaration)) return classText(declaration);
  if (ts.isVariableDeclaration(declaration)) return variableText(declaration);
  return bare(declaration.getText());
}

const bare = (text) => text.replace(/^(export |declare |async )+/, '');

const upTo = (node, end) =>
  node
    .getSourceFile()
    .text.slice(node.getStart(), end === undefined ? node.end : end.getFullStart())
    .trimEnd()
    .replace(/;$/, '');

function classText(declaration) {
  const source = declaration.getSourceFile().text;
  const head = source.slice(declaration.getStart(), declaration.members.pos);
  const members = declaration.members
    .filter(isPublic)
    .map((member) => `${commentOf(member)}  ${memberText(member)};\n`);
  return `${bare(head)}\n${members.join('')}}`;
}

function memberText(member) {
  const end = member.body ?? (member.type === undefined ? undefined : initializerSign(member));
  return upTo(member, end).replace(/^async /, '');
}

/** A property whose type is said needs no value. */
const initializerSign = (member) =>
  member.initializer === undefined
    ? undefined
    : member.getChildren().find(({ kind }) => kind === ts.SyntaxKind.EqualsToken);

function commentOf(member) {
  const [comment] = (member.jsDoc ?? []).slice(-1);
  return comment === undefined ? '' : `  ${comment.getText()}\n`;
}

/** Values as they are written, but for objects with functions in them: their type says more. */
function variableText(declaration) {
  const { name, type, initializer } = declaration;
  const isData = initializer === undefined || !/=>|\) \{/.test(initializer.getText());
  if (type !== undefined && !isData) return `const ${name.getText()}: ${type.getText()};`;
  return `const ${declaration.getText()};`;
}

/** Whether the member belongs to those outside. */
export function isPublic(member) {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return false;
  if (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) return false;
  return !ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal');
}

/** The methods of a class that those outside may call, as symbols. */
export function publicMethods(checker, symbol) {
  const classes = symbol.declarations.filter(ts.isClassDeclaration);
  const methods = classes.flatMap(({ members }) =>
    members.filter((member) => ts.isMethodDeclaration(member) && isPublic(member)),
  );
  return methods.map((method) => checker.getSymbolAtLocation(method.name));
}

/** The symbols that the public part of a declaration names. */
export function mentionsOf(checker, declaration) {
  const found = [];
  const visit = (node) => {
    if (ts.isBlock(node) || (ts.isClassElement(node) && !isPublic(node))) return;
    if (ts.isIdentifier(node)) found.push(checker.getSymbolAtLocation(node));
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found.filter((symbol) => symbol !== undefined);
}
