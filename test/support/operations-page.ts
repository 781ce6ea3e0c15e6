import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../src/embedded/project-root.ts';

/** What `docs/operating-bookings.md` tells an operator to type. */
export interface OperationsPage {
  /** By the words that stand before them. */
  queries: Map<string, string>;
  /** Every command line, as it stands there. */
  commands: string[];
}

export async function readOperationsPage(): Promise<OperationsPage> {
  const text = await readFile(join(projectRoot(), 'docs/operating-bookings.md'), 'utf8');
  const rows = text.matchAll(/^\| ([^|]+?) +\| `([^`|]* (?:=|<|IN|BETWEEN) [^`|]*)` +\|$/gm);
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return {
    queries: new Map([...rows].map(([, words = '', query = '']) => [words, query])),
    commands: blocks.flatMap((block) => block.trim().split('\n')),
  };
}

/** Fills in what stands in `<…>`; one that is not given is a mistake of the page. */
export const filledIn = (text: string, given: Record<string, string>): string =>
  text.replace(/<(\w+)>/g, (_, name: string) => {
    if (given[name] === undefined) throw new Error(`the page wants <${name}>`);
    return given[name];
  });
