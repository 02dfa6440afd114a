// Runs the edge functions as CloudFront gets them, in node and in njs: put together by assemble.mjs, unchanged, with
// a key value store and a clock of the test's own. And what C++ decides of the same events (docs/edge_functions.md).

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembled } from '../edge/assemble.mjs';
import { urlOf } from '../edge/engine.mjs';
import { program } from '../../tests/cloud/program_file.mjs';

export { cookiesOf, eventOf, responseOf } from '../edge/engine.mjs';

// What `import cf from 'cloudfront'` gives. A value that is not there is an error, as it is in the service.
const store = `export default { kvs: () => ({ get: async () => {
  if (!globalThis.edgeValue) throw new Error('KeyNotFound');
  return JSON.parse(JSON.stringify(globalThis.edgeValue));
} }) };\n`;

// One call: the value of the store (or null), the time in Unix seconds, and the event. A query as it was sent
// (event.request.raw) is what rawQueryString() answers.
const driver = `
async function callOnce(call) {
  globalThis.edgeValue = call.edge;
  const clock = Date.now;
  Date.now = () => call.now * 1000;
  const request = call.event.request;
  if (request.raw !== undefined) {
    const raw = request.raw;
    request.rawQueryString = () => raw;
    delete request.raw;
  }
  try {
    return await handler(call.event);
  } finally {
    Date.now = clock;
  }
}
async function callAll(calls) {
  const results = [];
  for (let i = 0; i < calls.length; i++) {
    const result = await callOnce(calls[i]);  // njs 0.7.9 breaks on an await among arguments
    results.push(result);
  }
  return results;
}
`;

const inNode = async (name, calls) => {
  const text = assembled(name).replace("from 'cloudfront'", () => `from '${urlOf(store)}'`);
  const { callAll } = await import(urlOf(`${text}${driver}\nconst console = { log() {} };\nexport { callAll };\n`));
  const results = await callAll(structuredClone(calls));
  return JSON.parse(JSON.stringify(results));
};

const inNjs = async (name, calls) => {
  const folder = mkdtempSync(join(tmpdir(), 'footfall-njs-'));
  try {
    writeFileSync(join(folder, 'cloudfront'), store);
    const results = join(folder, 'results.json');
    writeFileSync(join(folder, 'run.js'), `import fs from 'fs';\n${assembled(name)}${driver}` +
      `callAll(${JSON.stringify(calls)}).then((results) => fs.writeFileSync('${results}', JSON.stringify(results)));\n`);
    const run = spawnSync('njs', ['-p', folder, join(folder, 'run.js')], { encoding: 'utf8' });
    assert.ok(existsSync(results), `njs: ${run.signal ?? run.status} ${run.stdout.slice(0, 2000)}${run.stderr}`);
    return JSON.parse(readFileSync(results, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

// The program decides by the event alone which of the functions is asked. Some at once, as each is a process.
const inProgram = async (calls, eventAs, answerAs) => {
  const one = ({ edge, now, event }) => new Promise((done, fail) => {
    const child = execFile(program(), ['local', 'invoke', 'edge', '--at', new Date(now * 1000).toISOString()],
      { env: { FOOTFALL_EDGE_SETTINGS: edge ? JSON.stringify(edge) : '' } },
      (error, stdout, stderr) => (error ? fail(new Error(stderr)) : done(answerAs(JSON.parse(stdout)))));
    child.stdin.end(JSON.stringify(eventAs(event)));
  });
  const results = [];
  for (let i = 0; i < calls.length; i += 8) results.push(...await Promise.all(calls.slice(i, i + 8).map(one)));
  return results;
};

// What the scripts are told by a function, rawQueryString(), stands in the event.
const asFunction = ({ request: { raw, ...request }, ...event }) => ({ ...event, request: { ...request, ...(raw === undefined ? {} : { rawQueryString: raw }) } });

// The same event and its answer as Lambda@Edge has them.
const each = (values) => Object.entries(values).flatMap(([name, one]) => (one.multiValue ?? [one]).map(({ value }) => [name, value]));
const lists = (headers) => Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, [{ key: name, value }]]));
const asLambda = ({ context, viewer, request, response }) => {
  const cookie = each(request.cookies).map((pair) => pair.join('=')).join('; ');
  return { Records: [{ cf: { config: context, ...(response ? { response: { status: String(response.statusCode), statusDescription: '', headers: lists(response.headers) } } : {}),
    request: { clientIp: viewer.ip, method: request.method, uri: request.uri,
      querystring: request.raw ?? each(request.querystring).map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&'),
      headers: { ...lists(request.headers), ...(cookie ? { cookie: [{ key: 'Cookie', value: cookie }] } : {}) } } } }] };
};
const fromLambda = ({ status, statusDescription, headers: { 'set-cookie': set = [], ...headers }, body, ...request }) => ({
  ...request, ...(status === undefined ? {} : { statusCode: Number(status), statusDescription, body: { encoding: 'text', data: body } }),
  headers: Object.fromEntries(Object.entries(headers).map(([name, list]) => [name, { value: list.map(({ value }) => value).join(', ') }])),
  cookies: Object.fromEntries(set.map(({ value }) => [value.slice(0, value.indexOf('=')), { value: value.slice(value.indexOf('=') + 1, value.indexOf(';')), attributes: value.slice(value.indexOf(';') + 2) }])),
});

const noProgram = existsSync(program() ?? '') ? false : 'there is no program: build it, or name one in FOOTFALL_PROGRAM';
const njsIsThere = spawnSync('njs', ['-v']).status === 0;

// Tests take this for { skip }, so that a machine without njs says so. Where CI runs nothing may be skipped: there they fail.
export const engines = [
  { name: 'node', run: inNode, skip: false },
  { name: 'C++', run: (name, calls) => inProgram(calls, asFunction, (answer) => answer), skip: noProgram },
  { name: 'C++ as Lambda@Edge', run: (name, calls) => inProgram(calls, asLambda, fromLambda), skip: noProgram },
  { name: 'njs', run: inNjs, skip: njsIsThere || process.env.CI ? false : 'njs is not installed: apt-get install njs' },
];
