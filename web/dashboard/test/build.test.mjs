// What the built page must be: typed, small, and free of anything that the content security policy would refuse.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildPage, dashboard } from './build.mjs';

const script_gzip_bytes_max = 60_000;
const style_gzip_bytes_max = 10_000;

let built;
before(async () => (built = await buildPage()));
after(() => built.remove());

function files(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

test('The types are right', async () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', dashboard]).catch((error) => assert.fail(error.stdout));
});

test('The page is small', () => {
  const size = (kind) => files(built.dist).filter((file) => extname(file) === kind).reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
  assert.ok(size('.js') > 0 && size('.js') < script_gzip_bytes_max, `script: ${size('.js')} bytes gzipped`);
  assert.ok(size('.css') > 0 && size('.css') < style_gzip_bytes_max, `style: ${size('.css')} bytes gzipped`);
});

test('All files but the page have a hash in their names and lie where the server looks for them', () => {
  const names = files(built.dist).map((file) => file.slice(built.dist.length + 1));
  assert.ok(names.includes('index.html'));
  for (const name of names.filter((one) => one !== 'index.html')) assert.match(name, /^dashboard\/assets\/[\w.]+-[\w-]{8}\.\w+$/);
});

test('Nothing is inlined, and nothing comes from elsewhere', () => {
  const page = readFileSync(join(built.dist, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(address, /^\.\/dashboard\/assets\//);
  for (const file of files(built.dist).filter((one) => extname(one) === '.css')) {
    for (const [, address] of readFileSync(file, 'utf8').matchAll(/url\(([^)]*)\)/g)) assert.doesNotMatch(address, /data:|https?:|\/\//);
  }
});

test('The source makes no HTML and no code of text', () => {
  for (const file of files(join(dashboard, 'src')).filter((one) => /\.tsx?$/.test(one))) {
    assert.doesNotMatch(readFileSync(file, 'utf8'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|createContextualFragment|srcdoc/i, file);
  }
});

test('Every source file opens with a sentence about itself', () => {
  for (const file of files(join(dashboard, 'src')).filter((one) => /\.(tsx?|css)$/.test(one))) {
    assert.match(readFileSync(file, 'utf8'), /^(\/\/|\/\*) \S.{20,}/, file);
  }
});
