// Asks for the token that the server printed when it started.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, login } from '../api/client';
import { Mark } from './icons';
import { Notice } from './notice';

export function Login({ ended, onDone }: { ended: boolean; onDone(): void }) {
  const field = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);

  useEffect(() => field.current!.focus(), []);

  const submit = async (event: Event) => {
    event.preventDefault();
    const token = field.current!.value.trim();
    if (!token || busy) return;
    setBusy(true);
    setError(null);
    try {
      await login(token);
      onDone();
    } catch (failure) {
      setError(failure as ApiError);
      field.current!.select();
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class="login">
      <form class="card login-card" onSubmit={submit}>
        <div class="login-brand">
          <Mark size={40} />
          <h1>Footfall</h1>
        </div>
        {ended && !error && <p class="login-hint" role="status">The session has ended. Please log in again.</p>}
        {/* Password managers want a name beside the secret. */}
        <input type="text" name="username" autocomplete="username" value="footfall" readOnly hidden />
        <label class="field">
          <span>Access token</span>
          <input ref={field} type="password" name="token" autocomplete="current-password" spellcheck={false} required aria-describedby="token-hint" />
        </label>
        {error && <Notice error={error} />}
        {error?.retry_after_s ? <p class="login-hint">Please wait {error.retry_after_s} seconds before the next try.</p> : null}
        <button type="submit" class="button button-main" disabled={busy} aria-busy={busy}>
          {busy ? 'Checking…' : 'Show the charts'}
        </button>
        <p class="login-hint" id="token-hint">
          Footfall printed the token at its first start and keeps it in its data directory. <code>footfall token</code> makes another.
        </p>
      </form>
    </main>
  );
}
