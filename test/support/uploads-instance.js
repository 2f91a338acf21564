// An instance of the uploads host in a process of its own, so that it can be killed. Says where it listens on standard output.
const { loadTypescript } = require('./load-typescript');

loadTypescript();
require('reflect-metadata');
const { armCrashPoint } = require('../../src/common/crash-points');
const { startUploadsHost } = require('./uploads-host');

const { secretKey, crashAt, ...wishes } = JSON.parse(process.env.HOST);
const cluster = { ...wishes.cluster, secretKey: Buffer.from(secretKey, 'base64') };
startUploadsHost({ ...wishes, cluster }).then(({ url }) => {
  armCrashPoint(crashAt);
  process.stdout.write(`${url}\n`);
});
