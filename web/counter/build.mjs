// Builds dist/counter.js, the file served as /js/counter.js, and says how large it is.
//
//   node web/counter/build.mjs

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const folder = new URL('.', import.meta.url);

// The finished script as text; the tests take it from here, so that they never see an old file.
export const buildScript = async () => {
  const [bundle] = await build({
    root: fileURLToPath(folder),
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: 'es2020', // every browser since spring 2020
      // `name` is asked for by Vite and used by nobody: the script exports nothing.
      lib: { entry: 'src/counter.ts', formats: ['iife'], name: 'footfallCounter' },
    },
  });
  return bundle.output[0].code;
};

export const gzippedBytes = (script) => gzipSync(script, { level: 9 }).length;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const script = await buildScript();
  mkdirSync(new URL('dist/', folder), { recursive: true });
  writeFileSync(new URL('dist/counter.js', folder), script);
  console.log(`web/counter/dist/counter.js: ${Buffer.byteLength(script)} bytes, ${gzippedBytes(script)} gzipped`);
}
