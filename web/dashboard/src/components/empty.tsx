// What a new owner sees: how to get the first visit counted. It gives way to the charts when one comes.
import { useRef, useState } from 'preact/hooks';
import { prefixOf } from '../api/client';
import { Mark } from './icons';

export function scriptTag(origin: string, prefix: string, site: string): string {
  const attribute = site.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<script defer src="${origin}${prefix}/js/footfall.js" data-site="${attribute}"></script>`;
}

function Snippet({ label, text }: { label: string; text: string }) {
  const code = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      // Browsers give the clipboard to secure pages only: mark the text, so that a person can copy it.
      getSelection()?.selectAllChildren(code.current!);
    }
  };
  return (
    <div class="snippet">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code ref={code}>{text}</code>
      </pre>
      <button type="button" class="button" onClick={copy}>
        {copied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

export function Empty({ site }: { site: string }) {
  return (
    <section class="card empty" aria-labelledby="empty-title">
      <Mark size={44} />
      <h2 id="empty-title">No visits yet</h2>
      <p>Put this tag into the head of the pages of {site}. The first visit shows here by itself.</p>
      <Snippet label="The script tag" text={scriptTag(location.origin, prefixOf(location.pathname), site)} />
      <p>Or bring in what an access log already knows:</p>
      <Snippet label="The import command" text={`footfall import --site ${site} access.log`} />
      <p class="empty-wait" role="status">
        <i class="live-dot" aria-hidden="true" /> Waiting for the first visit…
      </p>
    </section>
  );
}
