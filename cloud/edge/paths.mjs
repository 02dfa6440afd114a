// Which paths are whose: the stack makes CloudFront's behaviors of them, and the local edge asks them as well.

// What Footfall answers itself. All others are files of the site.
export const apiPaths = ['/api/*', '/counter/*', '/pixel.gif'];

// Files that are no pages, most of what a site is asked for: no edge function runs for them, as each run is paid for.
export const assetPaths = ['*.css', '*.js', '*.mjs', '*.map', '*.svg', '*.png', '*.jpg', '*.jpeg', '*.gif', '*.webp', '*.avif', '*.ico', '*.woff2', '*.mp4'];

// As CloudFront does it: `*` stands for anything, letter case counts, the first that matches decides.
export const matches = (pattern, path) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(path);

export const kindOf = (path) => {
  if (apiPaths.some((pattern) => matches(pattern, path))) return 'api';
  return assetPaths.some((pattern) => matches(pattern, path)) ? 'asset' : 'page';
};
