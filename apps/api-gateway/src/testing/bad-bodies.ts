import { goodBody, OTHER_PRODUCT, PRODUCT } from './gateway.js';

/** A body that is refused: its text, and what must be said about it: `pointer code`, in any order. */
export type BadBody = readonly [name: string, text: string, ...errors: string[]];

const line = (more: object = {}) => ({ productId: PRODUCT, quantity: 1, price: '29.99', ...more });
const withLine = (more: object) => JSON.stringify({ ...goodBody(), items: [line(more)] });
const withBody = (more: object) => JSON.stringify({ ...goodBody(), ...more });
/** A quantity or price as it is written, which JSON.stringify would not write. */
const written = (field: 'quantity' | 'price', text: string) => withLine({ [field]: '@' }).replace('"@"', text);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const each = (
  name: string,
  values: readonly unknown[],
  body: (value: unknown) => string,
  ...errors: string[]
): BadBody[] => values.map((value) => [`${name} ${JSON.stringify(value)?.slice(0, 60)}`, body(value), ...errors]);

const WRONG_UUIDS = [
  '',
  'abc',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  `{${PRODUCT}}`,
  PRODUCT.replaceAll('-', ''),
  `${PRODUCT}\n`,
  ` ${PRODUCT}`,
  `urn:uuid:${PRODUCT}`,
  PRODUCT.replace('6', 'g'),
  `${PRODUCT}0`,
];

const WRONG_PRICES = [
  '-1.00',
  '+1.00',
  '.50',
  '1.',
  '1',
  '1.2',
  '1.234',
  '1e3',
  '1,00',
  '01.00',
  '29.99\n',
  ' 29.99',
  '$29.99',
  '٢٩.٩٩',
  'NaN',
  'Infinity',
  '0x10',
  '99999999999.00',
  `${'9'.repeat(40)}.00`,
  '',
  '1.00; drop table orders',
];

const WRONG_USERS = [
  '',
  'x'.repeat(65),
  'a b',
  'a\u0000b',
  'a\r\nb',
  'ä',
  '\ud800',
  'a\u202eb',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  '../../etc/passwd',
  'x'.repeat(10_000),
];

