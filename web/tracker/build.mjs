// Builds dist/footfall.js, the file served as /js/footfall.js, and says how large it is.
//
//   node web/tracker/build.mjs

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
      lib: { entry: 'src/footfall.ts', formats: ['iife'], name: 'footfallScript' },
    },
  });
  return bundle.output[0].code;
};

export const gzippedBytes = (script) => gzipSync(script, { level: 9 }).length;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const script = await buildScript();
  mkdirSync(new URL('dist/', folder), { recursive: true });
  writeFileSync(new URL('dist/footfall.js', folder), script);
  console.log(`web/tracker/dist/footfall.js: ${Buffer.byteLength(script)} bytes, ${gzippedBytes(script)} gzipped`);
}
