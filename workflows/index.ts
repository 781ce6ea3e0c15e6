export { ImportBookingsWorkflow } from './import-bookings.ts';
export { ReconcileWorkflow } from './reconcile.ts';
