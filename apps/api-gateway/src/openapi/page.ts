type Json = Readonly<Record<string, unknown>>;

/** The document as a page that needs no script. */
export function pageOf(document: Json): string {
  const { info, paths, components } = document as { info: Json; paths: Record<string, Json>; components: Json };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Json })),
  );
  const sections = ['Customers', 'Operators', 'Processes'].map((tag) => {
    const own = operations.filter(({ operation }) => (operation.tags as string[]).includes(tag));
    return `<h2>${tag}</h2>\n${own.map(operationOf).join('\n')}`;
  });
  const schemas = Object.entries(components.schemas as Record<string, Json>).map(
    ([name, schema]) => `<h3 id="${escaped(name)}">${escaped(name)}</h3>\n${code(schema)}`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)}</title><link rel="stylesheet" href="/api/docs/style.css"></head>
<body>
<h1>${escaped(info.title)}</h1>
<p>${marked(info.description)} The same for programs: <a href="/api/openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
<h2>Shapes</h2>
${schemas.join('\n')}
</body>
</html>
`;
}

function operationOf({ path, method, operation }: { path: string; method: string; operation: Json }): string {
  const { summary, operationId, parameters = [], requestBody, responses } = operation;
  const rows = Object.entries(responses as Record<string, Json>).map(
    ([status, response]) =>
      `<tr><td>${escaped(status)}</td><td>${marked(response.description)} ${shapeOf(response)}</td></tr>`,
  );
  const given = (parameters as Json[]).map(
    ({ name, in: where, description = '' }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${escaped(where)}. ${marked(description)}</td></tr>`,
  );
  return `<h3 id="${escaped(operationId)}"><span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code></h3>
<p>${marked(summary)}.${requestBody === undefined ? '' : ` Takes ${shapeOf(requestBody as Json)}.`}</p>
${given.length > 0 ? `<table>${given.join('')}</table>` : ''}
<table>${rows.join('')}</table>`;
}

/** A link to the shape of a body, or the shape itself. */
function shapeOf({ content }: Json): string {
  const [media] = Object.values((content ?? {}) as Record<string, { schema?: Json }>);
  if (media?.schema === undefined) return '';
  const { $ref } = media.schema;
  if (typeof $ref !== 'string') return code(media.schema);
  const name = $ref.split('/').at(-1);
  return `<a href="#${escaped(name)}">${escaped(name)}</a>`;
}

const code = (value: unknown): string => `<pre>${escaped(JSON.stringify(value, null, 2))}</pre>`;

/** Text in which backquotes mark code. */
const marked = (text: unknown): string => escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');

function escaped(text: unknown): string {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
