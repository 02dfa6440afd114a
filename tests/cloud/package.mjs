// The zip of the functions, made anew when its sources have changed, and unpacked for a test.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export const checkout = join(import.meta.dirname, '../..');
const machine = process.arch === 'arm64' ? 'arm64' : 'x86_64';
export const zip = process.env.FOOTFALL_FUNCTIONS_ZIP ?? join(checkout, 'build/lambda', `footfall-${machine}.zip`);

export const unpacked = () => {
  const folder = mkdtempSync(join(tmpdir(), 'footfall-lambda-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('unzip', ['-q', zip, '-d', folder]);
  return folder;
};
