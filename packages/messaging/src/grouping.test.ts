import { describe, expect, it } from 'vitest';
import { groupCommands, MAX_BYTES, MAX_ITEMS } from './grouping.js';

const commandOf = (name: string, id: string, payload: unknown = {}) => ({
  name,
  queue: 'q',
  item: { id, sagaId: 's', step: 'x', attempt: 1, payload },
});

describe('groupCommands', () => {
  it('puts commands of one name into one message, in order of arrival', () => {
    const { messages } = groupCommands([commandOf('a', '1'), commandOf('b', '2'), commandOf('a', '3')]);
    expect(messages.map(({ name, ids }) => [name, ids])).toEqual([
      ['a', ['1', '3']],
      ['b', ['2']],
    ]);
    expect(JSON.parse(messages[0]?.body ?? '')).toEqual({
      items: [commandOf('a', '1').item, commandOf('a', '3').item],
    });
  });

  it('starts another message after 500 items', () => {
    const { messages } = groupCommands(Array.from({ length: 2 * MAX_ITEMS + 1 }, (_, i) => commandOf('a', `${i}`)));
    expect(messages.map(({ ids }) => ids.length)).toEqual([MAX_ITEMS, MAX_ITEMS, 1]);
    expect(messages[1]?.ids[0]).toBe(`${MAX_ITEMS}`);
  });

  it('keeps each body within the bound, counted in bytes', () => {
    const text = 'ü'.repeat(20_000);
    const { messages } = groupCommands(Array.from({ length: 14 }, (_, i) => commandOf('a', `${i}`, text)));
    for (const { body } of messages) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_BYTES);
    expect(messages.flatMap(({ ids }) => ids)).toHaveLength(14);
    expect(messages).toHaveLength(3);
  });

  it('lets a single command that is larger than the bound travel alone', () => {
    const commands = [commandOf('a', '1'), commandOf('a', '2', 'x'.repeat(MAX_BYTES)), commandOf('a', '3')];
    expect(groupCommands(commands).messages.map(({ ids }) => ids)).toEqual([['1'], ['2'], ['3']]);
  });

  it('names the commands that cannot be written as JSON, and sends the others', () => {
    const { messages, broken } = groupCommands([commandOf('a', '1', 1n), commandOf('a', '2')]);
    expect(broken).toEqual([{ id: '1', reason: expect.stringContaining('BigInt') }]);
    expect(messages.map(({ ids }) => ids)).toEqual([['2']]);
  });
});
