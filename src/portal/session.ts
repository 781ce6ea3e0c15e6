import { useEffect, useState } from 'preact/hooks';

/** Who is signed in in this tab; `reason` says why nobody is any more. */
export interface Session {
  token: string | null;
  reason: string | null;
}

const KEY = 'booking-import.token';
const FRAGMENT = /^#token=([^&]+)/;

/**
 * The tab's session. A token in the address (`#token=...`, as the stack prints it) signs in and leaves the address bar
 * at once, so that it neither stays in the history nor is copied along with the address.
 */
export function useSession(): [Session, (session: Session) => void] {
  const [session, setSession] = useState<Session>(openSession);
  useEffect(() => {
    const onHash = () => takeToken() && setSession(openSession());
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  }, []);
  const change = (next: Session) => {
    if (next.token === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, next.token);
    setSession(next);
  };
  return [session, change];
}

function openSession(): Session {
  takeToken();
  return { token: sessionStorage.getItem(KEY), reason: null };
}

function takeToken(): boolean {
  const token = FRAGMENT.exec(location.hash)?.[1];
  if (token === undefined) return false;
  sessionStorage.setItem(KEY, decodeURIComponent(token));
  history.replaceState(null, '', location.pathname + location.search);
  return true;
}

/** The token's subject, for showing only: the API alone judges tokens. */
export function subjectOf(token: string): string | null {
  try {
    const payload = token.split('.')[1] ?? '';
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === 'string' ? sub : null;
  } catch {
    return null;
  }
}
