// What CloudFront would refuse, or would answer 502 for, is found here: size, imports, syntax that runtime 2.0 is not
// documented to know, and headers that no edge function may touch.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assembled, functions } from '../edge/assemble.mjs';

const bytesMax = 10_240;
const modules = ['cloudfront', 'crypto', 'querystring', 'buffer'];

// Rules look at code alone: what is in texts and regular expressions is taken out before.
const codeOf = (text) => text
  .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
  .replace(/(^|[=(,:!&|]\s*)\/(?![*/])(?:[^\/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[gimsuy]*/gm, '$1RE');

const banned = [
  ['for-of', /\bfor\s*(await\s*)?\([^;)]*\bof\b/],
  ['destructuring', /\b(const|let|var)\s*[[{]|\(\s*[[{][^)]*\)\s*=>|,\s*\{[^}]*\}\s*\)\s*=>|\bfunction\s*\w*\s*\([^)]*[[{]/],
  ['a default parameter', /\bfunction\s*\w*\s*\([^)]*=|\(\s*\w+\s*=[^=>][^)]*\)\s*=>/],
  ['spread or rest', /\.\.\./],
  ['a class', /\bclass\b/],
  ['a generator', /\bfunction\s*\*|\byield\b/],
  ['optional chaining', /\?\.(?!\d)/],
  ['a logical assignment', /(\?\?|\|\||&&)=/],
  ['Map, Set, WeakMap, Proxy, Reflect, Intl', /\bnew\s+(Map|Set|WeakMap|WeakSet|Proxy)\b|\b(Reflect|Intl)\./],
  ['Object.fromEntries, replaceAll, flat, at', /\bfromEntries\b|\.(replaceAll|flat|flatMap|at|matchAll)\(/],
  ['catch without a binding', /\bcatch\s*\{/],
  ['eval or new Function', /\beval\s*\(|\bFunction\s*\(/],
  ['a timer', /\bset(Timeout|Interval|Immediate)\b/],
  ['a template', /`/],
  ['require', /\brequire\s*\(/],
  ['an await among arguments, which breaks njs', /\w\([^()]*\bawait\b/],
  ['network or files', /\b(fetch|XMLHttpRequest|WebSocket|process|globalThis)\b/],
];

// Not shown to edge functions, and an error when one sets them.
const hidden = /^(connection|expect|keep-alive|proxy-.*|trailer|upgrade|x-accel-.*|x-amz-cf-.*|x-amzn-.*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;
// May be read in a viewer request, and not written.
const fixed = /^(content-length|host|transfer-encoding|via)$/;

const problemsOf = (text) => {
  const problems = [];
  const code = codeOf(text);
  if (Buffer.byteLength(text) > bytesMax) problems.push(`${Buffer.byteLength(text)} bytes, at most ${bytesMax}`);
  if ((code.match(/\bfunction handler\s*\(/g) ?? []).length !== 1) problems.push('one handler');
  for (const [, module] of text.matchAll(/^import .* from '([^']*)';$/gm)) if (!modules.includes(module)) problems.push(`import of ${module}`);
  for (const [what, pattern] of banned) if (pattern.test(code)) problems.push(what);
  for (const [, name] of text.matchAll(/headers(?:\.|\[')([a-z0-9-]+)(?:'\])?\s*=(?!=)/g)) if (hidden.test(name) || fixed.test(name)) problems.push(`writes ${name}`);
  for (const [, name] of text.matchAll(/header\(\w+, '([a-z0-9-]+)'\)/g)) if (hidden.test(name)) problems.push(`reads ${name}`);
  if (/^export /m.test(code)) problems.push('export');
  return problems;
};

describe('The edge functions', () => {
  for (const name of Object.keys(functions)) {
    test(`${name} is what CloudFront takes`, () => assert.deepEqual(problemsOf(assembled(name)), []));
  }

  test('a comment stands on a line of its own, so that leaving it out changes nothing', () => {
    for (const file of readdirSync(new URL('../edge/', import.meta.url)).filter((one) => one.endsWith('.js'))) {
      const text = readFileSync(new URL(`../edge/${file}`, import.meta.url), 'utf8');
      for (const line of codeOf(text).split('\n')) {
        if (/^\s*\/\//.test(line)) continue;
        assert.doesNotMatch(line, /\/\/|\/\*/, `${file}: ${line}`);
      }
    }
  });

  test('every part belongs to a function', () => {
    const parts = readdirSync(new URL('../edge/', import.meta.url)).filter((one) => one.endsWith('.js')).map((one) => one.slice(0, -3));
    assert.deepEqual(parts.sort(), [...new Set(Object.values(functions).flat())].sort());
  });
});

describe('The lint', () => {
  const begin = "import cf from 'cloudfront';\nasync function handler(event) {\n";
  const findings = (body) => problemsOf(`${begin}${body}\nreturn event.request;\n}\n`);

  test('finds nothing in what is fine', () => {
    assert.deepEqual(findings("const a = [1].map((x) => x + 1);\nconst t = 'for (x of y) `...` class eval(';\nconst r = /[`{]...\\//.test(t);\nif (a >= 1) { try { f(); } catch (e) { g(e); } }"), []);
  });

  test('finds each thing that the service refuses', () => {
    for (const [because, body] of [['for-of', 'for (const x of y) f(x);'], ['destructuring', 'const { a } = event;'], ['destructuring', 'const [a] = event;'],
      ['destructuring', 'y.forEach(([a, b]) => f(a));'], ['a default parameter', 'const f = (a = 1) => a;'], ['a default parameter', 'function g(a, b = 2) { return b; }'],
      ['spread or rest', 'f([...y]);'], ['a class', 'class A {}'], ['a generator', 'function* g() {}'], ['optional chaining', 'f(a?.b);'], ['a logical assignment', 'a ??= 1;'],
      ['Map, Set, WeakMap, Proxy, Reflect, Intl', 'const m = new Map();'], ['Object.fromEntries, replaceAll, flat, at', "f('a'.replaceAll('a', 'b'));"],
      ['catch without a binding', 'try { f(); } catch { g(); }'], ['eval or new Function', "eval('1');"], ['eval or new Function', "new Function('1');"], ['a timer', 'setTimeout(f, 1);'],
      ['a template', 'const t = `a`;'], ['require', "const x = require('fs');"], ['an await among arguments, which breaks njs', 'r.push(await f());'], ['network or files', "fetch('x');"],
      ['writes host', "event.request.headers.host = { value: 'x' };"], ['writes x-edge-location', "event.request.headers['x-edge-location'] = { value: 'x' };"],
      ['reads x-forwarded-proto', "f(header(request, 'x-forwarded-proto'));"], ['one handler', 'function handler(a) { return a; }']]) {
      assert.ok(findings(body).includes(because), `${because}: ${body}: ${findings(body)}`);
    }
    assert.ok(problemsOf(`import fs from 'fs';\n${begin}}\n`).includes('import of fs'));
    assert.ok(problemsOf(`${begin}// ${'x'.repeat(bytesMax)}\n}\n`).some((problem) => problem.includes('at most')));
  });
});
