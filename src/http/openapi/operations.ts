import type { MethodsOf, Path } from '../permissions.ts';
import { bookingCommandOperations } from './booking-command-operations.ts';
import { bookingOperations } from './booking-operations.ts';
import { customerOperations } from './customer-operations.ts';
import { importOperations } from './import-operations.ts';
import type { Operation, OperationKey } from './operation.ts';
import { operatorOperations } from './operator-operations.ts';
import { referenceOperations } from './reference-operations.ts';

/** The groups that a reader sees, in this order. */
export const OPERATION_GROUPS = {
  Imports: importOperations,
  Bookings: bookingOperations,
  'Changes of a booking': bookingCommandOperations,
  'Reference data and notifications': referenceOperations,
  "Customers' requests": customerOperations,
  Operators: operatorOperations,
} as const;

type Groups = typeof OPERATION_GROUPS;
type DescribedKey = { [G in keyof Groups]: keyof Groups[G] }[keyof Groups];

type RouteOf<P extends Path> = `${Uppercase<MethodsOf<P> & string>} ${P}`;

/** The paths that `endpoint` mounts: one with a method that no group above describes doesn't compile. */
export type DescribedPath = { [P in Path]: RouteOf<P> extends DescribedKey | PortalPage ? P : never }[Path];
type PortalPage = 'GET /';

export interface NamedOperation {
  key: OperationKey;
  method: string;
  /** As express has it, with `:id`. */
  path: string;
  tag: string;
  operation: Operation;
}

/** Every operation there is. */
export const OPERATIONS: NamedOperation[] = Object.entries(OPERATION_GROUPS).flatMap(([tag, group]) =>
  Object.entries(group as Record<OperationKey, Operation>).map(([name, operation]) => {
    const key = name as OperationKey;
    const [method = '', path = ''] = key.split(' ');
    return { key, method: method.toLowerCase(), path, tag, operation };
  }),
);
