import { describe, expect, it } from 'vitest';
import { entriesOf, stepsOf } from './journal.js';
import { Retelling } from './retelling.js';
import { Shapes } from './shape.js';

/** A saga's journal as lines of `event step attempt data`, and where its row says it stands. */
interface Story {
  readonly type?: string;
  readonly entries: readonly string[];
  readonly row: string;
  readonly steps: Readonly<Record<string, string>>;
}

const CHECKOUT = ['createOrder', 'reserveInventory', 'processPayment', 'confirmOrder'];

/** A definition with a group, a wait, an immediate compensation, and an order of its own to take things back. */
const PARTY = {
  steps: {
    invite: { compensation: 'uninvite' },
    cake: { dependsOn: ['invite'], compensation: 'a local function' },
    band: { dependsOn: ['invite'], compensation: 'band.cancel' },
    yes: { dependsOn: ['cake', 'band'] },
  },
  compensationOrder: ['invite', 'cake', 'band'],
};
const shapes = new Shapes([{ type: 'party', version: 1, shape: PARTY }]);

/** What is wrong with the story. `row` is `STATUS`, or `STATUS for CODE`. */
function wrongIn({ type = 'checkout', entries, row, steps }: Story): string[] {
  const data = { type, version: 1, businessKey: 'k', steps: Object.keys(steps) };
  const lines = [`SAGA_STARTED - - ${JSON.stringify(data)}`, ...entries].map((line, index) => `${index + 1} ${line}`);
  return told(type, lines, row, steps);
}

function told(type: string, lines: readonly string[], row: string, steps: Story['steps']): string[] {
  const [status = '', failure = null] = row.split(' for ');
  const text = Object.entries(steps).map(([name, state]) => `${name} ${state}`);
  const journal = {
    ...{ type, version: 1, businessKey: 'k', status, failure },
    logSeq: lines.length,
    steps: stepsOf(text.join('\n')),
  };
  const { wrong } = new Retelling(journal, entriesOf(lines.join('\n')), shapes.of(type, 1));
  return wrong.map(({ invariant, text: what }) => `${invariant} ${what}`);
}

const done = (...names: string[]) => names.flatMap((name) => [`STEP_STARTED ${name} 1`, `STEP_COMPLETED ${name} 1`]);
const undone = (...names: string[]) =>
  names.flatMap((name) => [`COMPENSATION_STARTED ${name} 1 {"failure":{"code":"NO"}}`, `STEP_COMPENSATED ${name} 1`]);
const REFUSED = 'STEP_REFUSED processPayment 1 {"error":{"code":"NO"}}';
const DECLINED = [...done('createOrder', 'reserveInventory'), 'STEP_STARTED processPayment 1', REFUSED];
const IS_DECLINED = {
  createOrder: 'COMPENSATED 1',
  reserveInventory: 'COMPENSATED 1',
  processPayment: 'REFUSED 1',
  confirmOrder: 'PENDING',
};
const all = (state: string) => Object.fromEntries(CHECKOUT.map((name) => [name, state]));

