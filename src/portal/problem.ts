import type { InputFault } from '../domain/failures.ts';

/** Why the API refused (RFC 9457), or what came in place of an answer. */
export interface Problem {
  /** 0: there was no answer. */
  status: number;
  code: string;
  title: string;
  detail?: string;
  errors?: InputFault[];
  /** With DUPLICATE_FILE: the import that brought the file in. */
  importId?: string;
  requestId?: string;
}

export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** For a fetch that failed: nobody answered. An abort of ours stays what it is. */
export function noAnswer(error: unknown): never {
  if (error instanceof DOMException && error.name === 'AbortError') throw error;
  const detail = 'Check the connection. If the file was changed since you chose it, choose it again.';
  throw new ProblemError({ status: 0, code: 'NO_ANSWER', title: 'The server gave no answer', detail });
}

export async function readProblem(answer: Response): Promise<Problem> {
  const requestId = answer.headers.get('x-request-id') ?? undefined;
  try {
    return { ...((await answer.json()) as Problem), status: answer.status, requestId };
  } catch {
    // Something in between answered, such as a proxy with a page of its own.
    const title = `The server answered ${answer.status} ${answer.statusText}`.trim();
    return { status: answer.status, code: `HTTP_${answer.status}`, title, requestId };
  }
}

/** The problem to show for whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { status: 0, code: 'PAGE_ERROR', title: 'This page ran into an error', detail: String(error) };
}
