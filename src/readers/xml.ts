import { TextDecoder as Utf } from 'node:util';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { refusal, unreadable } from './refuse.ts';

/** What a part's XML consists of. Names come without prefix, since `<x:row>` is a row too. */
export interface XmlHandlers {
  open(name: string, attributes: Record<string, string>): void;
  text(text: string): void;
  close(name: string): void;
}

// A workbook's own XML is some ten levels deep.
const DEEPEST = 64;
/** Text or a tag that goes on for this long is no cell of a table, and would have to be kept whole. */
const LONGEST_PIECE = 8 * 1024 * 1024;
const BROKEN = 'The workbook is damaged: its content breaks off or is no valid XML.';

/** Reads one XML part chunk by chunk. Document type definitions are refused, so no entity is ever expanded. */
export class XmlReader {
  readonly #parser = new SaxesParser({ position: false });
  readonly #handlers: XmlHandlers;
  readonly #names = new Map<string, string>();
  #decoder: Utf | undefined;
  #depth = 0;
  #sincePiece = 0;

  constructor(handlers: XmlHandlers) {
    this.#handlers = handlers;
    const parser = this.#parser;
    parser.on('error', (error) => {
      throw unreadable(BROKEN, error);
    });
    parser.on('doctype', () => {
      throw unreadable('The workbook contains a document type definition, which no spreadsheet program writes.');
    });
    parser.on('opentag', (tag) => this.#open(tag.name, (tag as SaxesTagPlain).attributes));
    parser.on('closetag', (tag) => this.#close(tag.name));
    parser.on('text', (text) => this.#text(text));
    parser.on('cdata', (text) => this.#text(text));
  }

  write(chunk: Buffer): void {
    this.#decoder ??= decoderFor(chunk);
    const text = this.#decode(chunk, true);
    this.#sincePiece += text.length;
    this.#parser.write(text);
    if (this.#sincePiece > LONGEST_PIECE) throw refusal('FILE_TOO_COMPLEX', 'A cell of the workbook is too long.');
  }

  /** Throws UNREADABLE_FILE when the document isn't complete. */
  end(): void {
    if (this.#decoder) this.#parser.write(this.#decode(Buffer.alloc(0), false));
    this.#parser.close();
  }

  #decode(chunk: Buffer, stream: boolean): string {
    try {
      return (this.#decoder as Utf).decode(chunk, { stream });
    } catch (error) {
      throw unreadable(BROKEN, error);
    }
  }

  #open(name: string, attributes: Record<string, string>): void {
    this.#sincePiece = 0;
    if (++this.#depth > DEEPEST) throw refusal('FILE_TOO_COMPLEX', 'The workbook is nested too deeply.');
    this.#handlers.open(this.#local(name), attributes);
  }

  #close(name: string): void {
    this.#sincePiece = 0;
    this.#depth--;
    this.#handlers.close(this.#local(name));
  }

  #text(text: string): void {
    this.#sincePiece = 0;
    this.#handlers.text(text);
  }

  #local(name: string): string {
    let local = this.#names.get(name);
    if (local === undefined) {
      local = name.slice(name.indexOf(':') + 1);
      // A file of ever new names must not fill the memory.
      if (this.#names.size < 1000) this.#names.set(name, local);
    }
    return local;
  }
}

/** XML may be UTF-16, by its mark; another declared encoding fails as bytes that are no UTF-8. */
function decoderFor(head: Buffer): Utf {
  const mark = head.length >= 2 ? head.readUInt16BE(0) : 0;
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8';
  return new Utf(encoding, { fatal: true });
}
