// How the charts page is built: one page, hashed files, nothing inlined (the content security policy refuses inline code).
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the same files work at /dashboard and under any prefix.
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The page is served at /dashboard, so a relative address starts one level above it.
    assetsDir: 'dashboard/assets',
    // A data: address would break default-src 'self'.
    assetsInlineLimit: 0,
    modulePreload: false,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    reportCompressedSize: true,
  },
});
