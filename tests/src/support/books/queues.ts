import { eventually } from '../eventually.js';
import { COMMAND_QUEUES, Rabbit } from '../rabbit.js';
import type { Problem } from './problem.js';
import type { Tables } from './tables.js';

/** I16: command queues are empty, and every dead letter belongs to a known saga. Holds once all sagas have ended. */
export async function queueProblems(rabbitmqUrl: string, { sagas }: Tables): Promise<Problem[]> {
  const rabbit = await Rabbit.connect(rabbitmqUrl);
  try {
    const known = new Set([...sagas.values()].map(({ sagaId }) => sagaId));
    const problems: Problem[] = [];
    for (const queue of COMMAND_QUEUES) {
      const left = await emptied(rabbit, queue);
      if (left > 0) problems.push({ invariant: 'I16', text: `${left} messages wait in ${queue}` });
      for (const { reason, detail, sagaId, type, body } of await rabbit.readDeadLetters(queue)) {
        if (sagaId !== undefined && known.has(sagaId)) continue;
        const text = `a dead letter of ${queue} (${type}, ${reason}: ${detail}) belongs to no known saga: ${body.slice(0, 200)}`;
        problems.push({ invariant: 'I16', text });
      }
    }
    return problems;
  } finally {
    await rabbit.close();
  }
}

/** The last messages may be on their way to a consumer: they are given a moment. */
async function emptied(rabbit: Rabbit, queue: string): Promise<number> {
  let left = 0;
  const isEmpty = async () => {
    left = await rabbit.waiting(queue);
    return left === 0;
  };
  await eventually(`${queue} to be empty`, isEmpty, { timeoutMs: 3_000 }).catch(() => {}); // the number tells
  return left;
}
