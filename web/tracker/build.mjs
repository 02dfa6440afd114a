// Builds dist/footfall.js, the file served as /js/footfall.js, and says how large it is.
//
//   node web/tracker/build.mjs

import { fileURLToPath } from 'node:url';
import { bundle, gzippedBytes, writeScript } from '../bundle.mjs';

const folder = new URL('.', import.meta.url);

// The finished script as text; the tests take it from here, so that they never see an old file.
export const buildScript = () => bundle(folder, 'src/footfall.ts');
export { gzippedBytes };

if (process.argv[1] === fileURLToPath(import.meta.url)) writeScript(folder, 'footfall.js', await buildScript());
