import {
  type CommandContract,
  defineSaga,
  type SagaDefinition,
  type Schema,
  type StepDefinition,
} from '@saga-checkout/saga';

/** Lets everything pass: what is measured is the engine, not a schema library. */
const anything: Schema = { '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) } };

const contract = (name: string, refusals: readonly string[] = []): CommandContract => ({
  name,
  queue: 'bench',
  payload: anything,
  reply: anything,
  refusals,
});

/** A cart of two lines, as a checkout has it. */
export const inputOf = (orderId: string) => ({
  orderId,
  userId: `user-${orderId.slice(-6)}`,
  currency: 'USD',
  items: [
    { productId: '00000000-0000-4000-8000-000000000001', quantity: 1, price: '9.99' },
    { productId: '00000000-0000-4000-8000-000000000002', quantity: 2, price: '9.99' },
  ],
  payment: { method: 'tok_visa' },
});
type Input = ReturnType<typeof inputOf>;

/** What every command is answered with. */
export const reply = { reference: '7d3f2a90-5c1b-4d6e-8f00-1234567890ab', total: '29.97', currency: 'USD' };

/** The name of the command that is refused in the runs in which sagas are compensated. */
export const LAST_COMMAND = 'do.last';

/** Steps one after the other. */
function sequence(steps: number): SagaDefinition {
  const names = Array.from({ length: steps }, (_, index) => (index === steps - 1 ? 'last' : `step${index + 1}`));
  return definitionOf(
    `sequence${steps}`,
    Object.fromEntries(names.map((name, index) => [name, names.slice(index - 1, index)])),
  );
}

/** Eight steps: one, three at once, one, two at once, one. */
function graph(): SagaDefinition {
  return definitionOf('graph8', {
    step1: [],
    step2: ['step1'],
    step3: ['step1'],
    step4: ['step1'],
    step5: ['step2', 'step3', 'step4'],
    step6: ['step5'],
    step7: ['step5'],
    last: ['step6', 'step7'],
  });
}

/** What each step depends on; all but the last have a compensation. */
function definitionOf(type: string, graph: Readonly<Record<string, readonly string[]>>): SagaDefinition {
  const steps = Object.entries(graph).map(([name, dependsOn]) => ({ ...stepNamed(name), dependsOn }));
  return {
    ...defineSaga(type, { version: 1, input: anything }).step('last', contract(LAST_COMMAND), payload).build(),
    steps,
  };
}

/** As the only step of a saga: the builder's types follow a graph that is written down, not one that is calculated. */
function stepNamed(name: string): StepDefinition {
  const alone = defineSaga('alone', { version: 1, input: anything });
  const { steps } =
    name === 'last'
      ? alone.step(name, contract(LAST_COMMAND, ['NO']), payload).build()
      : alone
          .step(name, contract(`do.${name}`), payload)
          .compensate(contract(`undo.${name}`), payload)
          .build();
  return steps[0] as StepDefinition;
}

const payload = ({ input }: { readonly input: unknown }) => {
  const { orderId, items } = input as Input;
  return { orderId, items };
};

/** The definition of that type: `sequence<steps>` or `graph8`. */
export function definitionNamed(type: string): SagaDefinition {
  return type === 'graph8' ? graph() : sequence(Number(type.slice('sequence'.length)));
}
