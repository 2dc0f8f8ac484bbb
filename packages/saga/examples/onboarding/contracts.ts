import { z } from 'zod';

const account = z.object({ accountId: z.string() });
const letter = z.object({ email: z.string() });
const why = z.object({ reason: z.string() });
const plain = { reply: z.object({}), refusals: [] } as const;

export const accounts = {
  create: {
    name: 'account.create',
    queue: 'accounts',
    payload: account.extend(letter.shape),
    reply: z.object({}),
    refusals: ['EMAIL_TAKEN'],
  },
  close: { name: 'account.close', queue: 'accounts', payload: account.extend(why.shape), ...plain },
} as const;

export const mails = {
  verify: { name: 'mail.verify', queue: 'mails', payload: letter, ...plain },
  regret: { name: 'mail.regret', queue: 'mails', payload: letter.extend(why.shape), ...plain },
} as const;

export const workspaces = {
  provision: {
    name: 'workspace.provision',
    queue: 'workspaces',
    payload: account.extend({ seats: z.number() }),
    ...plain,
  },
  remove: { name: 'workspace.remove', queue: 'workspaces', payload: account, ...plain },
} as const;

/** Somebody has looked at the request, and says how many seats the account gets. */
export const approvalGranted = {
  name: 'approval_granted',
  payload: z.object({ by: z.string(), seats: z.number() }),
} as const;

export const approvalRejected = { name: 'approval_rejected', payload: z.object({ by: z.string() }) } as const;
