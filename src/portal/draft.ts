import { useRef, useState } from 'preact/hooks';
import type { Api, Preview, Settings } from './api.ts';
import { type Problem, problemOf } from './problem.ts';

/** A file that was chosen and isn't imported yet. */
export interface Draft {
  file: File | null;
  settings: Settings;
  /** Stays while the next one is on its way, so that the page doesn't jump. */
  preview: Preview | null;
  problem: Problem | null;
  isReading: boolean;
  choose(file: File | null): void;
  change(settings: Settings): void;
}

interface State {
  file: File | null;
  settings: Settings;
  preview: Preview | null;
  problem: Problem | null;
  isReading: boolean;
}

const NOTHING: State = { file: null, settings: {}, preview: null, problem: null, isReading: false };
/** These decide how the file is read, so a change of one asks for another preview. */
const READING: (keyof Settings)[] = ['sheet', 'encoding', 'delimiter', 'mapping'];

export function useDraft(api: Api): Draft {
  const [state, setState] = useState<State>(NOTHING);
  const latest = useRef(0);

  async function read(file: File, settings: Settings): Promise<void> {
    latest.current += 1;
    const mine = latest.current;
    // Answers may overtake each other; only the last question's counts.
    const settle = (answer: Partial<State>) =>
      mine === latest.current && setState((now) => ({ ...now, ...answer, isReading: false }));
    try {
      settle({ preview: await api.preview(file, settings), problem: null });
    } catch (error) {
      // The last good preview stays, so that the choice that led here can be taken back.
      settle({ problem: problemOf(error) });
    }
  }

  return {
    ...state,
    choose(file) {
      latest.current += 1;
      setState(file ? { ...NOTHING, file, isReading: true } : NOTHING);
      if (file) void read(file, {});
    },
    change(patch) {
      const settings = { ...state.settings, ...patch };
      const rereads = state.file !== null && READING.some((key) => key in patch);
      setState((now) => ({ ...now, settings, isReading: now.isReading || rereads }));
      if (state.file && rereads) void read(state.file, settings);
    },
  };
}
