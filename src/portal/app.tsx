import { useCallback, useMemo, useState } from 'preact/hooks';
import { createApi } from './api.ts';
import { useDraft } from './draft.ts';
import { History } from './history.tsx';
import { ImportPanel } from './import-panel.tsx';
import type { Problem } from './problem.ts';
import { importHref, useOpenImport } from './route.ts';
import { type Session, subjectOf, useSession } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { UploadPanel } from './upload-panel.tsx';

export function App() {
  const [session, setSession] = useSession();
  if (session.token === null)
    return <SignIn reason={session.reason} onToken={(token) => setSession({ token, reason: null })} />;
  // Another token is another person: nothing of the one before may stay on the page.
  return <Portal key={session.token} token={session.token} onSignOut={setSession} />;
}

interface Props {
  token: string;
  onSignOut(session: Session): void;
}

function Portal({ token, onSignOut }: Props) {
  const signOut = (reason: string | null) => onSignOut({ token: null, reason });
  const api = useMemo(() => createApi(token, (problem) => isRefusal(problem) && signOut(refusalOf(problem))), [token]);
  const openId = useOpenImport();
  const draft = useDraft(api);
  const [changes, setChanges] = useState(0);
  const onChange = useCallback(() => setChanges((n) => n + 1), []);
  const onStarted = (id: string) => {
    onChange();
    location.hash = importHref(id);
  };
  return (
    <>
      <Header subject={subjectOf(token)} onSignOut={() => signOut(null)} />
      <main>
        {openId === null ? (
          <UploadPanel api={api} draft={draft} onStarted={onStarted} />
        ) : (
          <ImportPanel key={openId} api={api} id={openId} draft={draft} onChange={onChange} onStarted={onStarted} />
        )}
        <History api={api} openId={openId} changes={changes} />
      </main>
    </>
  );
}

function Header({ subject, onSignOut }: { subject: string | null; onSignOut(): void }) {
  return (
    <header class="top">
      <div class="top-inner">
        <span class="brand">
          <span class="brand-mark" aria-hidden="true" />
          Booking import
        </span>
        {subject && <span class="muted who">{subject}</span>}
        <button type="button" class="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </div>
    </header>
  );
}

// Everything here is for admins, so a token of another role is no better than none.
const isRefusal = ({ status, code }: Problem) => status === 401 || code === 'FORBIDDEN';
const refusalOf = ({ title, detail }: Problem) => detail ?? title;
