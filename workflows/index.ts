export { BookingLifecycleWorkflow } from './booking-lifecycle.ts';
export { ImportBookingsWorkflow } from './import-bookings.ts';
export { ReconcileWorkflow } from './reconcile.ts';
