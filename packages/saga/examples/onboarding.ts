/**
 * Onboarding users: `node packages/saga/examples/onboarding.ts`, after a build. Tells what the journals of three sagas say.
 * They run as in production, but in memory, and in time that passes when we say so: a day in no time.
 */
import { handler, SagaTestRunner } from '@saga-checkout/saga/testing';
import { accounts, approvalGranted, approvalRejected, mails, workspaces } from './onboarding/contracts.ts';
import { onboarding } from './onboarding/saga.ts';
import { story } from './support/story.ts';

const participants = {
  ...handler(accounts.create, () => ({})),
  ...handler(accounts.close, () => ({})),
  ...handler(mails.verify, () => ({})),
  ...handler(mails.regret, () => ({})),
  ...handler(workspaces.provision, () => ({})),
  ...handler(workspaces.remove, () => ({})),
};

async function begin(name: string): Promise<SagaTestRunner> {
  const runner = new SagaTestRunner(onboarding, { participants });
  await runner.start({ accountId: `account of ${name}`, email: `${name}@example.org` }, { businessKey: name });
  return runner;
}

function tell(title: string, { logs }: SagaTestRunner): void {
  console.log(`${title}\n\n${story(onboarding, logs)}\n`);
}

const ada = await begin('ada');
await ada.advance('3h');
await ada.signal(approvalGranted, { by: 'grace', seats: 5 });
await ada.ended();
tell('Ada is approved after three hours', ada);

const bob = await begin('bob');
bob.fault(accounts.close.name, 'replyLost', 1);
await bob.advance('90m');
await bob.signal(approvalRejected, { by: 'grace' });
await bob.ended();
tell('Bob is rejected; while his account is closed, an answer gets lost', bob);

const carol = await begin('carol');
await carol.advance('12h');
await carol.crash('takeover');
await carol.ended();
tell('Nobody answers for Carol; at noon the process dies, and another one takes over', carol);
