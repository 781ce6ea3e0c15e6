/** One request as the access log keeps it: no token, no body, no query. */
export interface Access {
  /** In the order of time. */
  id: string;
  /** ISO instant at which it was answered. */
  at: string;
  /** As the token says; null when there was none that holds. */
  subject: string | null;
  role: string | null;
  ip: string | null;
  userAgent: string | null;
  method: string;
  /** Its template, such as `/api/bookings/:id`; of a caller who wasn't let in no more than the area. */
  route: string;
  status: number;
  requestId: string;
  /** Of the import, the booking or whatever the route names. */
  objectId: string | null;
  /** The problem's code, or CONNECTION_CLOSED when the caller didn't wait for the whole answer. */
  failure: string | null;
  /** Why a caller was not let in. */
  failureDetail: string | null;
}
