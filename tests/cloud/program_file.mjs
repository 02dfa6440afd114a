// The program that was built last.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './package.mjs';

export const program = () => process.env.FOOTFALL_PROGRAM
  ?? ['release', 'dev'].map((preset) => join(checkout, 'build', preset, 'footfall')).find((file) => existsSync(file));
