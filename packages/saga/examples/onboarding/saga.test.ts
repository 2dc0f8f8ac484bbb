import { conversation, handler, SagaTestRunner } from '@saga-checkout/saga/testing';
import { describe, expect, it } from 'vitest';
import { accounts, approvalGranted, approvalRejected, mails, workspaces } from './contracts.ts';
import { onboarding } from './saga.ts';

const HOUR = 3_600_000;
const ada = { accountId: 'a-1', email: 'ada@example.org' };
const begun = () => conversation(onboarding, ada).expect(accounts.create).reply({});
const mailed = () => begun().expect(mails.verify).reply({});

describe('onboarding', () => {
  it('waits for an approval, and provisions the seats that it grants', () => {
    mailed()
      .awaits(approvalGranted, approvalRejected)
      .signal(approvalGranted, { by: 'grace', seats: 5 })
      .expect(workspaces.provision, { accountId: 'a-1', seats: 5 })
      .reply({})
      .ends('COMPLETED');
  });

  it('says why it takes the account back when the approval is rejected', () => {
    mailed()
      .wait(23 * HOUR)
      .signal(approvalRejected, { by: 'grace' })
      .expect(mails.regret, { email: 'ada@example.org', reason: 'approval_rejected' })
      .reply({})
      .expect(accounts.close, { accountId: 'a-1', reason: 'approval_rejected' })
      .reply({})
      .ends('COMPENSATED', 'approval_rejected');
  });

  it('takes the account back when nobody has answered after a day', () => {
    const ended = mailed()
      .wait(24 * HOUR)
      .expect(mails.regret, { email: 'ada@example.org', reason: 'EVENT_TIMEOUT' })
      .reply({})
      .expect(accounts.close)
      .reply({})
      .ends('COMPENSATED', 'EVENT_TIMEOUT');
    expect(ended.now - ended.saga.createdAt).toBe(24 * HOUR);
  });

  it('keeps an approval that comes before the mail is out', () => {
    const early = begun().signal(approvalGranted, { by: 'grace', seats: 5 });
    early.expect(mails.verify).reply({}).expect(workspaces.provision);
  });

  it('is over at once for an address that is taken', () => {
    conversation(onboarding, ada).expect(accounts.create).refuse('EMAIL_TAKEN').ends('COMPENSATED', 'EMAIL_TAKEN');
  });

  it('removes a workspace that may or may not have been provisioned', () => {
    const unknown = mailed().signal(approvalGranted, { by: 'grace', seats: 5 }).expect(workspaces.provision);
    unknown
      .timeOutForGood()
      .expect(workspaces.remove)
      .reply({})
      .expect(mails.regret)
      .reply({})
      .expect(accounts.close)
      .reply({})
      .ends('COMPENSATED', 'TIMEOUT');
  });
});

describe('onboarding, on a real runtime in virtual time,', () => {
  const participants = {
    ...handler(accounts.create, () => ({})),
    ...handler(accounts.close, () => ({})),
    ...handler(mails.verify, () => ({})),
    ...handler(mails.regret, () => ({})),
    ...handler(workspaces.provision, () => ({})),
    ...handler(workspaces.remove, () => ({})),
  };

  it('outlives its process while it waits, and takes the approval of the next day', async () => {
    const runner = new SagaTestRunner(onboarding, { participants });
    await runner.start(ada);
    await runner.advance('20h');
    await runner.crash('takeover');
    await runner.advance('3h');
    expect(runner.saga.status).toBe('WAITING');
    await runner.signal(approvalGranted, { by: 'grace', seats: 5 });
    expect(await runner.ended()).toMatchObject({ status: 'COMPLETED' });
    expect(runner.sent.map(({ name }) => name)).toEqual(['account.create', 'mail.verify', 'workspace.provision']);
  });

  it('is over after 24 hours and not before', async () => {
    const runner = new SagaTestRunner(onboarding, { participants });
    await runner.start(ada);
    expect((await runner.advance('1439m')).status).toBe('WAITING');
    expect((await runner.advance('2m')).status).toBe('COMPENSATED');
  });
});
