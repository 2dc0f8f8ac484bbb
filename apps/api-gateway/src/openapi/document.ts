import * as contracts from '@saga-checkout/shared-types';
import { z } from 'zod';
import { type ProblemCode, problemCodes } from '../problem-codes.js';
import { type Operation, operations, type Parameter } from './operations.js';

type Json = Record<string, unknown>;

/** Shapes that have a name of their own in the document. */
const NAMED = {
  Checkout: contracts.checkoutBody,
  CheckoutConfirmed: contracts.checkoutConfirmed,
  CheckoutPending: contracts.checkoutPending,
  Product: contracts.product,
  Order: contracts.orderView,
  OrderRecord: contracts.orderRecord,
  Payment: contracts.paymentRecord,
  Reservation: contracts.reservationRecord,
  Saga: contracts.sagaView,
  SagaSummary: contracts.sagaSummary,
  SagaDetail: contracts.sagaDetail,
  SagaBulk: contracts.sagaBulkBody,
  SagaBulkResult: contracts.sagaBulkResult,
  SagaStatistics: contracts.sagaStatistics,
  Health: contracts.health,
  Problem: contracts.problem,
} satisfies Record<string, z.ZodType>;

/** The OpenAPI 3.1 document of the gateway, made from the schemas by which it validates. */
export function openApiDocument(): Json {
  const shapes = new Shapes();
  const paths: Record<string, Json> = {};
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationOf(operation, shapes) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Saga checkout',
      version: '1',
      summary: 'A shop’s checkout that never half-happens',
      description:
        'JSON in, JSON out; times are RFC 3339 in UTC; money is a decimal string with two digits and a currency. Every ' +
        'refusal is a problem (RFC 9457) with a `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://localhost:3000' }],
    tags: ['Customers', 'Operators', 'Processes'].map((name) => ({ name })),
    paths,
    components: { schemas: shapes.named(), securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

const PLACE = '#/components/schemas/';

/** Schemas as JSON Schema; those with a name as references to it. */
class Shapes {
  readonly #registry = z.registry<{ id: string }>();

  constructor() {
    for (const [id, schema] of Object.entries(NAMED)) this.#registry.add(schema, { id });
  }

  named(): Record<string, Json> {
    const { schemas } = z.toJSONSchema(this.#registry, { io: 'input', uri: (id) => `${PLACE}${id}` });
    return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, bare(schema)]));
  }

  of(schema: z.ZodType): Json {
    const name = this.#registry.get(schema)?.id;
    if (name !== undefined) return { $ref: `${PLACE}${name}` };
    const text = JSON.stringify(bare(z.toJSONSchema(schema, { io: 'input', metadata: this.#registry })));
    return JSON.parse(text.replaceAll('"#/$defs/', `"${PLACE}`)) as Json;
  }
}

/** Without what JSON Schema says of itself, and without the named shapes that stand elsewhere in the document. */
function bare({ $schema: _dialect, $id: _id, $defs: _named, ...schema }: Json): Json {
  return schema;
}

function operationOf(operation: Operation, shapes: Shapes): Json {
  const { id, summary, tag, parameters = [], query, body, isBodyOptional = false, answers, problems } = operation;
  const fields =
    query === undefined ? [] : Object.entries(query.shape).map(([name, schema]) => queryField(name, schema));
  const all = [...parameters, ...fields].map((parameter) => parameterOf(parameter, shapes));
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(tag !== 'Processes' && { security: tag === 'Operators' ? [{ token: [] }] : [{}, { token: [] }] }),
    ...(all.length > 0 && { parameters: all }),
    ...(body !== undefined && { requestBody: { required: !isBodyOptional, ...json(shapes.of(body)) } }),
    responses: { ...answersOf(answers, shapes), ...problemsOf(problems), default: PROBLEM },
  };
}

const queryField = (name: string, schema: unknown): Parameter => ({
  name,
  in: 'query',
  schema: schema as z.ZodType,
  description: '',
});

const parameterOf = ({ name, in: where, schema, description }: Parameter, shapes: Shapes): Json => ({
  name,
  in: where,
  required: where === 'path',
  ...(description !== '' && { description }),
  schema: shapes.of(schema),
});

const json = (schema: Json): Json => ({ content: { 'application/json': { schema } } });

function answersOf(answers: Operation['answers'], shapes: Shapes): Json {
  const entries = Object.entries(answers).map(([status, { schema, description }]) => [
    status,
    { description, ...(schema !== undefined && json(shapes.of(schema))) },
  ]);
  return Object.fromEntries(entries) as Json;
}

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
/** Whatever HTTP itself refuses: a method, a header, a body that is too large. */
const PROBLEM = { description: 'A problem, as of any address', content: PROBLEM_CONTENT };

/** Problems by status, with the codes that come under each. */
function problemsOf(codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy([...new Set(codes)], (code) => String(problemCodes[code][0]));
  const entries = [...byStatus].map(([status, some]) => {
    const description = some.map((code) => `\`${code}\`: ${problemCodes[code][1]}`).join('; ');
    return [status, { description, content: PROBLEM_CONTENT }];
  });
  return Object.fromEntries(entries) as Json;
}
