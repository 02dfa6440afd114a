// Addresses that came from visitors: a link is made only of what is certainly an http or https page.

export function httpUrl(text: string): string | null {
  // Referrers are often kept without their scheme: 'news.example/item?id=1'.
  const full = /^https?:\/\//i.test(text) ? text : /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?([/?#]|$)/i.test(text) ? `https://${text}` : null;
  if (full === null || /[\s<>"'`\\]/.test(full)) return null;
  try {
    const url = new URL(full);
    return (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password ? url.href : null;
  } catch {
    return null;
  }
}

// The page itself, on the site that was visited.
export function pageUrl(site: string, path: string, here: Location | URL): string | null {
  if (!path.startsWith('/') || !/^[a-z0-9.-]+(:\d+)?$/i.test(site)) return null;
  const origin = site === here.hostname || site === here.host ? here.origin : `https://${site}`;
  try {
    const url = new URL(origin + path);
    return url.origin === new URL(origin).origin && !url.username ? url.href : null;
  } catch {
    return null;
  }
}
