import { describe, expect, it } from 'vitest';
import { Findings, type Offence } from './findings.js';

const offence = (orderId: string, more: Partial<Offence> = {}): Offence => ({
  ...{ invariant: 'I6', text: `order ${orderId}`, orderId, uncertain: true },
  ...more,
});

function found(...offences: Offence[]): Findings {
  const findings = new Findings();
  for (const each of offences) findings.offence(each);
  return findings;
}

describe('what a second look', () => {
  it('does not find again is forgotten; what it does is told as it saw it', () => {
    const first = found(offence('a'), offence('b', { text: 'b owes 1' }));
    first.confirmedBy(found(offence('b', { text: 'b owes 2' }), offence('c')));
    expect(first.offencesOf('I6').map(({ text }) => text)).toEqual(['b owes 2']);
    expect(first.offendingOf('I6')).toBe(1);
  });

  it('could not see differently stays', () => {
    const certain: Offence = { invariant: 'I13', text: 'a gap', sagaId: 's' };
    const first = found(certain, offence('a'));
    first.confirmedBy(found());
    expect([first.offencesOf('I13'), first.offencesOf('I6')]).toEqual([[certain], []]);
  });

  it('tells one offence of an order from another', () => {
    const first = found(offence('a', { what: 'sum' }), offence('a', { what: 'currency' }));
    first.confirmedBy(found(offence('a', { what: 'sum' })));
    expect(first.offendingOf('I6')).toBe(1);
  });
});

it('counts all offences, and keeps so many that memory does not grow with them', () => {
  const many = found(...Array.from({ length: 25_000 }, (_, number) => offence(`${number}`)));
  expect([many.offendingOf('I6'), many.offencesOf('I6').length]).toEqual([25_000, 20_000]);
  many.confirmedBy(found());
  expect(many.offendingOf('I6')).toBe(5_000);
});
