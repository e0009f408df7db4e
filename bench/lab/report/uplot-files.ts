/** uPlot as it goes into a page: found where packages are, from the sources as from dist/. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const packages = createRequire(import.meta.url);

export function uplotFiles(): { readonly script: string; readonly style: string } {
  const script = readFileSync(packages.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8');
  const style = readFileSync(packages.resolve('uplot/dist/uPlot.min.css'), 'utf8');
  return { script, style };
}
