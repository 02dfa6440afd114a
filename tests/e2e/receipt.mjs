// Receipts read and checked a second time, from docs/receipts.md alone, with node's own crypto: it shares no line with
// the program. Also makes them, for the vectors.

import { createHash, createHmac, createPrivateKey, createPublicKey, sign, verify as verifySignature } from 'node:crypto';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const mark = Buffer.from('footfall receipt 1\0', 'latin1');

const publicKeyOf = (base64url) => createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url }, format: 'jwk' });
export const keyId = (base64url) => sha256(Buffer.from(base64url, 'base64url')).subarray(0, 4).toString('hex');

const leafHash = (statement) => sha256(Buffer.of(0), statement);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const signedText = (leaves, root) => Buffer.concat([mark, Buffer.of(leaves >> 8, leaves & 255), root]);

// What the receipt states; throws when it is not good. `keys` is what GET /api/receipts/key answers.
export const check = (receipt, keys) => {
  if (!/^ff1\.[A-Za-z0-9_-]+$/.test(receipt)) throw new Error('not a receipt');
  const bytes = Buffer.from(receipt.slice(4), 'base64url');
  if (`ff1.${bytes.toString('base64url')}` !== receipt) throw new Error('not the one way to write these bytes');
  const id = bytes.subarray(0, 4).toString('hex');
  const signature = bytes.subarray(4, 68);
  const leaves = bytes.readUInt16BE(68);
  const leaf = bytes.readUInt16BE(70);
  if (leaf >= leaves) throw new Error('no such leaf');

  // Level by level: how many siblings there are follows from the leaf and the number of leaves.
  const sides = [];
  for (let [at, width] = [leaf, leaves]; width > 1; at >>= 1, width = (width + 1) >> 1) {
    if ((at ^ 1) < width) sides.push(at & 1 ? 'left' : 'right');
  }
  const statement = bytes.subarray(72 + 32 * sides.length);
  const root = sides.reduce((hash, side, step) => {
    const sibling = bytes.subarray(72 + 32 * step, 104 + 32 * step);
    return side === 'left' ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }, leafHash(statement));

  const key = keys.keys.find((one) => one.id === id);
  if (!key) throw new Error('a key that nobody knows');
  if (keyId(key.public_key) !== id) throw new Error('the id is not of this key');
  if (!verifySignature(null, signedText(leaves, root), publicKeyOf(key.public_key), signature)) throw new Error('not signed');

  const session = statement.subarray(17, 17 + statement[16]);
  const siteAt = 17 + session.length;
  const keyAt = siteAt + 1 + statement[siteAt];
  return {
    site: statement.toString('utf8', siteAt + 1, keyAt),
    key: statement.toString('utf8', keyAt),
    number: Number(statement.readBigUInt64BE(8)),
    time: new Date(Number(statement.readBigUInt64BE(0))).toISOString(),
    session: session.length === 0 ? null : session.toString('base64url'),
    key_id: id,
  };
};

export const isGood = (receipt, keys) => {
  try {
    return check(receipt, keys) !== undefined;
  } catch {
    return false;
  }
};

// --- Making them ---

export const keyOfSeed = (seed) => {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const public_key = createPublicKey(secret).export({ format: 'jwk' }).x;
  return { secret, public_key, id: keyId(public_key) };
};

export const sessionHash = (site, session) => sha256(site, Buffer.of(0), session).subarray(0, 16);

export const statementBytes = ({ site, key, number, time, session }) => {
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(Date.parse(time)), 0);
  numbers.writeBigUInt64BE(BigInt(number), 8);
  const hashed = session ? Buffer.from(session, 'base64url') : Buffer.alloc(0);
  const name = Buffer.from(site);
  return Buffer.concat([numbers, Buffer.of(hashed.length), hashed, Buffer.of(name.length), name, Buffer.from(key)]);
};

// The receipts of statements that are signed together.
export const make = (statements, key) => {
  const leaves = statements.map(statementBytes);
  const levels = [leaves.map(leafHash)];
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    levels.push(below.flatMap((hash, at) => (at % 2 ? [] : [at + 1 < below.length ? nodeHash(hash, below[at + 1]) : hash])));
  }
  const signature = sign(null, signedText(leaves.length, levels.at(-1)[0]), key.secret);
  return leaves.map((statement, leaf) => {
    const path = levels.slice(0, -1).flatMap((level, height) => level[(leaf >> height) ^ 1] ?? []);
    const place = Buffer.alloc(4);
    place.writeUInt16BE(leaves.length, 0);
    place.writeUInt16BE(leaf, 2);
    return `ff1.${Buffer.concat([Buffer.from(key.id, 'hex'), signature, place, ...path, statement]).toString('base64url')}`;
  });
};

// docs/winners.md: whether a number wins the draw.
export const wins = (seed, site, key, number, oneIn) =>
  BigInt(`0x${createHmac('sha256', Buffer.from(seed, 'hex')).update(`${site}\0${key}\0${number}`).digest('hex')}`) % BigInt(oneIn) === 0n;
