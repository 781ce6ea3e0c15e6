interface PostgresError extends Error {
  code: string;
  constraint?: string;
}

/**
 * What the database said of a statement, without the statement's parameters: Sequelize's errors carry them, and they
 * are rows of customers that a log or a workflow's history must not hold.
 */
export class StatementError extends Error {
  override name = 'StatementError';
  /** SQLSTATE, or the socket's code. */
  readonly code: string;
  readonly constraint: string | undefined;
  constructor({ message, code, constraint }: PostgresError, sql: string) {
    super(`${message} (${code}) in: ${sql.replace(/\s+/g, ' ').trim().slice(0, 60)} …`);
    this.code = code;
    this.constraint = constraint;
  }
}

/** The driver's error under whatever Sequelize wrapped around it, or undefined when it isn't the database's. */
export function postgresError(error: unknown): PostgresError | undefined {
  const inner = error instanceof Error && 'original' in error ? error.original : error;
  return inner instanceof Error && 'code' in inner && typeof inner.code === 'string'
    ? (inner as PostgresError)
    : undefined;
}
