import type { RowErrorType } from './import.ts';

/** What a rule makes of a cell: the value to store, or what is wrong with it. */
export type Judged<T> = { value: T; fault?: undefined } | { value?: undefined; fault: CellFault };

/** `message` is a sentence without its subject; the row rules put the column's name in front. */
export interface CellFault {
  type: RowErrorType;
  message: string;
}

export const accept = <T>(value: T): { value: T } => ({ value });
export const refuse = (type: RowErrorType, message: string): { fault: CellFault } => ({ fault: { type, message } });