/** Bodies that are JSON and not a checkout. */
export const badBodies: readonly BadBody[] = [
  // Not an object.
  ['null', 'null', ' WRONG_TYPE'],
  ['a number', '1', ' WRONG_TYPE'],
  ['a string', '"hello"', ' WRONG_TYPE'],
  ['true', 'true', ' WRONG_TYPE'],
  ['an array', '[]', ' WRONG_TYPE'],
  ['an array of the right thing', `[${withBody({})}]`, ' WRONG_TYPE'],
  ['an empty object', '{}', '/userId REQUIRED', '/items REQUIRED'],
  // Fields that are missing, unknown, or of another type.
  ['no user', JSON.stringify({ items: goodBody().items }), '/userId REQUIRED'],
  ['no items', '{"userId":"u"}', '/items REQUIRED'],
  ['an unknown field', withBody({ coupon: 'X' }), '/coupon UNKNOWN_FIELD'],
  [
    'a client that names its own order',
    withBody({ orderId: PRODUCT, total: '1' }),
    '/orderId UNKNOWN_FIELD',
    '/total UNKNOWN_FIELD',
  ],
  ['an unknown field of a line', withLine({ sku: 1 }), '/items/0/sku UNKNOWN_FIELD'],
  ['an unknown field that needs escaping', withBody({ 'a/b~c': 1 }), '/a~1b~0c UNKNOWN_FIELD'],
  ...each('userId', [null, 1, true, ['u'], { id: 'u' }], (userId) => withBody({ userId }), '/userId WRONG_TYPE'),
  ...each('userId', WRONG_USERS, (userId) => withBody({ userId }), '/userId INVALID_FORMAT'),
  ...each('items', [null, 1, 'x', { 0: line() }, { length: 1 }], (items) => withBody({ items }), '/items WRONG_TYPE'),
  ['no lines', withBody({ items: [] }), '/items TOO_SMALL'],
  ['51 lines', withBody({ items: Array(51).fill(line()) }), '/items TOO_LARGE'],
  ['300 empty lines', withBody({ items: Array(300).fill(null) }), '/items TOO_LARGE'],
  ...each('a line', [null, 1, 'x', [], [line()]], (one) => withBody({ items: [one] }), '/items/0 WRONG_TYPE'),
  [
    'an empty line',
    withBody({ items: [{}] }),
    '/items/0/productId REQUIRED',
    '/items/0/quantity REQUIRED',
    '/items/0/price REQUIRED',
  ],
  [
    'everything at once',
    '{"userId":"","items":[{"productId":"x","quantity":0},{"productId":1,"quantity":"1","price":1}],"payment":[],"currency":"usd"}',
    '/userId INVALID_FORMAT',
    '/items/0/productId INVALID_FORMAT',
    '/items/0/quantity TOO_SMALL',
    '/items/0/price REQUIRED',
    '/items/1/productId WRONG_TYPE',
    '/items/1/quantity WRONG_TYPE',
    '/items/1/price WRONG_TYPE',
    '/payment WRONG_TYPE',
    '/currency INVALID_FORMAT',
  ],
  // Products, quantities, prices.
  ...each('productId', [null, 1, [PRODUCT]], (productId) => withLine({ productId }), '/items/0/productId WRONG_TYPE'),
  ...each('productId', WRONG_UUIDS, (productId) => withLine({ productId }), '/items/0/productId INVALID_FORMAT'),
  ...each('quantity', [0, -1], (quantity) => withLine({ quantity }), '/items/0/quantity TOO_SMALL'),
  ['quantity 1001', withLine({ quantity: 1001 }), '/items/0/quantity TOO_LARGE'],
  ...each(
    'quantity',
    [null, '1', '0x10', true, [1], 1.5],
    (quantity) => withLine({ quantity }),
    '/items/0/quantity WRONG_TYPE',
  ),
  ['quantity -0', written('quantity', '-0'), '/items/0/quantity TOO_SMALL'],
  ['quantity 1e400', written('quantity', '1e400'), '/items/0/quantity WRONG_TYPE'],
  ['quantity -1e400', written('quantity', '-1e400'), '/items/0/quantity WRONG_TYPE'],
  ['quantity 1e-400', written('quantity', '1e-400'), '/items/0/quantity TOO_SMALL'],
  ['quantity 2^53 + 1', written('quantity', '9007199254740993'), '/items/0/quantity TOO_LARGE'],
  ['quantity of 40 digits', written('quantity', '9'.repeat(40)), '/items/0/quantity TOO_LARGE'],
  ...each(
    'price',
    [null, 29.99, true, ['29.99'], { amount: '1.00' }],
    (price) => withLine({ price }),
    '/items/0/price WRONG_TYPE',
  ),
  ...each('price', WRONG_PRICES, (price) => withLine({ price }), '/items/0/price INVALID_FORMAT'),
  ...each(
    'currency',
    ['usd', 'US', 'USDX', '', 'U$D', 'USD\n'],
    (currency) => withBody({ currency }),
    '/currency INVALID_FORMAT',
  ),
  ...each('currency', [null, 1, ['USD']], (currency) => withBody({ currency }), '/currency WRONG_TYPE'),
  // Payment.
  ...each('payment', [null, 'tok_visa', []], (payment) => withBody({ payment }), '/payment WRONG_TYPE'),
  ['a payment with a card number', withBody({ payment: { card: '4242' } }), '/payment/card UNKNOWN_FIELD'],
  ['an unknown provider', withBody({ payment: { provider: 'evil' } }), '/payment/provider INVALID_VALUE'],
  ['a method with spaces', withBody({ payment: { method: 'tok visa' } }), '/payment/method INVALID_FORMAT'],
  ['a method that is a list', withBody({ payment: { method: ['tok_visa'] } }), '/payment/method WRONG_TYPE'],
  // What JSON.parse lets through.
  ['a key twice', withBody({}).replace('{', '{"userId":"other",'), '/userId DUPLICATE_KEY'],
  ['a key twice, once escaped', withBody({}).replace('{', '{"\\u0075serId":"other",'), '/userId DUPLICATE_KEY'],
  [
    'a key of a line twice',
    withLine({}).replace('"quantity":1', '"quantity":1,"quantity":2'),
    '/items/0/quantity DUPLICATE_KEY',
  ],
  [
    'a key twice behind a tricky string',
    '{"userId":"a\\\\","userId":"\\"","items":[]}',
    '/userId DUPLICATE_KEY',
    '/userId INVALID_FORMAT',
    '/items TOO_SMALL',
  ],
  ['__proto__', withBody({}).replace('{', '{"__proto__":{"admin":true},'), '/__proto__ FORBIDDEN_KEY'],
  ['__proto__, escaped', withBody({}).replace('{', '{"__pr\\u006fto__":{},'), '/__proto__ FORBIDDEN_KEY'],
  [
    '__proto__ of a line',
    withLine({}).replace('"quantity"', '"__proto__":1,"quantity"'),
    '/items/0/__proto__ FORBIDDEN_KEY',
  ],
  [
    'constructor',
    withBody({ constructor: { prototype: {} } }),
    '/constructor FORBIDDEN_KEY',
    '/constructor/prototype FORBIDDEN_KEY',
  ],
  [
    '17 levels',
    withBody({}).replace('{', `{"x":${nested(16)},`),
    '/x/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0 TOO_DEEP',
    '/x UNKNOWN_FIELD',
  ],
  ['20,000 brackets', nested(20_000), `${'/0'.repeat(16)} TOO_DEEP`, ' WRONG_TYPE'],
  [
    '50,000 brackets as items',
    `{"userId":"u","items":${nested(50_000)}}`,
    `/items${'/0'.repeat(15)} TOO_DEEP`,
    '/items/0 WRONG_TYPE',
  ],
  ['a nested array as items', withBody({ items: [[line()]] }), '/items/0 WRONG_TYPE'],
  ['lines as an object', withBody({ items: { 0: line({ productId: OTHER_PRODUCT }) } }), '/items WRONG_TYPE'],
];

/** Texts that are no JSON (RFC 8259) at all. */
export const brokenJson: readonly (readonly [name: string, text: string])[] = [
  ['nothing', ''],
  ['white space', ' \n\t'],
  ['half an object', '{"userId":"u"'],
  ['a trailing comma', '{"userId":"u",}'],
  ['a comment', '{"userId":"u" /* me */}'],
  ['single quotes', "{'userId':'u'}"],
  ['NaN', '{"userId":NaN}'],
  ['Infinity', '{"userId":Infinity}'],
  ['a hexadecimal number', '{"userId":0x10}'],
  ['a leading zero', '{"userId":01}'],
  ['a plus sign', '{"userId":+1}'],
  ['two values', '{} {}'],
  ['undefined', 'undefined'],
  ['a control character in a string', '{"userId":"a\u0001"}'],
  ['a NUL behind the end', `${JSON.stringify(goodBody())}\u0000`],
  ['a form', 'userId=u&items=1'],
  ['XML', '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['20,000 open brackets', '['.repeat(20_000)],
];
