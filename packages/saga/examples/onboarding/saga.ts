import { defineSaga } from '@saga-checkout/saga';
import { z } from 'zod';
import { accounts, approvalGranted, approvalRejected, mails, workspaces } from './contracts.ts';

const HOUR = 3_600_000;
const input = z.object({ accountId: z.string(), email: z.string() });

/** An account, a mail to verify its address, a person's approval within a day, and then a workspace. */
export const onboarding = defineSaga('onboarding', { version: 1, input })
  .step('account', accounts.create, ({ input }) => input)
  .compensate(accounts.close, ({ input, failure }) => ({ accountId: input.accountId, reason: failure.code }))

  // A mail cannot be unsent: what takes it back is another mail.
  .step('verification', mails.verify, ({ input }) => ({ email: input.email }))
  .compensate(mails.regret, ({ input, failure }) => ({ email: input.email, reason: failure.code }))

  .waitFor('approval', approvalGranted, { refusedBy: [approvalRejected], timeoutMs: 24 * HOUR })

  // The last step has a compensation, too: if no answer ever comes, it may have been done.
  .step('workspace', workspaces.provision, ({ input, replies }) => ({
    accountId: input.accountId,
    seats: replies.approval.seats,
  }))
  .compensate(workspaces.remove, ({ input }) => ({ accountId: input.accountId }))
  .build();
