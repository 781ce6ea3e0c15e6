import { fail } from '../domain/failures.ts';

/** Whether a thing of these dealers is within a token's limit; of no dealer it is only without one. */
export const isWithinToken = (dealers: string[], codes: string[]): boolean =>
  dealers.length === 0 || (codes.length > 0 && codes.every((code) => dealers.includes(code)));

/** Of a thing to be, not of one that is: what there may be beyond the token isn't told. */
export const beyondToken = (dealers: string[]) =>
  fail('FORBIDDEN', `This token is for the dealers ${dealers.join(', ')} alone.`);
