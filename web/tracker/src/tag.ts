// What the script's own tag says.
//
//   <script defer src="https://stats.example.com/js/footfall.js" data-site="example.com"></script>

// `currentScript` is null for a module and for some tag managers, hence the second look.
const tag = (document.currentScript ?? document.querySelector('script[data-site]')) as HTMLScriptElement | null;
const { site: namedSite, api: namedApi, hash, token } = tag?.dataset ?? {};

export const site = namedSite || location.hostname;

// A page token, where the site's app made one (docs/guards.md).
export const tagToken = token;

// Where messages go: beside the folder the script came from, so that one from another origin, or from under a prefix,
// reports to where it belongs. The tag may name another place, seen from the page.
export const api = new URL(namedApi || '../api/event', (!namedApi && tag?.src) || document.baseURI);

// The fragment is part of the path, for apps that route by it.
export const hashRouting = hash !== undefined;
