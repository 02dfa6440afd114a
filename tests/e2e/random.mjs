// Random numbers that can be had again: a failure prints its seed, and FOOTFALL_SEED repeats it.

import { randomBytes } from 'node:crypto';

export const seed = Number(process.env.FOOTFALL_SEED ?? randomBytes(4).readUInt32LE());

// mulberry32: small, fast, and good enough to choose what to do next.
export const randomOf = (start) => {
  let state = start >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound) => Math.floor(next() * bound);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (part) => next() < part,
    pick: (list) => list[below(list.length)],
  };
};
