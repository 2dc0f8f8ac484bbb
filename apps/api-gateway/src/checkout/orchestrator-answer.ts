import { type CheckoutResult, checkoutResult } from '@saga-checkout/shared-types';
import { z } from 'zod';
import type { FieldError } from '../problem.js';

/** The orchestrator's own words for a no. */
export interface OrchestratorRefusal {
  readonly code: string;
  readonly retryAfterSeconds: number;
  /** Which part of the shop is away, if that is the reason. */
  readonly participant?: string | undefined;
  readonly errors: readonly FieldError[];
}

const refusal = z.object({
  code: z.string(),
  retryAfterSeconds: z.number().min(0).max(3600).catch(1).default(1),
  participant: z
    .string()
    .regex(/^[a-z-]{1,40}$/)
    .optional()
    .catch(undefined),
  errors: z
    .array(z.object({ pointer: z.string(), code: z.string(), message: z.string() }))
    .catch([])
    .default([]),
});

/** A checkoutResult, or undefined when the text is something else. */
export const readResult = (text: string): CheckoutResult | undefined => checkoutResult.safeParse(parse(text)).data;

/** What a 4xx or 503 of the orchestrator says, or undefined when it says nothing that is understood. */
export const readRefusal = (text: string): OrchestratorRefusal | undefined => refusal.safeParse(parse(text)).data;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not an answer; the schema says so.
    return undefined;
  }
}
