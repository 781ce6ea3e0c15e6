import type { Bomb } from './zip-bombs.ts';
import { HEADER } from './zip-bombs.ts';

/** Close below what may be uploaded. */
const SIZE = 10_000_000;
const HEAD = `${HEADER.join(',')}\n`;
const good = (n: number) => `C-${n},Asha Rao,+919812345678,DLR001,2027-03-04\n`;
const some = Array.from({ length: 200 }, (_, n) => good(n)).join('');
const filled = (text: string) => text.repeat(Math.floor((SIZE - HEAD.length - some.length) / Buffer.byteLength(text)));

const text = (name: string, make: () => string, refusedAs: Bomb['refusedAs'] = []): Bomb => ({
  name,
  make: () => Buffer.from(make()),
  refusedAs,
});

const wide = (cell: (n: number) => string) => Array.from({ length: 16_000 }, (_, n) => `,${cell(n)}`).join('');
/** In a file that is UTF-8 but for these. */
const broken = (): Buffer => {
  const content = Buffer.from(
    `${HEAD}${some}${`C-x,${'Zoë '.repeat(80)}${'?'.repeat(500)},1,DLR001,2027-03-04\n`.repeat(10_000)}`,
  );
  for (let at = content.indexOf(0x3f); at >= 0; at = content.indexOf(0x3f, at)) content[at] = 0xff;
  return content;
};

export const CSV_BOMBS: Bomb[] = [
  text('one line of 10 MB', () => 'x'.repeat(SIZE), ['FILE_TOO_COMPLEX']),
  text('a header of five million columns', () => `${'a,'.repeat(SIZE / 2)}\n`, ['FILE_TOO_COMPLEX']),
  text('a header of a million names', () => `${Array.from({ length: 1e6 }, (_, n) => `c${n}`).join(',')}\n`, [
    'FILE_TOO_COMPLEX',
  ]),
  text('an unclosed quote and 10 MB behind it', () => `${HEAD}${good(1)}"${some}${filled('x,y\n')}`, [
    'UNCLOSED_QUOTE',
  ]),
  text('an unclosed quote in front of 10 MB without a line end', () => `${HEAD}${some}"${filled('x')}`, [
    'UNCLOSED_QUOTE',
  ]),
  text('10 MB of NULs', () => '\0'.repeat(SIZE), ['UNSUPPORTED_FILE_TYPE']),
  text('10 MB of quotes', () => '"'.repeat(SIZE), [
    'FILE_TOO_COMPLEX',
    'UNCLOSED_QUOTE',
    'NO_DATA_ROWS',
    'MISSING_COLUMNS',
  ]),
  text('10 MB of line ends', () => '\r'.repeat(SIZE), ['EMPTY_FILE']),
  text('five million rows of one character', () => `${HEAD}${filled('x\n')}`, ['FILE_TOO_COMPLEX']),
  text('1,900 columns that are all called name', () => `${HEAD.trim()}${',customer_name'.repeat(1_900)}\n${good(1)}`, [
    'AMBIGUOUS_HEADERS',
    'read',
  ]),
  text('16,000 columns', () => `${HEAD.trim()}${wide((n) => `col ${n}`)}\n${good(1)}`, ['FILE_TOO_COMPLEX']),
  text('16,000 cells in each row', () => `${HEAD}${`${good(1).trim()}${wide(() => '1')}\n`.repeat(300)}`),
  text(
    '1.3 million rows of an id alone',
    () => `${HEAD}${Array.from({ length: 1_300_000 }, (_, n) => n.toString(36)).join('\n')}\n`,
    ['FILE_TOO_COMPLEX'],
  ),
  text('rows of 1 MB', () => `${HEAD}${`C-x${',x'.repeat(10)}${`,${'y'.repeat(90_000)}`.repeat(12)}\n`.repeat(9)}`, [
    'FILE_TOO_COMPLEX',
  ]),
  text('a last row of 1 MB without a line end', () => `${HEAD}${some}C-x${`,${'y'.repeat(90_000)}`.repeat(12)}`, [
    'FILE_TOO_COMPLEX',
  ]),
  text('a row of five million columns', () => `${HEAD}${some}${filled('1,')}\n${good(999)}`),
  text('a cell of 10 MB', () => `${HEAD}${some}C-x,${filled('x')},+919812345678,DLR001,2027-03-04\n${good(999)}`),
  text(
    'a cell of 10 MB of NULs',
    () => `${HEAD}${some.repeat(8)}C-x,${filled('\0')},+919812345678,DLR001,2027-03-04\n${good(999)}`,
  ),
  text(
    'ten thousand notes of quotes',
    () => `${HEAD}${`C-x,"${'""'.repeat(450)}",+919812345678,DLR001,2027-03-04\n`.repeat(10_000)}`,
  ),
  text(
    'a cell of 10 MB of quotes',
    () => `${HEAD}${some}C-x,"${filled('""')}",+919812345678,DLR001,2027-03-04\n${good(999)}`,
  ),
  text(
    'a cell of 10 MB of noncharacters',
    () => `${HEAD}${some}C-x,${filled('\uFFFF')},+919812345678,DLR001,2027-03-04\n`,
  ),
  text(
    'a quoted cell of 10 MB of line ends',
    () => `${HEAD}${some}C-x,"${filled('\r\n')}",+919812345678,DLR001,2027-03-04\n`,
  ),
  { name: 'bytes that are no UTF-8 in every row', make: broken, refusedAs: [] },
  text('ten phones of 1 MB', () => `${HEAD}${some}${`C-x,Asha,${'9'.repeat(950_000)},DLR001,2027-03-04\n`.repeat(10)}`),
  text(
    'ten e-mails, names and dates of 1 MB',
    () => `${HEAD}${some}${`C-x,${'a@'.repeat(240_000)},1,DLR001,${'1-'.repeat(240_000)}\n`.repeat(10)}`,
  ),
];
