// One request over HTTP or HTTPS, with everything that fetch decides by itself: the Host header, redirects, certificates.

import http from 'node:http';
import https from 'node:https';

// Answers {status, headers, body (a Buffer), text, socket}.
//   ca      the certificate to trust
//   agent   keeps connections; without one, each request has its own
export const request = (url, { method = 'GET', headers = {}, body, ca, agent = false, ...more } = {}) => new Promise((resolve, reject) => {
  const { request: begin } = url.startsWith('https:') ? https : http;
  const sent = begin(url, { method, headers, ca, agent, timeout: 20_000, ...more }, (response) => {
    const pieces = [];
    const { socket } = response; // gone when the connection has ended
    const about = socket.encrypted ? { protocol: socket.getProtocol(), reused: socket.isSessionReused(), alpn: socket.alpnProtocol } : {};
    response.on('data', (piece) => pieces.push(piece)).on('error', reject).on('end', () => {
      const all = Buffer.concat(pieces);
      resolve({ status: response.statusCode, headers: response.headers, body: all, text: all.toString(), tls: about });
    });
  });
  sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`no answer from ${url} in time`)));
  sent.end(body);
});
