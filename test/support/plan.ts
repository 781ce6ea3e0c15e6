import type { Store } from './store.ts';

export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: PlanNode[];
}

/** How Postgres would run a statement: all nodes of its plan, the outermost first. */
export async function planOf(store: Store, sql: string, bind: unknown[] = []): Promise<PlanNode[]> {
  const [found] = await store.rows<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(`explain (format json) ${sql}`, bind);
  return (found?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => nodesOf(Plan));
}

const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
