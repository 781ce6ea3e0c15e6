import { BOOKING_STATUSES } from '../../domain/booking.ts';
import { mayTarget, TRANSITIONS } from '../../domain/transitions.ts';

/** The table of transitions as a reader sees it: Markdown, one line an edge. */
export function transitionTable(): string {
  const edges = BOOKING_STATUSES.flatMap((from) =>
    TRANSITIONS[from].map((to) => `| ${from} | ${to} | ${mayTarget('advisor', to) ? 'admin, advisor' : 'admin'} |`),
  );
  return ['| from | to | who |', '|---|---|---|', ...edges].join('\n');
}
