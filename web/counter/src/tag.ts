// What the script's own tag says.
//
//   <script defer src="https://stats.example.com/js/counter.js" data-site="example.com"></script>

// `currentScript` is null for a module and for some tag managers, hence the second look.
const tag = (document.currentScript ??
  document.querySelector('script[src*="/js/counter.js"]')) as HTMLScriptElement | null;

export const site = tag?.dataset.site || location.hostname;

// Where counters are asked for: beside the folder the script came from, so that one from another origin, or from under
// a prefix, asks where it belongs.
export const api = new URL('../api/counters/', tag?.src || document.baseURI).href;
