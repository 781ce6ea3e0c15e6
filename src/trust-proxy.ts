import { isIP } from 'node:net';
import Joi from 'joi';

/**
 * Whose `X-Forwarded-For` is believed: nobody's, that of so many proxies in a row, or that of these addresses and
 * networks. Believing everybody would let each client name its own address.
 */
export type TrustProxy = false | number | string[];

const RANGES = ['loopback', 'linklocal', 'uniquelocal'];

export const trustProxyVariable = Joi.string()
  .custom((value: string, helpers) => {
    if (/^[1-9]$/.test(value)) return Number(value);
    const places = value.split(',').map((place) => place.trim());
    return places.every(isPlace) ? places : helpers.message({ custom: PLACES });
  })
  .default(false);
const PLACES =
  '{{#label}} must be a number of proxies (1 to 9), or addresses, networks, loopback, linklocal, uniquelocal';

function isPlace(place: string): boolean {
  const [address = '', bits, ...more] = place.split('/');
  if (bits === undefined) return RANGES.includes(place) || isIP(address) > 0;
  const longest = isIP(address) === 4 ? 32 : 128;
  return isIP(address) > 0 && /^\d+$/.test(bits) && Number(bits) <= longest && more.length === 0;
}
