const SHOWN = 60;

/**
 * A value in quotes for a message: on one line, cut after 60 characters. Cut before anything else is done with it,
 * since a cell may be 10 MB, and by code points, since half a surrogate pair is no text for Postgres.
 */
export function showValue(text: string): string {
  const points = Array.from(text.slice(0, 4 * SHOWN).replace(/\s+/g, ' '));
  const shown = points.slice(0, SHOWN).join('');
  return points.length > SHOWN || text.length > 4 * SHOWN ? `"${shown}…"` : `"${shown}"`;
}
