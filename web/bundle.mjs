// How a script for pages is made: one file that any page may load, for every browser since spring 2020.
//
// web/tracker/build.mjs and web/counter/build.mjs each say which.

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

// The finished script as text. `folder` is a URL, `entry` a path below it.
export const bundle = async (folder, entry) => {
  const [made] = await build({
    root: fileURLToPath(folder),
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2020',
      // `name` is asked for by Vite and used by nobody: the script exports nothing.
      lib: { entry, formats: ['iife'], name: 'footfallScript' },
    },
  });
  return made.output[0].code;
};

export const gzippedBytes = (script) => gzipSync(script, { level: 9 }).length;

// Writes the script to dist/, and says how large it is.
export const writeScript = (folder, name, script) => {
  mkdirSync(new URL('dist/', folder), { recursive: true });
  writeFileSync(new URL(`dist/${name}`, folder), script);
  console.log(`${name}: ${Buffer.byteLength(script)} bytes, ${gzippedBytes(script)} gzipped`);
};
