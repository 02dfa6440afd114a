// Starts the real program for tests, speaks to it, and always ends it.
//
// Every server gets a data folder of its own under the system's folder for temporary files, a free port, no limit by
// address, and a free-space reserve that any machine has. What a test leaves behind is ended by its process id and
// removed when the test file ends, however it ends.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

export const checkout = join(import.meta.dirname, '../..');
export const program = process.env.FOOTFALL_PROGRAM
  ?? ['release', 'dev'].map((preset) => join(checkout, 'build', preset, 'footfall')).find((file) => existsSync(file));
if (!program || !existsSync(program)) {
  throw new Error(`there is no program to test (${program ?? 'build/release/footfall'}): build it, or name one in FOOTFALL_PROGRAM`);
}

const start_ms_max = 30_000;
const command_ms_max = 60_000;

const children = new Set();
const undo = [];

// Runs when the test file ends, in the opposite order of the calls.
export const atEnd = (step) => undo.push(step);

const endEverything = () => {
  for (const child of children) child.kill('SIGKILL');
  for (const step of undo.splice(0).reverse()) {
    try {
      step();
    } catch (problem) {
      console.error(`left behind: ${problem.message}`);
    }
  }
};
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all([...children].map((child) => child.gone));
  endEverything();
});
process.once('exit', endEverything);
process.once('SIGTERM', () => process.exit(143));

// A new folder that is removed at the end.
export const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'footfall-e2e-'));
  atEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
};

// The settings of whoever runs the tests must not reach the program.
const environment = (more = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FOOTFALL_'))),
  ...more,
});

const launch = (args, { env, cwd, stdin = 'ignore' } = {}) => {
  const child = spawn(program, args, { cwd, env: environment(env), stdio: [stdin, 'pipe', 'pipe'] });
  children.add(child);
  child.out = child.err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (child.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (child.err += text));
  child.gone = new Promise((resolve) => child.once('close', (code, signal) => {
    children.delete(child);
    resolve({ code, signal });
  }));
  return child;
};

// Settles like `promise`, or fails after so long.
export const within = async (ms, promise, what) => {
  const giveUp = new AbortController();
  const late = sleep(ms, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`waited ${ms} ms in vain for ${what}`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    giveUp.abort();
    late.catch(() => {});
  }
};

export const until = async (condition, what, ms = 10_000) => {
  for (const end = performance.now() + ms; ; await sleep(10)) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain for ${typeof what === 'function' ? what() : what}`);
  }
};

// The most memory that a process has had so far, in MiB; 0 when it is gone.
const peakMemory = (pid) => {
  try {
    return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB$/m)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
};

// Runs a command to its end: {code, signal, out, err, memory}, or kills it after `killIn` milliseconds.
export const run = async (args, { input, env, cwd, killIn, ms = command_ms_max } = {}) => {
  const child = launch(args, { env, cwd, stdin: input === undefined ? 'ignore' : 'pipe' });
  if (input !== undefined) {
    child.stdin.on('error', () => {}); // a command that fails at once does not read what it is given
    child.stdin.end(input);
  }
  let memory = 0;
  const look = setInterval(() => (memory = Math.max(memory, peakMemory(child.pid))), 20);
  const timer = killIn === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killIn);
  try {
    const { code, signal } = await within(ms, child.gone, `the end of footfall ${args.join(' ')}`);
    return { code, signal, out: child.out, err: child.err, memory };
  } finally {
    clearInterval(look);
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
};

class Server {
  constructor(child, data, token) {
    Object.assign(this, { child, data, pid: child.pid, gone: child.gone });
    this.url = child.out.match(/^listening on (https?:\/\/\S+)$/m)[1];
    this.port = Number(new URL(this.url).port);
    this.token = token ?? readFileSync(join(data, 'admin-token'), 'utf8').trim();
  }

  // What it said on standard error.
  get said() {
    return this.child.err;
  }
  get isRunning() {
    return children.has(this.child);
  }

  signal(name) {
    this.child.kill(name);
  }

  // Ends as a service manager ends it: {code, signal, ms}.
  async stop(ms = 20_000) {
    const begun = performance.now();
    this.signal('SIGTERM');
    const ended = await within(ms, this.gone, 'the server to stop');
    return { ...ended, ms: performance.now() - begun };
  }

  // Ends as the power does, but for what the kernel holds.
  async kill() {
    this.signal('SIGKILL');
    await this.gone;
  }

  // One request with the admin token (or another, or null for none): {status, headers, text, json}.
  async ask(path, { method = 'GET', body, headers = {}, token = this.token } = {}) {
    const response = await fetch(this.url + path, {
      method,
      body: body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, get json() { return JSON.parse(text); } };
  }

  // Every row of a site that was acknowledged before this call, oldest first.
  async rows(site = 'example.com', parameters = '') {
    const answer = await this.ask(`/api/visits.ndjson?site=${site}&fresh=true&order=asc${parameters}`);
    if (answer.status !== 200) throw new Error(`the export was answered ${answer.status}: ${answer.text}`);
    return answer.text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  async count(key = 'TOTAL', site = 'example.com') {
    const answer = await this.ask(`/api/counters/${encodeURIComponent(key)}?site=${site}`, { token: null });
    return answer.status === 404 ? 0 : answer.json.value;
  }

  // Answered 202, so it is on disk.
  async visit(path, more = {}) {
    const answer = await this.ask('/api/visits', { method: 'POST', body: { site: 'example.com', path, ...more } });
    if (answer.status !== 202) throw new Error(`the visit was answered ${answer.status}: ${answer.text}`);
    return answer.json.ids[0];
  }
}

// Starts a server and waits until it says where it listens.
//   port    where it listens; without it, a free one
//   args    more options; they replace nothing that is given here
//   cwd     where it is started
//   killIn  kill it after so many milliseconds if it is not up by then; the answer is null then
export const serve = async ({ data = join(folder(), 'data'), site = 'example.com', port = 0, args = [], env, cwd, killIn } = {}) => {
  const child = launch(['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--disk-reserve', '1', '--rate-limit', 'off',
    ...(site ? ['--site', site] : []), ...args], { env, cwd });
  const listens = new Promise((resolve) => {
    child.stdout.on('data', () => {
      if (/^listening on \S+\n/m.test(child.out)) resolve('listens');
    });
  });
  const timer = killIn === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killIn);
  const first = await within(start_ms_max, Promise.race([listens, child.gone]), 'the server to listen');
  clearTimeout(timer);
  if (first === 'listens') return new Server(child, data, env?.FOOTFALL_ADMIN_TOKEN);
  if (killIn !== undefined && first.signal === 'SIGKILL') return null;
  throw new Error(`the server ended with ${first.signal ?? first.code} before it listened: ${child.err}`);
};
