import { defineConfig } from 'vite';

// No inline scripts and no data: scripts: the API's content security policy allows our own files alone.
export default defineConfig({
  root: import.meta.dirname,
  base: '/portal/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { outDir: '../../dist/portal', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
