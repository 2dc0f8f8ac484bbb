/**
 * Renewing subscriptions: `node packages/saga/examples/renewal.ts`, after a build. Tells what the journals of three sagas
 * say. They run as in production, but in memory, and in time that passes when we say so: two weeks in no time.
 */
import { failure, handler, SagaTestRunner } from '@saga-checkout/saga/testing';
import { cards, mails, renewalConfirmed, renewalDeclined, subscriptions } from './renewal/contracts.ts';
import { renewal } from './renewal/saga.ts';
import { story } from './support/story.ts';

/** Starts the renewal of a subscription whose card has money from the nth attempt on. */
async function begin(subscriptionId: string, hasMoneyFrom: number): Promise<SagaTestRunner> {
  let attempts = 0;
  const runner = new SagaTestRunner(renewal, {
    participants: {
      ...handler(subscriptions.open, () => ({})),
      ...handler(subscriptions.suspend, () => ({})),
      ...handler(subscriptions.extend, () => ({})),
      ...handler(mails.remind, () => ({})),
      ...handler(cards.charge, ({ card, amount }) => {
        attempts++;
        if (attempts < hasMoneyFrom) return failure('NO_MONEY', `the ${card} card has no money today`);
        return { receipt: `${amount} from the ${card} card` };
      }),
      ...handler(cards.refund, () => ({})),
    },
  });
  await runner.start({ subscriptionId, seats: 7, card: 'old' }, { businessKey: subscriptionId });
  return runner;
}

function tell(title: string, { logs }: SagaTestRunner): void {
  console.log(`${title}\n\n${story(renewal, logs)}\n`);
}

const patient = await begin('news', 3);
await patient.advance('2d');
await patient.signal(renewalConfirmed, { card: 'new' });
await patient.ended();
tell('The customer answers with a new card, which has money at the third attempt', patient);

const declined = await begin('music', 1);
await declined.advance('5d');
await declined.signal(renewalDeclined, {});
await declined.ended();
tell('The customer wants no more: nothing is suspended, what was paid for goes on', declined);

const broke = await begin('films', Number.POSITIVE_INFINITY);
await broke.ended();
tell('The customer does not answer, and the card that we know never has money', broke);
