// Writes receipts.json: node tests/vectors/receipts.mjs > tests/vectors/receipts.json
//
// Made by the second implementation (tests/e2e/receipt.mjs); the program must make the same bytes and give the same
// verdicts.
import { createHash } from 'node:crypto';
import { keyOfSeed, make, sessionHash, wins } from '../e2e/receipt.mjs';

const seedOf = (name) => createHash('sha256').update(name).digest();
const signer = keyOfSeed(seedOf('the first key'));
const stranger = keyOfSeed(seedOf('the key of a stranger'));
const hashed = (site, session) => sessionHash(site, session).toString('base64url');

const alone = [{ site: 'example.com', key: '/about', number: 1, time: '2026-11-24T09:03:00.123Z', session: null }];
const together = [0, 1, 2, 3, 4].map((at) => ({
  site: 'example.com',
  key: at === 3 ? 'https://example.com/?q=café "x"' : 'likes',
  number: 1000 + at,
  time: `2026-11-24T09:03:00.${200 + at}Z`,
  session: at % 2 ? hashed('example.com', 'AAAAAAAAAAAAAAAAAAAAAA') : null,
}));
const largest = [{ site: 'a.example', key: 'x', number: Number.MAX_SAFE_INTEGER, time: '2026-11-24T09:03:01.000Z', session: null }];
const batches = [alone, together, largest].map((statements) => ({ statements, receipts: make(statements, signer) }));

const good = batches[1].receipts[2];
const altered = (at, receipt = good) => {
  const bytes = Buffer.from(receipt.slice(4), 'base64url');
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return `ff1.${bytes.toString('base64url')}`;
};
const refused = [
  ['another key id', altered(0)],
  ['the signature, its first byte', altered(4)],
  ['the signature, its last byte', altered(67)],
  ['another number of leaves', altered(69)],
  ['another leaf', altered(71)],
  ['another sibling', altered(72)],
  ['the last sibling', altered(72 + 3 * 32 - 1)],
  ['another time', altered(72 + 3 * 32 + 7)],
  ['another number', altered(72 + 3 * 32 + 15)],
  ['another key', altered(-1)],
  ['signed by a stranger', make(alone, stranger)[0]],
  ['a byte less', `ff1.${Buffer.from(good.slice(4), 'base64url').subarray(0, -1).toString('base64url')}`],
  ['another version', good.replace('ff1.', 'ff2.')],
  ['no base64url', good.replace('ff1.', 'ff1.+')],
  ['nothing', 'ff1.'],
].map(([because, receipt]) => ({ because, receipt }));

const draw = { seed: seedOf('a draw').toString('hex'), site: 'example.com', key: 'likes', one_in: 10 };
const numbers = Array.from({ length: 200 }, (_, at) => at + 1);
const vectors = {
  seed: seedOf('the first key').toString('hex'),
  public_key: signer.public_key,
  key_id: signer.id,
  sessions: [{ site: 'example.com', session: 'AAAAAAAAAAAAAAAAAAAAAA', hash: hashed('example.com', 'AAAAAAAAAAAAAAAAAAAAAA') }],
  batches,
  refused,
  draws: [{ ...draw, commitment: createHash('sha256').update(seedOf('a draw')).digest('hex'),
    wins: numbers.filter((number) => wins(draw.seed, draw.site, draw.key, number, draw.one_in)) }],
};
console.log(JSON.stringify(vectors, null, 1));
