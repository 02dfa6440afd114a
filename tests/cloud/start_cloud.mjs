// The cloud on this machine, until Ctrl-C: SQS and DynamoDB emulated, the API's function behind an HTTP port, and the
// processor moving what waits into the table. Nothing outlives it.
//
//   node tests/cloud/start_cloud.mjs [--listen ADDRESS:PORT] [--site HOST]
//
// FOOTFALL_PROGRAM names the program; without it, that of the last build.

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startEmulators, tableName } from './emulators.mjs';
import { localEnvironment, startLocalApi } from './local_api.mjs';
import { program } from './program_file.mjs';

const { values: options } = parseArgs({ options: { listen: { type: 'string', default: '127.0.0.1:8081' }, site: { type: 'string', default: 'example.com' } } });
const token = randomBytes(24).toString('base64url');
const emulators = await startEmulators();
const api = await startLocalApi(program(), localEnvironment(emulators, { FOOTFALL_SITE: options.site, FOOTFALL_ADMIN_TOKEN: token }), ['--listen', options.listen, '--processor']);
console.log(`listening on ${api.url}`);
console.log(`a view:   curl ${api.url}/api/event -d '{"n":"pageview","u":"https://${options.site}/about","d":"${options.site}"}'`);
console.log(`its count: curl '${api.url}/api/counters/%2Fabout?site=${options.site}'`);
console.log(`its row:  curl -H 'Authorization: Bearer ${token}' '${api.url}/api/visits?site=${options.site}&path=/about'`);
console.log(`AWS:      ${emulators.endpoint}, table ${tableName}, queue ${emulators.queueUrl}`);
await new Promise((done) => process.once('SIGINT', done).once('SIGTERM', done));
await api.stop();
await emulators.close();
