/** What has a time after which it is deleted. An import's file, staged rows, errors and fates go together. */
export const RETENTION_KINDS = ['imports', 'commands', 'notifications', 'accessLog'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

/** Days; 0: for ever. */
export type RetentionDays = Record<RetentionKind, number>;
