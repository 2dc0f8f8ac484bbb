import { createHmac } from 'node:crypto';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../testing/gateway.js';
import { Stub } from '../testing/stub.js';
import { byToken } from './authenticate.js';
import { verifier } from './verify.js';

const RULES = { issuer: 'https://login.example', audience: 'saga-checkout', clockToleranceS: 5 };
const ORDER = '01a1fb1a-e211-762a-9f4c-dae317f60723';

interface Signer {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function signer(kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

interface Said {
  readonly sub?: string;
  readonly roles?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  /** In seconds from now. */
  readonly expiresIn?: number;
  readonly notBeforeIn?: number;
}

function token({ kid, privateKey }: Pick<Signer, 'kid' | 'privateKey'>, said: Said = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const jwt = new SignJWT(said.roles === undefined ? {} : { roles: said.roles })
    .setProtectedHeader({ alg: 'ES256', kid })
    .setSubject(said.sub ?? 'ada')
    .setIssuer(said.issuer ?? RULES.issuer)
    .setAudience(said.audience ?? RULES.audience)
    .setExpirationTime(now + (said.expiresIn ?? 60));
  if (said.notBeforeIn !== undefined) jwt.setNotBefore(now + said.notBeforeIn);
  return jwt.sign(privateKey);
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = () => ({ sub: 'ada', iss: RULES.issuer, aud: RULES.audience, exp: Math.floor(Date.now() / 1_000) + 60 });

let known: Signer;
let published: JWK[];
let issuer: Stub;
let upstream: Stub;
let gateway: TestGateway;

beforeAll(async () => {
  known = await signer('first');
  published = [known.jwk];
  issuer = await Stub.start(() => ({ status: 200, body: { keys: published } }));
  upstream = await Stub.start(({ path }) => {
    if (path.startsWith('/sagas?')) return { status: 200, body: { items: [] } };
    return { status: 404, body: { code: 'SAGA_NOT_FOUND', message: 'there is none' } };
  });
  const door = byToken(verifier({ ...RULES, key: { jwksUrl: new URL(issuer.url) } }));
  gateway = await startGateway({
    orchestrators: [upstream.url],
    orders: upstream.url,
    inventory: upstream.url,
    authenticate: door,
    authenticateOperator: door,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
  await issuer.stop();
});
afterEach(() => {
  upstream.requests.length = 0;
});

async function ask(path: string, authorization?: string, body?: object) {
  const response = await fetch(`${gateway.url}${path}`, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** An order of ada's that does not exist: whoever gets so far as to hear that has been let in. */
const letIn = async (authorization?: string) => (await ask(`/api/orders/${ORDER}/saga`, authorization)).status === 404;

describe('a token', () => {
  it('lets its subject in', async () => {
    expect(await letIn(`Bearer ${await token(known)}`)).toBe(true);
    expect(await letIn(`bearer ${await token(known)}`)).toBe(true);
  });

  it('may be a little late or early, as far as clocks differ, and no more', async () => {
    expect(await letIn(`Bearer ${await token(known, { expiresIn: -3 })}`)).toBe(true);
    expect(await letIn(`Bearer ${await token(known, { notBeforeIn: 3 })}`)).toBe(true);
    expect(await letIn(`Bearer ${await token(known, { expiresIn: -7 })}`)).toBe(false);
    expect(await letIn(`Bearer ${await token(known, { notBeforeIn: 30 })}`)).toBe(false);
  });

  const bad: readonly (readonly [what: string, authorization: () => Promise<string> | string])[] = [
    ['that has expired', async () => `Bearer ${await token(known, { expiresIn: -60 })}`],
    ['of another issuer', async () => `Bearer ${await token(known, { issuer: 'https://evil.example' })}`],
    ['for another audience', async () => `Bearer ${await token(known, { audience: 'another-shop' })}`],
    ['signed with an unknown key', async () => `Bearer ${await token(await signer('unknown'))}`],
    ['signed with another key under a known name', async () => `Bearer ${await token(await signer('first'))}`],
    ['that is not signed', () => `Bearer ${base64({ alg: 'none' })}.${base64(claims())}.`],
    ['that is not signed, in capitals', () => `Bearer ${base64({ alg: 'NONE' })}.${base64(claims())}.`],
    [
      'signed with the public key as a secret',
      async () => {
        const head = `${base64({ alg: 'HS256', kid: 'first' })}.${base64(claims())}`;
        const mac = createHmac('sha256', await exportSPKI(known.publicKey))
          .update(head)
          .digest('base64url');
        return `Bearer ${head}.${mac}`;
      },
    ],
    [
      'that was changed',
      async () => {
        const [head, , signature] = (await token(known)).split('.');
        return `Bearer ${head}.${base64({ ...claims(), sub: 'eve' })}.${signature}`;
      },
    ],
    [
      'without an expiry',
      async () => {
        const jwt = new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: 'first' }).setSubject('ada');
        return `Bearer ${await jwt.setIssuer(RULES.issuer).setAudience(RULES.audience).sign(known.privateKey)}`;
      },
    ],
    ['that brings its own key', async () => `Bearer ${await ownKey()}`],
    ['that is none', () => 'Bearer ada'],
    ['that is empty', () => 'Bearer '],
    ['of another kind', () => `Basic ${Buffer.from('ada:secret').toString('base64')}`],
    ['of 5,000 characters', () => `Bearer ${'a'.repeat(5_000)}`],
  ];

  async function ownKey(): Promise<string> {
    const evil = await signer('evil');
    const header = { alg: 'ES256', kid: 'evil', jwk: evil.jwk, jku: 'http://127.0.0.1:1/keys' };
    const jwt = new SignJWT({}).setProtectedHeader(header).setSubject('ada').setExpirationTime('1m');
    return jwt.setIssuer(RULES.issuer).setAudience(RULES.audience).sign(evil.privateKey);
  }

  it.each(bad)('%s is refused with 401, and nobody behind is asked', async (_what, authorization) => {
    const { status, headers, body } = await ask(`/api/orders/${ORDER}/saga`, await authorization());
    expect({ status, code: body.code, success: body.success }).toEqual({
      status: 401,
      code: 'UNAUTHENTICATED',
      success: false,
    });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="saga-checkout", error="invalid_token"');
    expect(upstream.requests).toEqual([]);
  });

  it('is asked for when there is none', async () => {
    const { status, headers } = await ask('/api/checkout', undefined, {});
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="saga-checkout"');
  });

  it('of a key that came into use later is taken soon after the key is published, and the old one meanwhile', async () => {
    const next = await signer('next');
    expect(await letIn(`Bearer ${await token(known)}`)).toBe(true);
    expect(await letIn(`Bearer ${await token(next)}`)).toBe(false);
    published = [known.jwk, next.jwk];
    await expect.poll(async () => letIn(`Bearer ${await token(next)}`), { interval: 200 }).toBe(true);
    expect(await letIn(`Bearer ${await token(known)}`)).toBe(true);
  });

  it('cannot be checked while the keys cannot be fetched: 503, not 401', async () => {
    const nowhere = byToken(verifier({ ...RULES, key: { jwksUrl: new URL('http://127.0.0.1:1/keys') } }));
    const headers = { authorization: `Bearer ${await token(known)}` };
    await expect(nowhere({ headers } as Parameters<typeof nowhere>[0])).rejects.toMatchObject({
      code: 'AUTH_UNAVAILABLE',
      status: 503,
    });
  });

  it('by a shared secret is taken, and none that is signed otherwise', async () => {
    const secret = 'a secret of at least thirty-two characters';
    const verify = verifier({ ...RULES, key: { secret } });
    const jwt = new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject('ada').setExpirationTime('1m');
    const good = await jwt.setIssuer(RULES.issuer).setAudience(RULES.audience).sign(new TextEncoder().encode(secret));
    expect(await verify(good)).toMatchObject({ sub: 'ada' });
    await expect(verify(await token(known))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('what belongs to others', () => {
  it('is not ordered, listed, shown or cancelled', async () => {
    const eve = `Bearer ${await token(known, { sub: 'eve' })}`;
    const line = { productId: ORDER, quantity: 1, price: '1.00' };
    expect(await ask('/api/checkout', eve, { userId: 'ada', items: [line] })).toMatchObject({ status: 403 });
    expect(await ask('/api/orders', eve, { userId: 'ada', items: [line] })).toMatchObject({ status: 403 });
    expect(await ask('/api/orders/user/ada', eve)).toMatchObject({ status: 403 });
    expect(upstream.requests).toEqual([]);
    expect(await ask(`/api/orders/${ORDER}/saga`, eve)).toMatchObject({ status: 404 });
    expect(await ask(`/api/orders/${ORDER}/cancel`, eve, {})).toMatchObject({ status: 404 });
    const [saga, cancel] = upstream.requests;
    expect(saga?.path).toBe(`/checkouts/${ORDER}/saga?userId=eve`);
    expect(cancel?.body).toMatchObject({ by: 'eve', userId: 'eve' });
  });

  it('is shown to operators', async () => {
    await ask(`/api/orders/${ORDER}/saga`, `Bearer ${await token(known, { sub: 'olga', roles: ['admin'] })}`);
    expect(upstream.requests[0]?.path).toBe(`/checkouts/${ORDER}/saga`);
  });
});

describe('what operators do', () => {
  it('needs their token, and a customer’s is not one', async () => {
    expect((await ask('/api/sagas')).status).toBe(401);
    expect(await ask('/api/sagas', `Bearer ${await token(known)}`)).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    const olga = `Bearer ${await token(known, { sub: 'olga', roles: ['admin'] })}`;
    expect(await ask('/api/sagas?status=RUNNING', olga)).toMatchObject({ status: 200, body: { items: [] } });
  });
});
