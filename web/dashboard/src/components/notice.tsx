// Says plainly what went wrong, with the server's own words, and offers to try again.
import type { ApiError } from '../api/client';

export function Notice({ error, onRetry }: { error: ApiError; onRetry?: () => void }) {
  return (
    <div class="notice" role="alert">
      <p>
        <strong>{error.title}</strong>
        {error.detail && <span> {error.detail}</span>}
        {error.status > 0 && <code>{error.status} {error.code !== String(error.status) ? error.code : ''}</code>}
      </p>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
