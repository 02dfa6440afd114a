// Who is there? Shows the login or the page of charts.
import { useCallback, useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { ApiError, listen, me as askMe } from './api/client';
import type { Me } from './api/types';
import { Login } from './components/login';
import { Notice } from './components/notice';
import { Page } from './page';
import { Cell } from './state/cell';
import { forgetAnswers } from './state/resource';

const reachable = new Cell(true);
const knock_ms = 3_000;

type Who = { is: 'asking' } | { is: 'stranger'; ended: boolean } | { is: 'known'; me: Me } | { is: 'unclear'; error: ApiError };

export function App() {
  const [failure] = useErrorBoundary();
  const [who, setWho] = useState<Who>({ is: 'asking' });

  const ask = useCallback(() => {
    askMe().then(
      (me) => setWho({ is: 'known', me }),
      (error: ApiError) => {
        if (error.kind !== 'unauthorized') setWho({ is: 'unclear', error });
      },
    );
  }, []);

  const toStranger = useCallback((ended: boolean) => {
    // What was seen with one token must not be shown to the next.
    forgetAnswers();
    setWho({ is: 'stranger', ended });
  }, []);

  useEffect(() => {
    listen({
      reach: (value) => reachable.set(value),
      unauthorized: () => {
        forgetAnswers();
        setWho((before) => (before.is === 'stranger' ? before : { is: 'stranger', ended: before.is === 'known' }));
      },
    });
    const offline = () => reachable.set(false);
    const knock = () => void askMe().catch(() => {});
    // While the server is away, knock now and then; its answer sets `reachable`.
    const timer = setInterval(() => {
      if (!reachable.get() && !document.hidden) knock();
    }, knock_ms);
    addEventListener('offline', offline);
    addEventListener('online', knock);
    ask();
    return () => {
      clearInterval(timer);
      removeEventListener('offline', offline);
      removeEventListener('online', knock);
    };
  }, []);

  if (failure) {
    const error = new ApiError('failed', 0, 'page', 'The page failed', String(failure));
    return (
      <main class="login">
        <div class="card login-card">
          <Notice error={error} onRetry={() => location.reload()} />
        </div>
      </main>
    );
  }

  switch (who.is) {
    case 'asking':
      return (
        <main class="login" aria-busy="true">
          <span class="unseen">Loading</span>
        </main>
      );
    case 'stranger':
      return <Login ended={who.ended} onDone={ask} />;
    case 'unclear':
      return (
        <main class="login">
          <div class="card login-card">
            <Notice error={who.error} onRetry={ask} />
          </div>
        </main>
      );
    case 'known':
      return <Page me={who.me} reachable={reachable} onLogout={() => toStranger(false)} />;
  }
}
