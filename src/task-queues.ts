/** Queues don't isolate CPU, since activities share one JavaScript thread: a worker process takes the ones it serves. */
export const TASK_QUEUES = ['imports', 'bookings', 'notifications'] as const;
export type TaskQueue = (typeof TASK_QUEUES)[number];
