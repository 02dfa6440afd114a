// What a million views cost, from requests that were counted and prices that were looked up; nothing is guessed.
//
//   node cloud/cost/cost.mjs [COUNTS.json…]     prints the table; without files, of all in cloud/cost/counts
//   node cloud/cost/cost.mjs --write            puts it into cloud/README.md, between its marks
//
// A file of counts is what a run over local emulators counted: how many page views there were, and how much of each thing that
// has a price (the names of prices.json) they took together:
//
//   {"name": "full", "how": "1,000 views, a third of them first", "visits": 1000, "counted": {"write_units": 4120, …},
//    "day": {"visits": 20000, "counted": {"write_units": 30, …}}}
//
// `day` is what is done once a day for all its visits. The cost of a million views is the sum over all things, of both, of
// count / visits × 1,000,000 × price / per.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const readme = join(folder, '../README.md');
const marks = ['<!-- cost: begin (cloud/cost/cost.mjs --write) -->', '<!-- cost: end -->'];

export const readPrices = () => JSON.parse(readFileSync(join(folder, 'prices.json'), 'utf8')).prices;
export const readNaive = () => JSON.parse(readFileSync(join(folder, 'naive.json'), 'utf8'));
export const countFiles = () => readdirSync(join(folder, 'counts')).filter((name) => name.endsWith('.json')).sort().map((name) => join(folder, 'counts', name));

// What is wrong with a file of counts; nothing, if it can be reckoned with.
export const problemOf = (counts, prices) => {
  if (typeof counts?.name !== 'string' || typeof counts.how !== 'string' || counts.how === '') return 'it needs a name, and how it was counted';
  return problemOfPart(counts, prices) ?? (counts.day === undefined ? undefined : problemOfPart(counts.day, prices));
};

const problemOfPart = (counts, prices) => {
  if (!Number.isSafeInteger(counts.visits) || counts.visits < 1) return '`visits` must be a whole number from 1';
  const things = Object.entries(counts.counted ?? {});
  if (things.length === 0) return 'nothing was counted';
  for (const [thing, count] of things) {
    if (!(thing in prices)) return `'${thing}' has no price`;
    if (typeof count !== 'number' || !Number.isFinite(count) || count < 0) return `the count of '${thing}' is no number from 0`;
  }
  return undefined;
};

// US dollars for a million views, thing by thing.
export const costOf = ({ visits, counted, day }, prices) => {
  const things = {};
  for (const part of [{ visits, counted }, ...(day ? [day] : [])]) {
    for (const [thing, count] of Object.entries(part.counted)) things[thing] = (things[thing] ?? 0) + ((count / part.visits) * 1_000_000 * prices[thing].usd) / prices[thing].per;
  }
  return { things, total: Object.values(things).reduce((sum, one) => sum + one, 0) };
};

const dollars = (usd) => (usd === 0 ? '0' : usd < 0.005 ? '< 0.01' : usd.toFixed(2));

export const tableOf = (measured, naive, prices) => {
  if (measured.length === 0) {
    return 'Nothing has been counted yet. A run over the local emulators writes what it counted to `cloud/cost/counts/`, and `node cloud/cost/cost.mjs --write` puts the table here.';
  }
  const columns = [...measured, naive].map((counts) => ({ ...counts, ...costOf(counts, prices) }));
  const used = Object.keys(prices).filter((thing) => columns.some(({ things }) => thing in things));
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const lines = [
    row(['US dollars per million views', ...columns.map(({ name }) => name)]),
    row(['---', ...columns.map(() => '---:')]),
    ...used.map((thing) => row([`${prices[thing].what}${prices[thing].sure ? '' : ' \\*'}`, ...columns.map(({ things }) => (thing in things ? dollars(things[thing]) : '–'))])),
    row(['**together**', ...columns.map(({ total }) => `**${dollars(total)}**`)]),
    row(['the naive design costs', ...columns.map(({ total }) => `${(columns.at(-1).total / total).toFixed(1)} ×`)]),
    '',
    ...columns.map(({ name, how, visits }) => `- **${name}**: ${how} (${visits.toLocaleString('en')} views)`),
    '',
    `Each cell is count / views × 1,000,000 × price / per. List prices of us-east-1 without the free tier, looked up ${[...new Set(used.map((thing) => prices[thing].read))].sort().join(', ')} (\`cloud/cost/prices.json\`)${used.some((thing) => !prices[thing].sure) ? '; those with \\* were not found in the provider’s own words' : ''}.`,
  ];
  return lines.join('\n');
};

export const withTable = (text, table) => {
  const [begin, end] = marks.map((mark) => text.indexOf(mark));
  if (begin < 0 || end < begin) throw new Error('README.md has no marks for the table');
  return `${text.slice(0, begin + marks[0].length)}\n${table}\n${text.slice(end)}`;
};

export const readCounts = (files, prices) => files.map((file) => {
  let counts;
  try {
    counts = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${error.message}`);
  }
  const problem = problemOf(counts, prices);
  if (problem) throw new Error(`${file}: ${problem}`);
  return counts;
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const files = args.filter((one) => !one.startsWith('--'));
  if (args.some((one) => one.startsWith('--') && one !== '--write') || (args.includes('--write') && files.length > 0)) {
    console.error('usage: node cloud/cost/cost.mjs [COUNTS.json…] | --write');
    process.exit(2);
  }
  try {
    const prices = readPrices();
    const table = tableOf(readCounts(files.length > 0 ? files : countFiles(), prices), readNaive(), prices);
    if (args.includes('--write')) writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table));
    else console.log(table);
  } catch (error) {
    console.error(`footfall: ${error.message}`);
    process.exit(1);
  }
}
