import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '@saga-checkout/local-stack';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Answer } from './http.js';

interface Media {
  readonly schema?: object;
}

interface Documented {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly components: object;
}

const document = JSON.parse(readFileSync(join(projectRoot, 'docs/openapi.json'), 'utf8')) as OpenApi;
const ajv = new Ajv.default({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema({ $id: 'openapi', components: document.components });

/** Addresses as they are documented, those without parameters first. */
const paths = Object.keys(document.paths)
  .sort((one, other) => one.split('{').length - other.split('{').length)
  .map((path) => ({ path, form: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`) }));

/**
 * Compares an answer of the gateway with what the OpenAPI document promises of that address. Throws what is wrong with it.
 * What nobody promised, an address that is not there, must at least be a problem.
 */
export function assertDocumented(method: string, url: string, { status, headers, body }: Answer): void {
  const place = `${method} ${url.split('?')[0]} ${status}`;
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? '';
  const found = paths.find(({ form }) => form.test(url.split('?')[0] ?? ''));
  const operation = found && document.paths[found.path]?.[method.toLowerCase()];
  const responses = operation?.responses ?? {};
  const response = responses[String(status)] ?? responses.default;
  if (operation !== undefined && response === undefined) throw new Error(`${place}: that status is not documented`);
  if (status === 204 || (response !== undefined && response.content === undefined)) return;
  const media = response?.content?.[type] ?? (type === 'application/problem+json' ? PROBLEM : undefined);
  if (media === undefined) throw new Error(`${place}: nobody promised ${type || 'an answer without a type'}`);
  const valid = validatorOf(media);
  if (valid(body)) return;
  throw new Error(`${place} is not as documented: ${ajv.errorsText(valid.errors)}\n${JSON.stringify(body)}`);
}

const PROBLEM: Media = { schema: { $ref: '#/components/schemas/Problem' } };
const validators = new Map<Media, ReturnType<typeof ajv.compile>>();

function validatorOf(media: Media): ReturnType<typeof ajv.compile> {
  const known = validators.get(media);
  if (known !== undefined) return known;
  const text = JSON.stringify(media.schema ?? {}).replaceAll('"#/components/', '"openapi#/components/');
  const validator = ajv.compile(JSON.parse(text) as object);
  validators.set(media, validator);
  return validator;
}