describe('the auditor retells, and finds nothing wrong with', () => {
  const stories: readonly (readonly [string, Story])[] = [
    [
      'a checkout',
      { entries: [...done(...CHECKOUT), 'SAGA_COMPLETED - -'], row: 'COMPLETED', steps: all('COMPLETED 1') },
    ],
    [
      'a declined one',
      {
        entries: [...DECLINED, ...undone('reserveInventory', 'createOrder'), 'SAGA_COMPENSATED - - {}'],
        row: 'COMPENSATED for NO',
        steps: IS_DECLINED,
      },
    ],
    [
      'a step that is sent again, by another process, and at last unknown',
      {
        entries: [
          'STEP_STARTED createOrder 1',
          'STEP_TIMED_OUT createOrder 1 {"retryAt":1,"error":{"code":"TIMEOUT"}}',
          'STEP_RETRIED createOrder 2',
          'SAGA_CLAIMED - -',
          'STEP_RETRIED createOrder 3',
          'STEP_FAILED createOrder 3 {"error":{"code":"DOWN"}}',
          'COMPENSATION_STARTED createOrder 1 {"failure":{"code":"DOWN"}}',
        ],
        row: 'COMPENSATING for DOWN',
        steps: { ...all('PENDING'), createOrder: 'COMPENSATING 1' },
      },
    ],
    [
      'one that was parked, tried again, and settled by a person',
      {
        entries: [
          ...DECLINED,
          'COMPENSATION_STARTED reserveInventory 1 {"failure":{"code":"NO"}}',
          'COMPENSATION_FAILED reserveInventory 1 {"error":{"code":"DOWN"}}',
          'SAGA_RETRIED - - {}',
          'COMPENSATION_RETRIED reserveInventory 2',
          'COMPENSATION_FAILED reserveInventory 2 {"error":{"code":"DOWN"}}',
          'STEP_SKIPPED_BY_OPERATOR reserveInventory - {"reason":"by hand"}',
          ...undone('createOrder'),
          'SAGA_COMPENSATED - - {}',
        ],
        row: 'COMPENSATED for NO',
        steps: { ...IS_DECLINED, reserveInventory: 'SKIPPED' },
      },
    ],
    [
      'one that was paused and cancelled',
      {
        entries: [
          'STEP_STARTED createOrder 1',
          'SAGA_PAUSED - - {}',
          'STEP_COMPLETED createOrder 1',
          'SAGA_CANCEL_REQUESTED - - {"failure":{"code":"CANCELLED"}}',
        ],
        row: 'PAUSED for CANCELLED',
        steps: { ...all('PENDING'), createOrder: 'COMPLETED 1' },
      },
    ],
    [
      'a group, an attempt that is taken back at once, and a wait',
      {
        type: 'party',
        entries: [
          ...done('invite'),
          'STEP_STARTED cake 1',
          'STEP_STARTED band 1',
          'EVENT_RECEIVED - - {"event":"yes"}',
          'STEP_FAILED band 1 {"retryAt":1,"error":{"code":"DRUNK"}}',
          'COMPENSATION_STARTED band 1 {"immediate":true,"failure":{"code":"DRUNK"}}',
          'STEP_COMPLETED cake 1',
          'STEP_COMPENSATED band 1',
          'STEP_RETRIED band 2',
          'STEP_COMPLETED band 2',
          'EVENT_AWAITED yes 1 {"events":["yes"]}',
        ],
        row: 'WAITING',
        steps: { invite: 'COMPLETED 1', cake: 'COMPLETED 1', band: 'COMPLETED 2', yes: 'RUNNING 1' },
      },
    ],
    [
      'a definition’s own order to take things back, and a step that needs none',
      {
        type: 'party',
        entries: [
          ...done('invite', 'cake', 'band'),
          'EVENT_AWAITED yes 1 {"events":["yes","no"]}',
          'EVENT_RECEIVED - - {"event":"no"}',
          'STEP_REFUSED yes 1 {"eventSeq":9,"error":{"code":"no"}}',
          ...undone('invite'),
          'COMPENSATION_SKIPPED cake - {"reason":"eaten"}',
          'COMPENSATION_STARTED band 1 {"failure":{"code":"no"}}',
          'STEP_COMPENSATED band 1',
          'SAGA_COMPENSATED - - {}',
        ],
        row: 'COMPENSATED for no',
        steps: { invite: 'COMPENSATED 1', cake: 'COMPLETED 1', band: 'COMPENSATED 1', yes: 'REFUSED 1' },
      },
    ],
    [
      'a definition that nobody has told it',
      {
        type: 'riddle',
        entries: [
          'STEP_STARTED b 1',
          'STEP_STARTED a 1',
          'STEP_COMPLETED a 1',
          'STEP_COMPLETED b 1',
          'SAGA_COMPLETED - -',
        ],
        row: 'COMPLETED',
        steps: { a: 'COMPLETED 1', b: 'COMPLETED 1' },
      },
    ],
  ];

  it.each(stories)('%s', (_, story) => {
    expect(wrongIn(story)).toEqual([]);
  });
});

