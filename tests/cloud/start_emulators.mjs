// SQS and DynamoDB on this machine, until SIGTERM: one line with the variables by which a function finds them.
//
//   node tests/cloud/start_emulators.mjs
//
// `footfall local start-cloud` starts it. What is in them is in memory alone.

import { startEmulators, tableName } from './emulators.mjs';

const emulators = await startEmulators();
console.log(JSON.stringify({ ...emulators.environment, FOOTFALL_TABLE: tableName, FOOTFALL_QUEUE_URL: emulators.queueUrl }));
await new Promise((done) => process.once('SIGINT', done).once('SIGTERM', done));
await emulators.close();
