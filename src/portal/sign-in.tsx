import { useState } from 'preact/hooks';
import { createApi } from './api.ts';
import { Icon } from './icon.tsx';
import { problemOf } from './problem.ts';

const COMMAND = 'npm run token -- --role admin --sub you';

interface Props {
  /** Why the session ended, if one did. */
  reason: string | null;
  onToken(token: string): void;
}

export function SignIn({ reason, onToken }: Props) {
  const [text, setText] = useState('');
  const [refusal, setRefusal] = useState(reason);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const token = tokenIn(text);
    setBusy(true);
    try {
      await createApi(token).list({ limit: 1 });
      onToken(token);
    } catch (error) {
      const { title, detail } = problemOf(error);
      setRefusal(detail ?? title);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit}>
        <span class="brand-mark" aria-hidden="true" />
        <h1>Sign in to Booking import</h1>
        <p class="muted">
          Open the link that the server printed when it started, or paste an admin token. On the server, this command
          makes one:
        </p>
        <pre class="command">
          <code>{COMMAND}</code>
        </pre>
        <label class="field">
          <span>Token</span>
          <textarea
            rows={4}
            required
            spellcheck={false}
            autocomplete="off"
            placeholder="eyJ…"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <p class={refusal ? 'refusal' : 'refusal empty'} role="alert">
          {refusal && <Icon name="alert" />}
          {refusal}
        </p>
        <button type="submit" class="primary" disabled={busy || text.trim() === ''}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

/** People also paste the whole link, or the token with the word Bearer before it. */
function tokenIn(text: string): string {
  const given = /#token=([^&\s]+)/.exec(text)?.[1] ?? text;
  // A terminal wraps a long token; no token has white space or anything else that a header can't carry.
  return given.replace(/^\s*Bearer\s/i, '').replace(/[^\x21-\x7e]/g, '');
}
