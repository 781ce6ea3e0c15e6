import { UniqueConstraintError } from 'sequelize';
import { fail, ok, type Result } from '../src/domain/failures.ts';
import type { Actor, Page } from '../src/domain/import.ts';
import { recordAction } from './admin-trail.ts';
import type { Database } from './connect.ts';
import { CarVariantModel } from './models.ts';
import { decodeCursor, toPage } from './page.ts';
import { rows, withTransaction } from './query.ts';

export interface Variant {
  code: string;
  name: string;
}

/** By code. */
export async function listVariants(
  db: Database,
  filter: { limit: number; cursor?: string | null; text?: string },
): Promise<Page<Variant>> {
  const found = await rows<Variant>(
    db,
    `select code, name from car_variants
     where ($1::text is null or code > $1) and ($2::text is null or strpos(lower(code || ' ' || name), lower($2)) > 0)
     order by code limit $3`,
    [decodeCursor(filter.cursor), filter.text ?? null, filter.limit + 1],
  );
  return toPage(found, filter.limit, (variant) => variant.code);
}

/** Failure: `VARIANT_EXISTS`. */
export async function createVariant(db: Database, input: Variant, actor: Actor): Promise<Result<Variant>> {
  try {
    return await withTransaction(db, async (transaction) => {
      const { code, name } = await db.getRepository(CarVariantModel).create({ ...input }, { transaction });
      const made = { code, name };
      await recordAction(transaction, actor, { action: 'VARIANT_CREATED', kind: 'variant', id: code, after: made });
      return ok(made);
    });
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    return fail('VARIANT_EXISTS', `there is a variant ${input.code} already`);
  }
}
