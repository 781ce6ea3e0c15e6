export { ActivateBookingsWorkflow } from './activate-bookings.ts';
export { BookingLifecycleWorkflow } from './booking-lifecycle.ts';
export { EndLifecyclesWorkflow } from './end-lifecycles.ts';
export { ImportBookingsWorkflow } from './import-bookings.ts';
export { ReconcileWorkflow } from './reconcile.ts';
export { RetentionWorkflow } from './retention.ts';