describe('the auditor retells, and finds', () => {
  const ENDED = [...done(...CHECKOUT), 'SAGA_COMPLETED - -'];
  const COMPLETED = { row: 'COMPLETED', steps: all('COMPLETED 1') };
  const stories: readonly (readonly [string, string, Story])[] = [
    [
      'something after the end',
      'I13 log entry 11: SAGA_CLAIMED comes after the end',
      { entries: [...ENDED, 'SAGA_CLAIMED - -'], ...COMPLETED },
    ],
    [
      'a second beginning',
      'I13 log entry 2: SAGA_STARTED does not stand at the beginning',
      { entries: ['SAGA_STARTED - - {"steps":[]}', ...ENDED], ...COMPLETED },
    ],
    [
      'a step before its turn',
      'I13 log entry 4: step processPayment starts before reserveInventory is over',
      {
        entries: [...done('createOrder', 'processPayment', 'reserveInventory', 'confirmOrder'), 'SAGA_COMPLETED - -'],
        ...COMPLETED,
      },
    ],
    [
      'a step that is completed twice',
      'I13 log entry 4: STEP_COMPLETED of step createOrder, which is COMPLETED',
      { entries: [...done('createOrder'), 'STEP_COMPLETED createOrder 1', ...ENDED.slice(2)], ...COMPLETED },
    ],
    [
      'a command that is numbered as another was',
      'I13 log entry 3: STEP_RETRIED of step createOrder is attempt 1, not 2',
      { entries: ['STEP_STARTED createOrder 1', 'STEP_RETRIED createOrder 1', ...ENDED.slice(1)], ...COMPLETED },
    ],
    [
      'an end that leaves something undone',
      'I13 log entry 10: COMPENSATED, with COMPENSATING at entry 10 for NO, confirmOrder PENDING, createOrder COMPLETED (1), processPayment REFUSED (1), reserveInventory COMPENSATED (1)',
      {
        entries: [...DECLINED, ...undone('reserveInventory'), 'SAGA_COMPENSATED - - {}'],
        row: 'COMPENSATED for NO',
        steps: { ...IS_DECLINED, createOrder: 'COMPLETED 1' },
      },
    ],
    [
      'an event that nobody knows',
      'I13 log entry 2: the event SAGA_TURNED_GREEN is unknown',
      { entries: ['SAGA_TURNED_GREEN - -', ...ENDED], ...COMPLETED },
    ],
    [
      'a row that says something else',
      'I13 log entry 10: the journal tells COMPLETED at entry 10, confirmOrder COMPLETED (1), createOrder COMPLETED (1), processPayment COMPLETED (1), reserveInventory COMPLETED (1); the row says COMPENSATED at entry 10 for NO, confirmOrder COMPLETED (1), createOrder COMPLETED (1), processPayment COMPLETED (1), reserveInventory COMPLETED (1)',
      { entries: ENDED, row: 'COMPENSATED for NO', steps: all('COMPLETED 1') },
    ],
    [
      'another definition than the saga’s',
      'I13 log entry 1: it began with the steps createOrder; its definition has confirmOrder,createOrder,processPayment,reserveInventory',
      {
        entries: [...done('createOrder'), 'SAGA_COMPLETED - -'],
        row: 'COMPLETED',
        steps: { createOrder: 'COMPLETED 1' },
      },
    ],
    [
      'a cancellation past the point of no return',
      'I13 log entry 9: SAGA_CANCEL_REQUESTED past the point of no return',
      {
        entries: [...ENDED.slice(0, 7), 'SAGA_CANCEL_REQUESTED - - {"failure":{"code":"CANCELLED"}}'],
        row: 'RUNNING for CANCELLED',
        steps: { ...all('COMPLETED 1'), confirmOrder: 'RUNNING 1' },
      },
    ],
    [
      'a command sent while the saga is paused',
      'I13 log entry 3: STEP_STARTED of a saga that is paused',
      {
        entries: ['SAGA_PAUSED - - {}', 'STEP_STARTED createOrder 1'],
        row: 'PAUSED',
        steps: { ...all('PENDING'), createOrder: 'RUNNING 1' },
      },
    ],
    [
      'compensations in the order of the steps',
      'I14 log entry 8: step createOrder is taken back, though it is the turn of reserveInventory',
      {
        entries: [...DECLINED, ...undone('createOrder', 'reserveInventory'), 'SAGA_COMPENSATED - - {}'],
        row: 'COMPENSATED for NO',
        steps: IS_DECLINED,
      },
    ],
    [
      'a compensation of what did nothing',
      'I14 log entry 8: COMPENSATION_STARTED of step processPayment, which is REFUSED',
      {
        entries: [
          ...DECLINED,
          ...undone('processPayment', 'reserveInventory', 'createOrder'),
          'SAGA_COMPENSATED - - {}',
        ],
        row: 'COMPENSATED for NO',
        steps: { ...IS_DECLINED, processPayment: 'COMPENSATED 1' },
      },
    ],
    [
      'a compensation while nothing fails',
      'I14 log entry 4: step createOrder is taken back in a saga that is not failing',
      {
        entries: [...done('createOrder'), ...undone('createOrder')],
        row: 'COMPENSATING for NO',
        steps: { ...all('PENDING'), createOrder: 'COMPENSATED 1' },
      },
    ],
    [
      'a compensation while another step is under way',
      'I14 log entry 8: step invite is taken back while another step is under way',
      {
        type: 'party',
        entries: [
          ...done('invite'),
          'STEP_STARTED cake 1',
          'STEP_STARTED band 1',
          'STEP_FAILED cake 1 {"error":{"code":"NO"}}',
          'SAGA_CLAIMED - -',
          ...undone('invite'),
        ],
        row: 'COMPENSATING for NO',
        steps: { invite: 'COMPENSATED 1', cake: 'FAILED 1', band: 'RUNNING 1', yes: 'PENDING' },
      },
    ],
  ];

  it.each(stories)('%s', (_, wrong, story) => {
    expect(wrongIn(story)).toContain(wrong);
  });

  it('a gap', () => {
    const lines = [
      '1 SAGA_STARTED - - {"type":"riddle","version":1,"businessKey":"k","steps":[]}',
      '3 SAGA_COMPLETED - -',
    ];
    expect(told('riddle', lines, 'COMPLETED', {})).toContain(
      'I13 log entry 1: it follows entry 1, and its number is 3',
    );
  });
});
