// Builds the page into a folder of its own, so that tests never run against an old one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

export const dashboard = join(import.meta.dirname, '..');

export async function buildPage() {
  const dist = mkdtempSync(join(tmpdir(), 'footfall-dashboard-'));
  await build({ configFile: join(dashboard, 'vite.config.mjs'), root: dashboard, logLevel: 'error', build: { outDir: dist } });
  return { dist, remove: () => rmSync(dist, { recursive: true, force: true }) };
}
