/** The ids of the dealers whose codes are the third parameter, in brackets. */
export const DEALERS = `(select d.id from dealers d where d.dealer_code = any ($3::text[]))`;

/** 0 to 1; null for none of none. */
export const rate = (part: string, whole: string): string =>
  `round((${part})::numeric / nullif(${whole}, 0), 4)::float8`;

/** What an aggregate over durations tells, as JSON; `seconds` is a column that may be null. */
export const durations = (seconds: string): string => `jsonb_build_object(
    'count', count(${seconds}), 'average', ${rounded(`avg(${seconds})`)}, 'median', ${rounded(percentile(0.5, seconds))},
    'p95', ${rounded(percentile(0.95, seconds))}, 'longest', ${rounded(`max(${seconds})`)})`;

const percentile = (share: number, column: string) => `percentile_cont(${share}) within group (order by ${column})`;
const rounded = (number: string) => `round((${number})::numeric, 3)`;
