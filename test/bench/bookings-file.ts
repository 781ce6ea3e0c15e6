import { writeFile } from 'node:fs/promises';

const FIRST = ['Asha', 'Ravi', 'Meera', 'Grace', 'Wei', 'Zoë', 'Łukasz', 'Fatima', 'Carlos', 'Hiro'];
const LAST = ['Sharma', 'Okafor', 'Müller', 'Chen', 'García', 'Nowak', 'Tanaka', "O'Neill", 'Khan', 'Brontë'];
const VARIANTS = ['Nexon XZ+', 'Harrier', 'Creta SX(O)', 'Swift ZXi', ''];
const DEFECTS = [
  (row: string[]) => row.with(1, 'X'),
  (row: string[]) => row.with(4, 'NOPE'),
  (row: string[]) => row.with(5, '31-02-2027'),
  (row: string[]) => row.with(2, '12345'),
  (row: string[]) => row.with(3, 'not-an-email'),
];

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface BookingsFile {
  rows: number;
  /** 0–100 */
  badPercent: number;
  seed: number;
  /** Of the external ids: two files with the same one have the same bookings. */
  prefix?: string;
}

/** Writes a CSV of bookings for dealers DLR001–DLR049, some bad in one of five ways. Gives how many are bad. */
export async function writeBookingsFile(
  path: string,
  { rows, badPercent, seed, prefix = `B${seed}` }: BookingsFile,
): Promise<number> {
  const random = seededRandom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const number = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const two = (n: number) => String(n).padStart(2, '0');
  const lines = [
    'external_id,customer_name,customer_phone,customer_email,dealer_code,booking_date,car_variant,advisor_email,status,notes',
  ];
  let bad = 0;
  for (let i = 0; i < rows; i += 1) {
    const [day, month] = [two(number(1, 28)), two(number(1, 12))];
    const date = random() < 0.3 ? `${day}-${month}-2027` : `2027-${month}-${day}T${two(number(9, 17))}:30:00+05:30`;
    let row = [
      `${prefix}-${String(i).padStart(7, '0')}`,
      `${pick(FIRST)} ${pick(LAST)}`,
      `+9198${number(10_000_000, 99_999_999)}`,
      random() < 0.6 ? `c${i}@example.com` : '',
      `DLR0${two(number(1, 49))}`,
      date,
      pick(VARIANTS),
      '',
      '',
      random() < 0.2 ? 'walk-in' : '',
    ];
    if (random() * 100 < badPercent) {
      row = (DEFECTS[i % DEFECTS.length] ?? ((same: string[]) => same))(row);
      bad += 1;
    }
    lines.push(row.join(','));
  }
  await writeFile(path, `${lines.join('\n')}\n`);
  return bad;
}
