// HTTP as bytes: sends exactly what a test wrote, and reads what comes back, for requests that no client library sends.

import { connect } from 'node:net';
import { until } from './program.mjs';

export const head = (line, ...fields) => `${[line, ...fields].join('\r\n')}\r\n\r\n`;

// Takes whole responses off the front of `bytes`: [{status, headers, body}], and what is left.
const split = (bytes) => {
  const responses = [];
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return { responses, rest: bytes };
    const [line, ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(line.match(/^HTTP\/1\.1 (\d{3}) /)?.[1] ?? NaN);
    const headers = Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf(':')).toLowerCase(), field.slice(field.indexOf(':') + 1).trim()]));
    const length = status === 100 || status === 204 || status === 304 ? 0 : Number(headers['content-length'] ?? NaN);
    if (Number.isNaN(status) || Number.isNaN(length)) throw new Error(`not a response that can be read here: ${bytes.subarray(0, end)}`);
    if (bytes.length < end + 4 + length) return { responses, rest: bytes };
    responses.push({ status, headers, body: bytes.subarray(end + 4, end + 4 + length).toString('utf8') });
    bytes = bytes.subarray(end + 4 + length);
  }
};

export class Wire {
  bytes = Buffer.alloc(0);
  ended = false;

  static async open(port) {
    const wire = new Wire();
    wire.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    wire.socket.on('data', (part) => (wire.bytes = Buffer.concat([wire.bytes, part])));
    for (const end of ['end', 'close', 'error']) wire.socket.on(end, () => (wire.ended = true));
    await new Promise((resolve, reject) => wire.socket.once('connect', resolve).once('error', reject));
    return wire;
  }

  // Text stands for its Latin-1 bytes.
  send(text) {
    if (!this.socket.destroyed) this.socket.write(Buffer.from(text, 'latin1'));
  }

  get responses() {
    return split(this.bytes).responses;
  }

  // Waits for so many responses, or for the end of the connection.
  async answers(count, ms = 8_000) {
    await until(() => this.responses.length >= count || this.ended, () => `${count} answers; came: ${this.bytes.toString('latin1').slice(0, 500)}`, ms);
    return this.responses;
  }

  close() {
    this.socket.destroy();
  }
}
