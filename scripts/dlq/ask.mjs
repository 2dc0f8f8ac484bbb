const DEFAULT_URL = 'http://127.0.0.1:3004';

/** The orchestrator said no, and why; or, without a status, could not be asked. */
export class Refused extends Error {
  constructor(message, { status, code, cure }) {
    super(message);
    Object.assign(this, { status, code, cure });
  }
}

/** Asks the first orchestrator that answers; `ORCHESTRATOR_URL` may name several, separated by commas. */
export async function askOrchestrator(path, body) {
  const urls = (process.env.ORCHESTRATOR_URL || DEFAULT_URL).split(',').map((url) => url.trim());
  let response;
  let why;
  for (const url of urls) {
    try {
      response = await fetch(url.replace(/\/$/, '') + path, requestOf(body));
      break;
    } catch (error) {
      why = error.cause?.message || error.cause?.code || error.message;
    }
  }
  if (response === undefined) throw unreachable(urls, why);
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer;
  throw refusal(response.status, answer ?? {}, urls);
}

const requestOf = (body) => ({
  signal: AbortSignal.timeout(30_000),
  ...(body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }),
});

const unreachable = (urls, why) =>
  new Refused(`No orchestrator answers at ${urls.join(', ')}: ${why}.`, {
    cure: 'start the shop (npm start), or name in ORCHESTRATOR_URL where the orchestrator is',
  });

function refusal(status, { code, message, errors = [] }, urls) {
  const wrong = errors.map(({ pointer, message: text }) => `${pointer.slice(1)}: ${text}`).join('; ');
  const text = wrong || message;
  if (text === undefined)
    return new Refused(`${urls[0]} is no orchestrator: it answered ${status}.`, { cure: 'correct ORCHESTRATOR_URL' });
  return new Refused(text, { status, code, cure: CURES[code] ?? CURES[status] });
}

/** By code, or by status. */
const CURES = {
  LETTER_NOT_FOUND: 'pnpm dlq list prints the ids; --status REDRIVEN,DISCARDED shows those that have ended',
  400: 'pnpm dlq --help tells what can be asked',
  409: 'see what is said there',
  503: 'see that RabbitMQ and Postgres run (pnpm stack status), and try again',
};
