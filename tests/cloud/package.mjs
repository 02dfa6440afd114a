// The zip of the functions, made anew when its sources have changed, and unpacked into a folder that goes with the process.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const checkout = join(import.meta.dirname, '../..');
const machine = process.arch === 'arm64' ? 'arm64' : 'x86_64';
export const zip = process.env.FOOTFALL_FUNCTIONS_ZIP ?? join(checkout, 'build/lambda', `footfall-${machine}.zip`);

export const zips = ['x86_64', 'arm64'].map((one) => join(checkout, 'build/lambda', `footfall-${one}.zip`)).concat(zip);

export const unpacked = (file = zip) => {
  const folder = mkdtempSync(join(tmpdir(), 'footfall-lambda-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  execFileSync('unzip', ['-q', file, '-d', folder]);
  return folder;
};
