import { decodeXstring } from './cell-value.ts';
import { XmlReader } from './xml.ts';
import { StringBudget } from './zip-limits.ts';

/**
 * The texts of `sharedStrings.xml` in their order: the runs of rich text joined, phonetic hints left out. exceljs's own
 * reader takes those hints for the text.
 */
export async function readSharedStrings(chunks: AsyncIterable<Buffer>): Promise<string[]> {
  const strings: string[] = [];
  const reader = new XmlReader(collector(strings));
  for await (const chunk of chunks) reader.write(chunk);
  reader.end();
  return strings;
}

function collector(strings: string[]) {
  const budget = new StringBudget();
  let text = '';
  let phonetic = 0;
  let inText = false;
  return {
    open(name: string) {
      if (name === 'si') text = '';
      else if (name === 'rPh') phonetic++;
      else if (name === 't') inText = phonetic === 0;
    },
    text(part: string) {
      if (inText) text += part;
    },
    close(name: string) {
      if (name === 't') inText = false;
      else if (name === 'rPh') phonetic--;
      else if (name === 'si') {
        budget.count(text.length);
        strings.push(unsliced(decodeXstring(text)));
      }
    },
  };
}

// A longer string is cut out of the chunk that it came in and would keep all of that in memory.
const unsliced = (text: string) => (text.length < 13 ? text : Buffer.from(text, 'utf16le').toString('utf16le'));
