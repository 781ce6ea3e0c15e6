import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;
const zones = new Map<string, IANAZone>();

/** The zone by its IANA name; UTC for a name that isn't one, since a dealer's settings are free JSON. */
function zoneOf(name: string): IANAZone {
  let zone = zones.get(name);
  if (!zone) {
    const named = IANAZone.create(name);
    zone = named.isValid ? named : IANAZone.create('UTC');
    // Dealers' zones and one setting: a few. Whatever fills this is no zone.
    if (zones.size < 1000) zones.set(name, zone);
  }
  return zone;
}

/**
 * The instant (epoch ms) at which a zone's clocks show a wall time, given as if it were UTC. Of the two in autumn the
 * first. In spring's gap there is none: null, except midnight, which stands for the day and so is its first instant.
 */
export function toInstant(wallMs: number, zoneName: string): number | null {
  if (zoneName === 'UTC') return wallMs;
  const zone = zoneOf(zoneName);
  const offsets = [zone.offset(wallMs - DAY_MS), zone.offset(wallMs + DAY_MS)].map((minutes) => minutes * 60_000);
  const instants = offsets.map((offset) => wallMs - offset).filter((at) => at + zone.offset(at) * 60_000 === wallMs);
  if (instants.length > 0) return Math.min(...instants);
  // The clocks went over it: as the offset before the change has it, midnight is the very moment of the change.
  return wallMs % DAY_MS === 0 ? wallMs - (offsets[0] as number) : null;
}

/** The calendar day, as YYYY-MM-DD, that an instant (epoch ms) is in by a zone's clocks. */
export function dayIn(instantMs: number, zoneName: string): string {
  const wall = instantMs + zoneOf(zoneName).offset(instantMs) * 60_000;
  return new Date(wall).toISOString().replace(/T.*/, '');
}

/** A zone's calendar day in ISO 8601 instants: its first, and the next day's first. */
export function daySpan(day: string, zoneName: string): { from: string; until: string } {
  const midnight = Date.parse(day);
  // A midnight always is, or stands for, an instant.
  const instant = (wall: number) => new Date(toInstant(wall, zoneName) ?? wall).toISOString();
  return { from: instant(midnight), until: instant(midnight + DAY_MS) };
}
