import { describe, expect, it } from 'vitest';
import { toMinor, toMoneyText, totalMinor } from './money.js';

describe('money', () => {
  it.each([
    ['0.00', 0n],
    ['0.09', 9n],
    ['29.99', 2999n],
    ['9999999999.99', 999_999_999_999n],
  ])('%s is %s minor units, and back', (text, minor) => {
    expect(toMinor(text)).toBe(minor);
    expect(toMoneyText(minor)).toBe(text);
  });

  it.each(['', '1', '1.0', '1.000', '01.00', '-1.00', '+1.00', '.50', '1,00', '1e3', '1.00\n', '١.٠٠'])(
    '%j is no amount',
    (text) => {
      expect(() => toMinor(text)).toThrow(RangeError);
    },
  );

  it('has no text for less than nothing', () => {
    expect(() => toMoneyText(-1n)).toThrow(RangeError);
  });

  it('adds up without rounding', () => {
    const lines = [
      { quantity: 3, price: '0.10' },
      { quantity: 1000, price: '9999999999.99' },
    ];
    expect(toMoneyText(totalMinor(lines))).toBe('9999999999990.30');
    expect(totalMinor([])).toBe(0n);
  });
});
