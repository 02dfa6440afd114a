// What every edge function begins with: where keys and settings come from, and the head of a request.
//
// The files of this folder are put together by assemble.mjs, as CloudFront takes one file a function. They keep to what
// runtime 2.0 is documented to understand: no for-of, no destructuring, no spread, no optional chaining.

import cf from 'cloudfront';
import crypto from 'crypto';

// Keys and settings are one value of the key value store, as every read is paid for; tools/edge_value.mjs writes it.
// Null when there is none: a site must be served also before its first key has arrived.
async function readEdge() {
  try {
    return await cf.kvs().get('edge', { format: 'json' });
  } catch (error) {
    console.log('no keys and settings in the key value store: ' + error);
    return null;
  }
}

function header(message, name) {
  return message.headers[name] ? message.headers[name].value : '';
}

// The host that was asked for: lower case, without port and final dot.
function hostOf(request) {
  return header(request, 'host').toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
}

// 128 bits of HMAC-SHA-256 in base64url: 22 characters, the last of which carries two bits.
function sign(key, text) {
  const mac = crypto.createHmac('sha256', Buffer.from(key.secret, 'base64url')).update(text).digest('hex');
  return Buffer.from(mac.slice(0, 32), 'hex').toString('base64url');
}

function newestKey(edge) {
  return edge.keys[edge.keys.length - 1];
}
