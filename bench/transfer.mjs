// A large file on three ways to the same store: straight, by curl; by S3Driver, from a file; by curl through the service, as
// a form. How long each takes, in turns.
import { execFile, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { randomBytes } from 'node:crypto';
import { Customers } from './customers.mjs';
import { newAddress, newPhones } from './newcomers.mjs';
import { TRANSFER_AIM } from './options.mjs';
import { verdict } from './table.mjs';
import { openService } from './targets.mjs';
import { median, takeTurns } from './turns.mjs';

const require = createRequire(import.meta.url);
const run = promisify(execFile);

const BYTES = 100_000_000;
const TURNS = 7;
const BUCKET = 'bench';
const REGION = 'us-east-1';
const TYPE = { contentType: 'image/png' };
const SIDES = ['straight', 'driver', 'form'];

/** @returns seconds of each transfer, by side */
export async function measureTransfer(part) {
  const server = await startStore(part);
  const file = await writeFile(part.folder);
  const { target, secretKey } = await openService('transfer', storeEnv(server), part);
  const customers = new Customers(target.url, secretKey);
  await customers.register(newPhones(1));
  const [{ accessToken }] = await customers.sessions(1);
  const bucket = await openBucket(server, part);
  const send = {
    straight: async (turn) => curl(200, ['-T', file, await bucket.putUrl(`straight/${turn}`)]),
    driver: (turn) => timed(() => bucket.driver.put(`driver/${turn}`, { path: file }, TYPE)),
    form: () =>
      curl(422, [
        ...['-H', `Authorization: Bearer ${accessToken}`, '-H', `X-Forwarded-For: ${newAddress()}`],
        ...['-F', `file=@${file};type=image/png`, `${target.url}/v1/uploads/form`],
      ]),
  };
  const work = async (side, turn) => {
    const seconds = await send[side](turn);
    part.say(`transfer, ${side}: ${(BYTES / 1e6 / seconds).toFixed(0)} MB/s`);
    await bucket.empty();
    return seconds;
  };
  await takeTurns(1, SIDES, work);
  return takeTurns(TURNS, SIDES, work);
}

export function reportOnTransfer(seconds) {
  const ratioOf = (side) => median(seconds.straight.map((straight, turn) => straight / seconds[side][turn]));
  const rates = Object.fromEntries(SIDES.map((side) => [side, BYTES / 1e6 / median(seconds[side])]));
  const ratios = { driver: ratioOf('driver'), form: ratioOf('form') };
  return { bytes: BYTES, seconds, rates, ratios, aim: TRANSFER_AIM, met: ratios.form >= TRANSFER_AIM };
}

export function transferLines({ bytes, rates, ratios, aim, met }) {
  const rate = (side) => `${rates[side].toFixed(0)} MB/s`;
  return [
    `transfer, ${bytes / 1e6} MB: ${rate('straight')} straight to radosgw, ${rate('driver')} by the driver, ` +
      `${rate('form')} through the service as a form`,
    `transfer: of the speed straight to it ${ratios.driver.toFixed(2)} by the driver, ${ratios.form.toFixed(2)} as a form ` +
      `(aim >= ${aim}: ${verdict(met)})`,
  ];
}

async function startStore({ undoing, say }) {
  if (spawnSync('curl', ['--version']).status !== 0) throw new Error('transfer needs curl on the PATH');
  require('../test/support/load-typescript').loadTypescript();
  const { missingS3Server, startS3Server } = require('../test/support/s3-server.ts');
  const missing = missingS3Server();
  if (missing) throw new Error(`transfer: ${missing}`);
  say('Starting radosgw');
  const server = await startS3Server();
  undoing.push(() => server.stop());
  return server;
}

function storeEnv({ endpoint, accessKeyId, secretAccessKey }) {
  return {
    STORAGE_PROVIDER: 's3',
    S3_ENDPOINT: endpoint,
    S3_REGION: REGION,
    S3_BUCKET: BUCKET,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    AVATAR_MAX_BYTES: String(BYTES),
  };
}

async function openBucket(server, { undoing }) {
  const { S3Client, ...sdk } = require('@aws-sdk/client-s3');
  const { getSignedUrl } = require('@aws-sdk/s3-request-presigner');
  const { endpoint, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  undoing.push(() => client.destroy());
  const Bucket = BUCKET;
  await client.send(new sdk.CreateBucketCommand({ Bucket }));
  const { S3Driver } = require('../dist/src/storage/drivers/s3/s3.driver.js');
  const driver = new S3Driver({ endpoint, region: REGION, bucket: BUCKET, accessKeyId, secretAccessKey });
  undoing.push(() => driver.close());
  return {
    driver,
    putUrl: (Key) => getSignedUrl(client, new sdk.PutObjectCommand({ Bucket, Key })),
    /** The store keeps what it has in memory. */
    async empty() {
      const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ Bucket }));
      for (const { Key } of Contents) await client.send(new sdk.DeleteObjectCommand({ Bucket, Key }));
    },
  };
}

/** No picture, as its first bytes tell: nothing but the transfer is measured. */
async function writeFile(folder) {
  const path = join(folder, 'large');
  const file = createWriteStream(path);
  for (let left = BYTES; left > 0; left -= 1e6) {
    if (!file.write(randomBytes(Math.min(left, 1e6)))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return path;
}

/** @returns seconds */
async function timed(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** @returns seconds */
async function curl(status, args) {
  const format = '\n%{http_code} %{time_total}';
  const { stdout } = await run('curl', ['-sS', '--noproxy', '*', '-H', 'Expect:', '-w', format, ...args]);
  const [code, seconds] = stdout.split('\n').at(-1).split(' ').map(Number);
  if (code !== status) throw new Error(`transfer: ${code} instead of ${status}: ${stdout.slice(0, 500)}`);
  return seconds;
}
