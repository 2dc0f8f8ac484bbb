import { defineSaga } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { card, flight, tickets } from '../trip/contracts.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const input = z.object({ tripId: z.string() });

const timed = defineSaga('timed', {
  version: 1,
  input,
  timeoutMs: 90 * MINUTE,
  retry: { maxAttempts: 6, initialDelayMs: 500 },
})
  .step('flight', flight.book, ({ input }) => input, { timeoutMs: 20_000 })
  .compensate(flight.cancel, ({ input }) => input, { retry: { maxAttempts: 50, maxDelayMs: 5 * MINUTE } })
  .step('pay', card.charge, ({ input }) => ({ tripId: input.tripId, amount: 300 }), {
    retry: { maxAttempts: 4, initialDelayMs: 15 * MINUTE, maxDelayMs: HOUR, jitter: 'none' },
  })
  .compensate(card.refund, ({ input }) => input)
  .step('tickets', tickets.issue, ({ input }) => input, { pivot: true })
  .build();

const toPay = () => conversation(timed, { tripId: 't' }).expect(flight.book).reply({ price: 300 });

const failedThrice = () => toPay().expect(card.charge).fail().expect(card.charge).fail().expect(card.charge).fail();

it('the delays grow', () => {
  const waits = failedThrice().logs.flatMap((log) =>
    log.event === 'STEP_FAILED' && log.data.retryAt !== undefined ? [log.data.retryAt - log.at] : [],
  );
  expect(waits).toEqual([15 * MINUTE, 30 * MINUTE, 60 * MINUTE]);
});

it('the time of the saga is over: what is under way is unknown, and taken back', () => {
  failedThrice().expect(card.refund).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED', 'SAGA_TIMEOUT');
});

it('past the pivot nothing is given up', () => {
  const issuing = toPay().expect(card.charge).reply({ receipt: 'r' }).expect(tickets.issue);
  const late = issuing.wait(5 * HOUR).leave();
  expect(late.saga.status).toBe('RUNNING');
  expect(() => late.cancel()).toThrow('the saga is past its point of no return');
  late.expect(tickets.issue).reply({ number: '1' }).ends('COMPLETED');
});

it('a lost connection does not count', () => {
  let booking = conversation(timed, { tripId: 't' }).expect(flight.book);
  for (let times = 0; times < 10; times++) booking = booking.loseConnection().expect(flight.book);
  expect(booking.leave().saga.steps.flight).toMatchObject({ attempt: 11, failures: 0 });
});
