import { open } from 'node:fs/promises';
import { refusal } from './refuse.ts';

export interface SniffedFile {
  kind: 'csv' | 'xlsx';
  /** The first bytes of the file, at most 64 KB. */
  head: Buffer;
}

const HEAD_BYTES = 65_536;

/**
 * Tells by content, never by name, whether a file is text or a workbook. A zip is called xlsx here; what is in it is
 * judged when its directory is read. Throws a `FailureError` for everything else.
 */
export async function sniffFile(path: string): Promise<SniffedFile> {
  const head = await readHead(path);
  if (head.length === 0) throw refusal('EMPTY_FILE', 'The file is empty.');
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) {
    return { kind: 'xlsx', head };
  }
  if (startsWith(head, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) throw await compoundFile(path);
  const known = KNOWN.find(({ magic }) => magic.test(head.toString('latin1', 0, 512)));
  if (known) throw unsupported(known.name);
  if (isBinary(head)) throw unsupported('a binary file');
  return { kind: 'csv', head };
}

export const unsupported = (found: string) =>
  refusal('UNSUPPORTED_FILE_TYPE', `This is ${found}. Upload a CSV or an Excel (.xlsx) file.`, {
    detail: { allowed: ['csv', 'xlsx'] },
  });

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const startsWith = (head: Buffer, magic: number[]) => magic.every((byte, i) => head[i] === byte);

// Only what people mistake for a spreadsheet, plus what a text sniffer might take for text.
const KNOWN: { name: string; magic: RegExp }[] = [
  {
    name: 'a web page (HTML)',
    magic: /^(\xef\xbb\xbf)?\s*(<!--[^>]*-->\s*)?<(!doctype\s+html|html|head|body|table|meta)[\s>]/i,
  },
  { name: 'an XML file', magic: /^(\xef\xbb\xbf)?\s*<\?xml\s/i },
  { name: 'a JSON file', magic: /^(\xef\xbb\xbf)?\s*(\{\s*"|\[\s*\{\s*")/ },
  { name: 'a PDF document', magic: /^\s*%PDF-/ },
  { name: 'a rich text document', magic: /^\{\\rtf/ },
  { name: 'a picture', magic: /^(\x89PNG|\xff\xd8\xff|GIF8[79]a)/ },
  // biome-ignore lint/suspicious/noControlCharactersInRegex: gzip begins with one
  { name: 'a compressed archive', magic: /^(\u001f\u008b|7z\xbc\xaf|Rar!|BZh\d|\xfd7zXZ|\x28\xb5\x2f\xfd)/ },
  { name: 'a database or data file', magic: /^(SQLite format 3|PAR1)/ },
  { name: 'a program', magic: /^(\x7fELF|MZ[\s\S]{58}|\xca\xfe\xba\xbe)/ },
];

/** Control characters, NUL among them, are a tenth of random bytes; a text has a stray one at most. */
function isBinary(head: Buffer): boolean {
  const counts = [0, 0];
  let controls = 0;
  for (let i = 0; i < head.length; i++) {
    const byte = head[i] as number;
    if (byte === 0) counts[i % 2] = (counts[i % 2] as number) + 1;
    else if (byte < 0x09 || (byte > 0x0d && byte < 0x20)) controls++;
  }
  const [even, odd] = counts as [number, number];
  const isUtf16 = Math.max(even, odd) > head.length * 0.2 && Math.min(even, odd) <= head.length * 0.025;
  const marked = startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff]);
  if (marked) return false;
  const strange = controls + (isUtf16 ? 0 : even + odd);
  return strange > 4 && strange > head.length * 0.04;
}

/** Excel's old format and its encrypted new one come in the same container; the names in its directory tell. */
async function compoundFile(path: string) {
  const names = ['EncryptedPackage', 'Workbook', 'Book'] as const;
  const found = await namesWithin(path, names);
  if (found.has('EncryptedPackage')) {
    return refusal(
      'ENCRYPTED_FILE',
      'The workbook is protected by a password. Save it without one and upload it again.',
    );
  }
  if (found.has('Workbook') || found.has('Book')) {
    return refusal('LEGACY_XLS', 'This is an old Excel file (.xls). Save it as .xlsx and upload it again.');
  }
  return unsupported('an old Office document');
}

async function namesWithin(path: string, names: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  const file = await open(path);
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of file.createReadStream()) {
    const bytes = Buffer.concat([tail, chunk as Buffer]);
    for (const name of names) if (bytes.includes(Buffer.from(name, 'utf16le'))) found.add(name);
    tail = bytes.subarray(-64);
  }
  return found;
}
