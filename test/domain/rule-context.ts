import { FIELDS } from '../../src/domain/columns.ts';
import { mapHeaders } from '../../src/domain/header-mapping.ts';
import type { ImportSettings } from '../../src/domain/import.ts';
import type { Cell } from '../../src/domain/record.ts';
import { compileRules, type RuleContext, type Verdict } from '../../src/domain/row-rules.ts';
import { parseSettings } from '../../src/domain/settings.ts';

export const HEADER = FIELDS;
type Column = (typeof HEADER)[number];

const GOOD: Record<Column, Cell> = {
  external_id: 'S-1',
  customer_name: 'Asha Rao',
  customer_phone: '+919876543210',
  customer_email: 'asha@example.com',
  dealer_code: 'DLR001',
  booking_date: '2027-03-04T10:00:00Z',
  car_variant: '',
  advisor_email: '',
  status: '',
  notes: '',
};

export function settingsOf(given: Partial<ImportSettings> = {}): ImportSettings {
  const settings = parseSettings(given);
  if (!settings.ok) throw new Error(settings.failure.message);
  return settings.value;
}

export function contextOf(given: Partial<ImportSettings> = {}, header: readonly string[] = HEADER): RuleContext {
  const settings = settingsOf(given);
  return {
    columns: mapHeaders([...header], settings.mapping).columns,
    settings,
    limitedTo: null,
    dealers: [
      { id: 'd1', code: 'DLR001', isActive: true, timeZone: null },
      { id: 'd2', code: 'DLR002', isActive: true, timeZone: 'Europe/Berlin' },
      { id: 'd3', code: 'DLR003', isActive: false, timeZone: null },
      { id: 'd4', code: 'dup', isActive: true, timeZone: null },
      { id: 'd5', code: 'DUP', isActive: true, timeZone: 'no such zone' },
    ],
    advisors: [
      { id: 'a1', email: 'nisha@dealers.example', isActive: true, dealerIds: ['d1'] },
      { id: 'a2', email: 'left@dealers.example', isActive: false, dealerIds: ['d1'] },
    ],
    variants: [
      { id: 'v1', code: 'NEXON-XZ', name: 'Nexon XZ+' },
      { id: 'v2', code: 'A', name: 'Twin' },
      { id: 'v3', code: 'B', name: 'Twin' },
    ],
  };
}

/** The verdict on a good row with these cells instead of its own. */
export const judge = (
  cells: Partial<Record<Column, Cell>>,
  settings: Partial<ImportSettings> = {},
  limitedTo: string[] | null = null,
): Verdict =>
  compileRules({ ...contextOf(settings), limitedTo })({
    row: 1,
    line: 2,
    cells: HEADER.map((column) => cells[column] ?? GOOD[column]),
  });

/** Its faults as `TYPE field`, or `ok`. */
export function faultsOf(verdict: Verdict): string[] | 'ok' {
  return verdict.ok ? 'ok' : verdict.faults.map(({ type, field }) => `${type} ${field}`);
}

export const warningsOf = (verdict: Verdict): string[] => verdict.warnings.map(({ type }) => type);

export function draftOf(verdict: Verdict) {
  if (!verdict.ok) throw new Error(verdict.faults.map(({ message }) => message).join('; '));
  return verdict.draft;
}
