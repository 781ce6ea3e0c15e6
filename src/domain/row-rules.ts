import type { BookingDraft } from './booking.ts';
import { FIELDS, type MappedColumn } from './columns.ts';
import { compileDates } from './dates.ts';
import type { ImportSettings, RowFault, RowWarning } from './import.ts';
import { compileQuickRules, type QuickValues } from './quick-row.ts';
import { cellText, type SourceRecord } from './record.ts';
import { indexReferences, type ReferenceLists, type ReferenceLookup } from './reference-lookup.ts';
import { compileSchema } from './row-schema.ts';
import { compileShape } from './row-shape.ts';
import type { JudgedRow, RowCells, RowValues } from './row-values.ts';
import { compileSettle } from './settle-row.ts';

export type { AdvisorRef, DealerRef, VariantRef } from './reference-lookup.ts';

export interface RuleContext extends ReferenceLists {
  columns: MappedColumn[];
  settings: ImportSettings;
}

/** A failed row tells all its faults and no warnings: those are about bookings that are made. */
export type Verdict =
  | { ok: true; draft: BookingDraft; warnings: RowWarning[] }
  | { ok: false; faults: RowFault[]; warnings: RowWarning[] };

/**
 * The plan's row rules for one file: columns, settings and references are indexed once, then each record is judged on
 * its own. Rules between rows (`DUPLICATE`, `POSSIBLE_DUPLICATE`) and of the database are not here.
 */
export function compileRules(context: RuleContext): (record: SourceRecord) => Verdict {
  const { settings } = context;
  const references = indexReferences(context);
  const shape = compileShape(context.columns);
  const judge = compileJudge(settings, references);
  const settle = compileSettle(references, settings.historical);
  const zoneOf = compileZone(settings.timeZone, references);
  return (record) => {
    const cells = shape.read(record);
    const judged = judge(cells, zoneOf(cells));
    const shapeFaults = shape.faults(record);
    if (!judged.ok || shapeFaults.length > 0) return refuse(shapeFaults, judged);
    const row = { row: record.row, values: judged.values, rest: shape.rest(record), warnings: judged.warnings };
    const { draft, warnings } = settle(row);
    return { ok: true, draft, warnings };
  };
}

type Judge = (cells: RowCells, zone: string) => JudgedRow;

function compileJudge({ dateFormat, defaultCountry }: ImportSettings, references: ReferenceLookup): Judge {
  const dates = compileDates(dateFormat);
  const accept = compileQuickRules({ dates, references });
  const judge = compileSchema({ dates, references, defaultCountry });
  return (cells, zone) => {
    const values = accept(cells, zone);
    if (isWhole(values)) return { ok: true, values, warnings: [] };
    // Joi sees the doubtful cells alone: a bad row has one or two of them, and all ten took it 65 µs.
    const judged = judge(doubtful(cells, values), zone);
    return judged.ok ? { ...judged, values: { ...values, ...judged.values } } : judged;
  };
}

const isWhole = (values: QuickValues): values is RowValues => FIELDS.every((field) => values[field] !== undefined);

const doubtful = (cells: RowCells, values: QuickValues): Partial<RowCells> =>
  Object.fromEntries(FIELDS.flatMap((field) => (values[field] === undefined ? [[field, cells[field]]] : [])));

/** The zone of dates that name none: the settings', else the dealer's, else UTC. */
function compileZone(chosen: string | null, references: ReferenceLookup): (cells: RowCells) => string {
  if (chosen !== null) return () => chosen;
  return ({ dealer_code }) => references.dealer(cellText(dealer_code))?.timeZone ?? 'UTC';
}

/** Of a damaged field only the damage is told: what else is wrong with it follows from that. */
function refuse(shapeFaults: RowFault[], judged: JudgedRow): Verdict {
  const damaged = new Set(shapeFaults.filter(({ type }) => type === 'ENCODING').map(({ field }) => field));
  const faults = judged.ok ? [] : judged.faults.filter(({ field }) => !damaged.has(field));
  return { ok: false, faults: [...shapeFaults, ...faults], warnings: [] };
}
