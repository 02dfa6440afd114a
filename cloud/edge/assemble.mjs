// Puts the edge functions together: CloudFront takes one file a function, at most 10 KB, and comments count.
//
//   node cloud/edge/assemble.mjs FOLDER     writes page_request.js, page_response.js and api_request.js there

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

export const functions = {
  page_request: ['prelude', 'session', 'page', 'page_request'],
  page_response: ['prelude', 'session', 'page', 'page_response'],
  api_request: ['prelude', 'session', 'api_request'],
};

// Comments stand on lines of their own in these files (a test looks), so no parser is needed to leave them out.
const withoutComments = (text) => text.split('\n').filter((line) => line.trim() !== '' && !/^\s*\/\//.test(line)).join('\n');

export const assembled = (name) =>
  `${functions[name].map((part) => withoutComments(readFileSync(join(folder, `${part}.js`), 'utf8'))).join('\n')}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const target = process.argv[2];
  if (!target) {
    console.error('usage: node cloud/edge/assemble.mjs FOLDER');
    process.exit(2);
  }
  mkdirSync(target, { recursive: true });
  for (const name of Object.keys(functions)) writeFileSync(join(target, `${name}.js`), assembled(name));
}
