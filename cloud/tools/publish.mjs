// Brings a site's files to its bucket, each with how long it may be cached, and has CloudFront forget the old ones.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aws, awsAloud, outputsOf, runTool, ToolError, UsageError } from './stack.mjs';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const usage = `node cloud/tools/publish.mjs FOLDER [--stack footfall] [--region us-east-1] [--stage-only]

Puts FOLDER into the bucket of the stack, with Footfall's scripts. Assets come before the pages that name
them, and are left there when they are gone from the folder: a page that somebody has open still asks for them.

  --stage-only    prepare build/cloud-site and stop
  --other-sites   the pages may report for other sites than the stack counts for`;

// By what may happen to a file behind an unchanged name: as docs/serving_a_site.md has it for a server of one's own.
const groups = {
  immutable: 'public, max-age=31536000, immutable',
  assets: 'public, max-age=60, must-revalidate',
  pages: 'public, max-age=0, must-revalidate',
};

const bundled = ['js', 'mjs', 'css', 'map', 'woff2', 'woff', 'ttf', 'otf', 'svg', 'png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'ico', 'wasm', 'mp4', 'webm', 'mp3',
  'cjs', 'jxl'];
const classOf = (c) => (/\d/.test(c) ? 'digit' : /[a-z]/.test(c) ? 'lower' : /[A-Z]/.test(c) ? 'upper' : 'other');

// Letters and digits as chance mixes them: a word, a date or a number has long runs of one kind.
const looksLikeHash = (token) => {
  if (!/^[\w-]{8,64}$/.test(token)) return false;
  if (/^[0-9a-f]+$/.test(token) && /\d/.test(token) && /[a-f]/.test(token)) return !/^(19|20)/.test(token);
  const changes = [...token].filter((c, i) => i > 0 && classOf(c) !== classOf(token[i - 1])).length;
  return /\d/.test(token) && changes >= 4;
};

// The rule of src/app/api/media_type.cc, held to the same names.
export const isNamedByContent = (path) => {
  let name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  if (dot < 0 || !bundled.includes(name.slice(dot + 1))) return false;
  name = name.slice(0, dot);
  for (const more of ['.js', '.mjs', '.css', '.min', '.chunk', '.module', '.bundle']) if (name.endsWith(more)) name = name.slice(0, -more.length);
  const mark = Math.max(name.lastIndexOf('.'), name.lastIndexOf('-'));
  if (mark < 0) return false;
  if (looksLikeHash(name.slice(mark + 1))) return true;
  return name.length > 8 && /[-.]/.test(name.at(-9)) && looksLikeHash(name.slice(-8));
};

export const groupOf = (path) => {
  if (/\.(html?|[a-z]*json|jsonld|map|webmanifest)$/i.test(path)) return 'pages';
  return isNamedByContent(path) ? 'immutable' : 'assets';
};

// Below a folder, in order, as paths from it. What a server of one's own never shows is left out: names that begin
// with a dot (but for .well-known), and links, which may lead anywhere. So are files that are compressed forms of others.
const filesBelow = (folder, skipped, path = '') => readdirSync(join(folder, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) => {
  const name = path === '' ? entry.name : `${path}/${entry.name}`;
  const hidden = entry.name.startsWith('.') && name !== '.well-known';
  const form = /\.(br|gz)$/.test(entry.name) && existsSync(join(folder, name.replace(/\.(br|gz)$/, '')));
  if (!hidden && entry.isDirectory()) return filesBelow(folder, skipped, name);
  if (!hidden && !form && entry.isFile()) return [name];
  skipped.push(name);
  return [];
});

const build = () => {
  const node = (...args) => execFileSync(process.execPath, args, { cwd: checkout, stdio: ['ignore', 'ignore', 'inherit'] });
  node('web/tracker/build.mjs');
  node('web/counter/build.mjs');
  node('node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', 'web/dashboard');
};

// The scripts for pages, and the charts page at /dashboard.
const charts = 'web/dashboard/dist';
const ownFiles = () => [['web/tracker/dist/footfall.js', 'js/footfall.js'], ['web/counter/dist/counter.js', 'js/counter.js'],
  ...filesBelow(join(checkout, charts), []).map((name) => [`${charts}/${name}`, name === 'index.html' ? 'dashboard.html' : name])]
  .map(([from, to]) => [join(checkout, from), to]);

// Every file under the name it has in the bucket, in the folder of its group.
export const stage = (folder, own, target) => {
  const skipped = [];
  const site = filesBelow(folder, skipped).map((name) => [join(folder, name), name]);
  if (!site.some(([, name]) => name === 'index.html')) throw new ToolError(`there is no index.html in ${folder}`);
  const taken = site.find(([, name]) => own.some(([, mine]) => mine === name) || name.startsWith('api/') || name.startsWith('counter/'));
  if (taken) throw new ToolError(`${taken[1]} is where Footfall has its own`);
  rmSync(target, { recursive: true, force: true });
  for (const group of Object.keys(groups)) mkdirSync(join(target, group), { recursive: true });
  for (const [from, name] of [...site, ...own]) {
    const to = join(target, groupOf(name), name);
    mkdirSync(dirname(to), { recursive: true });
    try {
      linkSync(from, to);
    } catch {
      copyFileSync(from, to);
    }
  }
  return { files: site.length + own.length, skipped };
};

// Pages whose script reports for another site: whatever they report would be dropped, and nobody would notice.
export const strangers = (folder, site) => filesBelow(folder, []).filter((name) => /\.html?$/i.test(name)).flatMap((name) =>
  [...readFileSync(join(folder, name), 'utf8').matchAll(/\bdata-site\s*=\s*["']?([^"'\s>]*)/gi)].map(([, said]) => said).filter((said) => said !== site).map((said) => `${name} (${said})`));

const main = (given, [folder, ...more]) => {
  if (folder === undefined || more.length > 0) throw new UsageError(`which folder?\n\n${usage}`);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new ToolError(`${folder} is no folder`);
  const { stack, region } = given;
  const outputs = given['stage-only'] ? undefined : outputsOf(stack, region);
  const others = outputs && !given['other-sites'] ? [...new Set(strangers(folder, outputs.Site))] : [];
  if (others.length > 0) throw new ToolError(`the stack counts for ${outputs.Site}, and data-site says something else in ${others.slice(0, 5).join(', ')}${others.length > 5 ? ', …' : ''}: correct the pages, or give --other-sites`);
  build();
  const target = join(checkout, 'build/cloud-site');
  const { files, skipped } = stage(resolve(folder), ownFiles(), target);
  console.log(`${files} files${skipped.length > 0 ? `; left out: ${skipped.join(', ')}` : ''}`);
  if (!outputs) return;
  for (const [group, caching] of Object.entries(groups)) {
    // Of what is gone from the folder only pages are taken away.
    const gone = group === 'pages' ? ['--delete', '--exclude', '*', '--include', '*.html', '--include', '*.htm', '--include', '*json'] : [];
    awsAloud(['s3', 'sync', relative(process.cwd(), join(target, group)) || '.', `s3://${outputs.Bucket}`, '--cache-control', caching, '--no-progress', ...gone], { region });
  }
  const { Invalidation } = aws(['cloudfront', 'create-invalidation', '--distribution-id', outputs.DistributionId, '--paths', '/*'], { region });
  awsAloud(['cloudfront', 'wait', 'invalidation-completed', '--distribution-id', outputs.DistributionId, '--id', Invalidation.Id], { region });
  console.log(`published: ${outputs.Url}`);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await runTool(usage, { 'stage-only': { type: 'boolean' }, 'other-sites': { type: 'boolean' } }, main);
