// The session cookie `1.K.SID.STARTED.SEEN.MAC`: written, read and judged as src/domain/session_cookie.h does it.
// tests/vectors/session_cookie.json binds both.

// One value has one spelling: no leading zeros, no upper case in numbers, no spare bits.
const cookieLayout =
  /^1\.([0-9a-z]{1,8})\.([\w-]{21}[AQgw])\.(0|[1-9a-z][0-9a-z]{0,7})\.(0|[1-9a-z][0-9a-z]{0,7})\.([\w-]{21}[AQgw])$/;

// For clocks that differ.
const aheadSeconds = 300;
// A key that was replaced is believed for as long as a session can last, and for clocks that differ.
const overlapMilliseconds = 125 * 60 * 1000;

function cookieName(edge) {
  return edge.secure === false ? 'footfall' : '__Host-footfall';
}

function verifyingKey(edge, id, now) {
  for (let i = edge.keys.length - 1; i >= 0; i--) {
    const key = edge.keys[i];
    if (key.id === id) return !key.retired || now * 1000 - Date.parse(key.retired) <= overlapMilliseconds ? key : null;
  }
  return null;
}

// Takes the same time wherever the two differ.
function equalTexts(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function signedText(key, host, id, started, seen) {
  return ['1', key.id, host, id, started, seen].join('.');
}

// The session that a cookie's value proves at a host and a moment, or null: for a broken, forged or ended one alike.
function sessionIn(value, host, edge, now) {
  const parts = cookieLayout.exec(value);
  if (!parts) return null;
  const started = parseInt(parts[3], 36);
  const seen = parseInt(parts[4], 36);
  if (seen < started || seen > now + aheadSeconds) return null;
  if (now - started > edge.session_max_seconds || now - seen > edge.session_idle_seconds) return null;
  const key = verifyingKey(edge, parts[1], now);
  if (!key || !equalTexts(sign(key, signedText(key, host, parts[2], parts[3], parts[4])), parts[5])) return null;
  return { id: parts[2], started: started, seen: seen };
}

// The first good one, as a stranger may have put others there.
function readSession(request, edge, now) {
  const cookie = request.cookies[cookieName(edge)];
  if (!cookie) return null;
  const values = cookie.multiValue || [cookie];
  for (let i = 0; i < values.length; i++) {
    const session = sessionIn(values[i].value, hostOf(request), edge, now);
    if (session) return session;
  }
  return null;
}

// The runtime has no source of random bytes. A keyed hash of what names this request is as good: without the key nobody
// can guess it.
function freshSession(event, edge, now) {
  const named = ['sid', event.context.requestId, event.viewer.ip, Date.now(), Math.random()].join('.');
  return { id: sign(newestKey(edge), named), started: now, seen: now };
}

// Sets, or refreshes, the session's cookie as of `session.seen`.
function setCookie(response, request, edge, session) {
  const key = newestKey(edge);
  const started = session.started.toString(36);
  const seen = session.seen.toString(36);
  const mac = sign(key, signedText(key, hostOf(request), session.id, started, seen));
  if (!response.cookies) response.cookies = {};
  response.cookies[cookieName(edge)] = {
    value: ['1', key.id, session.id, started, seen, mac].join('.'),
    attributes: 'Path=/; Max-Age=' + edge.session_max_seconds + (edge.secure === false ? '' : '; Secure') +
      '; HttpOnly; SameSite=Lax',
  };
}
