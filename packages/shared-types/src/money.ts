/** Money in code is an integer count of minor units (cents). At the edges it is a decimal string with two digits. */

/** The minor units of a decimal string: `"29.99"` → `2999n`. Throws a RangeError on anything else. */
export function toMinor(text: string): bigint {
  if (!/^(0|[1-9]\d*)\.\d{2}$/.test(text))
    throw new RangeError(`not an amount with two decimal digits: ${JSON.stringify(text)}`);
  return BigInt(text.replace('.', ''));
}

/** The decimal string of an amount in minor units, which must not be negative: `2999n` → `"29.99"`. */
export function toMoneyText(amountMinor: bigint): string {
  if (amountMinor < 0n) throw new RangeError(`an amount must not be negative: ${amountMinor}`);
  const digits = amountMinor.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Σ quantity × price of the lines, in minor units. */
export function totalMinor(lines: readonly { readonly quantity: number; readonly price: string }[]): bigint {
  return lines.reduce((sum, line) => sum + BigInt(line.quantity) * toMinor(line.price), 0n);
}
