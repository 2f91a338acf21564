import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { S3Driver, type S3Options } from './s3.driver';

const SETTINGS = {
  accessKeyId: 'AKIADOCEXAMPLE',
  secretAccessKey: 'doc/secret+key/0001',
  bucket: 'avatars',
  region: 'us-east-1',
};

// Constructs a store, asks it what needs no SDK, and looks what was loaded.
const LAZY = `
  require('./test/support/load-typescript').loadTypescript();
  const { S3Driver } = require('./src/storage/drivers/s3/s3.driver');
  const store = new S3Driver({ bucket: 'avatars', region: 'us-east-1' });
  store.publicUrl('a/b'); store.origins();
  console.log(Object.keys(require.cache).filter((file) => file.includes('@aws-sdk')).length);`;

describe('the connection to S3', () => {
  let server: Server;
  let heard: IncomingHttpHeaders;

  beforeAll(async () => {
    server = createServer((request, response) => {
      heard = request.headers;
      request.resume().on('end', () => response.setHeader('etag', '"e"').end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  async function headersOfPut(options: Partial<S3Options> = {}): Promise<IncomingHttpHeaders> {
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const store = new S3Driver({ ...SETTINGS, endpoint, ...options });
    await store.put('a/b', Buffer.from('hello'), { contentType: 'text/plain' });
    await store.close();
    return heard;
  }

  it('loads the SDK with the first call, and not before', () => {
    const root = join(__dirname, '..', '..', '..', '..');
    expect(execFileSync(process.execPath, ['-e', LAZY], { cwd: root }).toString().trim()).toBe('0');
  });

  it('signs bodies over plain http', async () => {
    expect(await headersOfPut()).toMatchObject({
      'x-amz-content-sha256': '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    });
  });

  it('leaves bodies unsigned where the line sees to them', async () => {
    expect(await headersOfPut({ signBodies: false })).toMatchObject({
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    });
  });

  it('sends checksums of the newer kind only where asked to', async () => {
    expect(Object.keys(await headersOfPut()).filter((name) => name.includes('checksum'))).toEqual([]);
    expect(await headersOfPut({ checksums: 'supported' })).toMatchObject({
      'x-amz-checksum-crc32': 'NhCmhg==',
    });
  });
});
