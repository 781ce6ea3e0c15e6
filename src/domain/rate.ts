/** So many requests in so many seconds. */
export interface Allowance {
  /** As `RateLimit-Policy` names it. */
  name: string;
  points: number;
  seconds: number;
}

/** What one more request came to. */
export interface Spent {
  granted: boolean;
  remaining: number;
  /** Until all is granted again. */
  resetMs: number;
}

/** An allowance, counted for each key apart. */
export interface Rate extends Allowance {
  spend(key: string): Promise<Spent>;
}
