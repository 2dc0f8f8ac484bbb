/** For those who generate their migrations with drizzle. */
import { sagaLogs, sagaState } from '@saga-checkout/saga/postgres/schema';

export const tables = [sagaState, sagaLogs];
