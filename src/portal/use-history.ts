import { useEffect, useState } from 'preact/hooks';
import type { ImportView, Page } from '../domain/import.ts';
import type { Api } from './api.ts';
import { hasEnded } from './follow-import.ts';
import { type Problem, problemOf } from './problem.ts';

const PAGE = 10;
/** While an import runs, and otherwise, in milliseconds: others import too. */
const LIVE_MS = 2_000;
const IDLE_MS = 30_000;

/** The imports, newest first, page by page; the shown ones are kept up to date while the page is looked at. */
export function useHistory(api: Api, changes: number) {
  const [items, setItems] = useState<ImportView[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [isLoaded, setIsLoaded] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const load = async (from: string | null) => {
    try {
      const page = await api.list({ limit: PAGE, cursor: from });
      setItems((shown) => merge(shown, page.items));
      // Looking again at the first page says nothing about where the last one ended.
      setCursor((now) => (from === null && isLoaded ? now : page.nextCursor));
      setIsLoaded(true);
      setProblem(null);
      return page;
    } catch (error) {
      setProblem(problemOf(error));
      return null;
    }
  };

  const refresh = async () => {
    const page = await load(null);
    const older = items.filter((view) => !hasEnded(view) && !isIn(page, view));
    const views = await Promise.all(older.map((view) => api.get(view.id).catch(() => view)));
    if (views.length > 0) setItems((shown) => merge(shown, views));
  };

  const isLive = items.some((view) => !hasEnded(view));
  useEffect(() => void refresh(), [api, changes]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && refresh(), isLive ? LIVE_MS : IDLE_MS);
    return () => clearInterval(timer);
  }, [api, isLive, isLoaded, items.length]);

  return { items, problem, isLoaded, hasMore: cursor !== null, more: () => load(cursor) };
}

const isIn = (page: Page<ImportView> | null, view: ImportView) =>
  page === null || page.items.some(({ id }) => id === view.id);

/** Newer answers in place of older ones. Ids are ordered by time. */
function merge(shown: ImportView[], answers: ImportView[]): ImportView[] {
  const byId = new Map([...shown, ...answers].map((view) => [view.id, view]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}
