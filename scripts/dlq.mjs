/** `pnpm dlq`: what could not be executed, as the orchestrator has recorded it: list it, look at it, send it again, discard it. */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { askOrchestrator, Refused } from './dlq/ask.mjs';
import { help } from './dlq/help.mjs';
import { printDetail, printDone, printList } from './dlq/print.mjs';

const FILTERS = ['queue', 'status', 'reason', 'type', 'saga'];

const options = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  all: { type: 'boolean', default: false },
  limit: { type: 'string' },
  by: { type: 'string' },
  ...Object.fromEntries(FILTERS.map((name) => [name, { type: 'string' }])),
};

/** So many letters are sent again, or discarded, at a time. */
const AT_ONCE = 4;

class Misuse extends Error {}

async function main() {
  const { values, positionals } = parsed();
  const [command, ...ids] = positionals;
  if (values.help || command === undefined || command === 'help') {
    console.log(help);
    return command === undefined && !values.help ? 2 : 0;
  }
  const commands = { list, show, redrive: decide, discard: decide };
  if (!Object.hasOwn(commands, command)) throw new Misuse(`There is no command "${command}".`);
  return commands[command](values, ids, command);
}

function parsed() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Misuse(error.message);
  }
}

/** What may be on the page: open ones, unless somebody asks for others. */
async function list(values, ids) {
  if (ids.length > 0) throw new Misuse(`"list" takes no ids; "pnpm dlq show ${ids[0]}" shows one.`);
  const limit = Number(values.limit ?? 50);
  if (!Number.isInteger(limit) || limit < 1)
    throw new Misuse(`--limit must be a whole number from 1, not "${values.limit}".`);
  const { letters, more } = await matching({ status: 'OPEN,REDRIVING', ...filtersOf(values) }, limit);
  if (values.json) console.log(JSON.stringify({ items: letters, more }, null, 2));
  else printList(letters, more);
  return 0;
}

async function show(values, ids) {
  if (ids.length === 0) throw new Misuse('Which letter? "show" needs its id, which "pnpm dlq list" prints.');
  const found = [];
  for (const id of ids) found.push(await askOrchestrator(`/dead-letters/${encodeURIComponent(id)}`));
  if (values.json) console.log(JSON.stringify(found.length === 1 ? found[0] : found, null, 2));
  else found.forEach(printDetail);
  return 0;
}

/** Sends letters again, or discards them; 1 if any of them was refused. */
async function decide(values, ids, action) {
  const { reason } = values;
  if (!reason?.trim()) throw new Misuse(`Why? "${action}" needs --reason "…", which is kept with the letter.`);
  if (values.all === ids.length > 0)
    throw new Misuse(`Which letters? "${action}" needs either their ids, or --all with filters.`);
  const decision = { reason, by: values.by ?? userInfo().username };
  const targets = values.all ? await wanted(values, action) : [...new Set(ids)];
  const results = [];
  const work = [...targets];
  const worker = async () => {
    for (let id = work.shift(); id !== undefined; id = work.shift())
      results.push(await decideOne(id, action, decision));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (values.json) console.log(JSON.stringify(results, null, 2));
  else printDone(results, action);
  return results.every(({ done }) => done) ? 0 : 1;
}

/** The ids of all letters that --all means. What --reason says is why it is done, so letters are told apart by other filters. */
async function wanted(values, action) {
  const { reason: _, ...filter } = filtersOf(values);
  if (Object.keys(filter).length === 0)
    throw new Misuse(`Which letters? --all needs at least one of --queue, --type, --saga, --status.`);
  const status = action === 'redrive' ? 'OPEN,REDRIVING' : 'OPEN';
  const { letters } = await matching({ status, ...filter }, Number.POSITIVE_INFINITY);
  return letters.map(({ id }) => id);
}

async function decideOne(id, action, decision) {
  try {
    const letter = await askOrchestrator(`/dead-letters/${encodeURIComponent(id)}/${action}`, decision);
    return { id, done: true, status: letter.status };
  } catch (error) {
    // Without an orchestrator, nothing can be said of the others either.
    if (!(error instanceof Refused) || error.status === undefined) throw error;
    return { id, done: false, code: error.code, message: error.message };
  }
}

const filtersOf = (values) =>
  Object.fromEntries(FILTERS.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]));

/** Letters that match, page by page, so many at most. */
async function matching(filter, limit) {
  const letters = [];
  let cursor;
  do {
    const size = String(Math.min(limit - letters.length, 500));
    const query = new URLSearchParams({ ...filter, limit: size, ...(cursor && { cursor }) });
    const page = await askOrchestrator(`/dead-letters?${query}`);
    letters.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && letters.length < limit);
  return { letters, more: cursor !== undefined };
}

process.exitCode = await main().catch((error) => {
  if (!(error instanceof Misuse || error instanceof Refused)) throw error;
  console.error(`${error.message}\n  What to do: ${error.cure ?? 'pnpm dlq --help tells how it is used'}`);
  return error instanceof Misuse || error.status === undefined ? 2 : 1;
});
