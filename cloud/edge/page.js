// What is a page, and whose: the rule of src/domain/page.h and of the edge (docs/edge.md).
// tests/vectors/recorded.json binds both.

// True if the last segment of the path is empty, has no dot, or ends in .html, .htm or .json.
function isPagePath(path) {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return last.indexOf('.') < 0 || /\.(html?|json)$/i.test(last);
}

function isPageType(contentType) {
  return /^\s*(text\/html|application\/json|[^;]*\+json)\s*(;|$)/i.test(contentType);
}

// A 304 often tells no type: then its path decides alone.
function isRecorded(method, path, status, contentType) {
  if (method !== 'GET' || !((status >= 200 && status <= 299) || status === 304) || !isPagePath(path)) return false;
  return isPageType(contentType) || (status === 304 && contentType === '');
}

// Fetched or rendered ahead of time: nobody has seen it yet.
function isAhead(request) {
  return /^\s*prefetch\s*(;|$)/i.test(header(request, 'sec-purpose'));
}

function asksNotToBeCounted(request, edge) {
  return (edge.honour_dnt === true && header(request, 'dnt').trim() === '1') ||
    (edge.honour_gpc === true && header(request, 'sec-gpc').trim() === '1');
}

// Whether a request may begin or refresh a session, as far as it tells without the settings.
function mayBeVisit(request) {
  return request.method === 'GET' && isPagePath(request.uri) && !isAhead(request);
}

// A frame, or what a page's script fetches, goes along with its page and begins no session of its own.
function isDocument(request) {
  const dest = header(request, 'sec-fetch-dest');
  return dest === '' || dest === 'document';
}
