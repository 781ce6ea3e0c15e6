import { XmlReader } from './xml.ts';
import type { Zip } from './zip.ts';
import type { InflateBudget } from './zip-limits.ts';

/** The elements to keep, each with the attributes to keep. */
export type Kept = Record<string, readonly string[]>;

/**
 * A small part as XML that exceljs understands whatever program wrote it: without prefixes, with only the elements
 * named, and each of those with all the attributes named, empty ones too (exceljs crashes without some).
 */
export async function simplifiedPart(part: { zip: Zip; name: string; budget: InflateBudget }, kept: Kept) {
  const out: string[] = [];
  const reader = new XmlReader({
    open(name, attributes) {
      const wanted = Object.hasOwn(kept, name) ? kept[name] : undefined;
      if (wanted) out.push(`<${name}${wanted.map((key) => ` ${key}="${escaped(find(attributes, key))}"`).join('')}>`);
    },
    text() {},
    close(name) {
      if (Object.hasOwn(kept, name)) out.push(`</${name}>`);
    },
  });
  for await (const chunk of part.zip.part(part.name, part.budget, true)) reader.write(chunk);
  reader.end();
  return Buffer.from(out.join(''));
}

/** `r:id` is found under any prefix; an attribute without prefix only as it is. */
function find(attributes: Record<string, string>, key: string): string {
  const local = key.slice(key.indexOf(':'));
  const found = key.includes(':') ? Object.keys(attributes).find((name) => name.endsWith(local)) : key;
  const value = (found !== undefined && attributes[found]) || '';
  // exceljs decodes a sheet's name twice, and drops the backslashes of a number format.
  if (key === 'name') return value.replaceAll('&', '&amp;');
  return key === 'formatCode' ? value.replaceAll('\\', '\\\\') : value;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
