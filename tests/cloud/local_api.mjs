// `footfall local start-api` in front of emulators: starts it, and says where it listens.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { tableName } from './emulators.mjs';

export const localEnvironment = (emulators, more = {}) => ({
  ...emulators.environment, FOOTFALL_TABLE: tableName, FOOTFALL_QUEUE_URL: emulators.queueUrl, FOOTFALL_SITE: 'example.com', ...more,
});

export const startLocalApi = async (program, environment, args = ['--listen', '127.0.0.1:0', '--processor']) => {
  const child = spawn(program, ['local', 'start-api', ...args], { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.on('exit', (code, signal) => done(code ?? signal)));
  const url = await new Promise((done, fail) => {
    createInterface(child.stdout).on('line', (line) => done(line.match(/^listening on (.*)$/)?.[1]));
    ended.then((code) => fail(new Error(`footfall local start-api ended: ${code}`)));
  });
  return {
    url, ended,
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};
