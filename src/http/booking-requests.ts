import Joi from 'joi';
import type { BookingFilter } from '../../db/list-bookings.ts';
import { BOOKING_SOURCES, BOOKING_STATUSES } from '../domain/booking.ts';
import { BOOKING_SORTS } from '../domain/booking-list.ts';
import { code, ID_KEY, instant, type PageQuery, pageBy, text } from './requests.ts';

/** One word of a list or several: `status=A,B` as well as `status=A&status=B`. */
const several = (words: readonly string[]) =>
  Joi.any()
    .custom((value: unknown, helpers) => {
      const given = [value].flat().flatMap((each) => String(each).split(','));
      return given.every((each) => words.includes(each)) ? given : helpers.error('any.only', { valids: words });
    })
    .meta({ jsonSchema: { type: 'array', items: { type: 'string', enum: words } } });

/** Behind a `from` in the same query: an empty range is a slip, and no question with an empty answer. */
export const afterFrom = instant
  .custom((value: string, helpers) => {
    const { from } = helpers.state.ancestors[0];
    return typeof from === 'string' && from >= value ? helpers.error('string.afterFrom') : value;
  })
  .messages({ 'string.afterFrom': '{{#label}} must be later than from' });

const { limit, cursor } = pageBy(/^-?(createdAt|bookingDate) -?\d{1,17} [\w-]{1,30}$/);

const listed = {
  status: several(BOOKING_STATUSES),
  dealer: code(50),
  source: several(BOOKING_SOURCES),
  import: Joi.string().pattern(ID_KEY, 'id'),
  from: instant,
  to: afterFrom,
  text: text(200),
  sort: Joi.string()
    .valid(...BOOKING_SORTS)
    .default(BOOKING_SORTS[0]),
  limit,
  // A page goes on in the order that the one before it had.
  cursor: cursor.custom((value: string, helpers) => {
    const [sort] = Buffer.from(value, 'base64url').toString().split(' ');
    // What is no cursor at all has its fault already.
    const other = BOOKING_SORTS.some((each) => each === sort) && sort !== helpers.state.ancestors[0].sort;
    return other ? helpers.error('string.cursor') : value;
  }),
};

/** Of an advisor's own bookings. */
export const ownListQuery = Joi.object<BookingFilter>(listed);
export const bookingListQuery = Joi.object<BookingFilter>({ advisor: text(255), ...listed });

export const trailQuery = Joi.object<PageQuery>(pageBy(/^-?\d{1,17} [\w-]{1,30}$/));
