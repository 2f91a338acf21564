import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { HostWishes, UploadsCluster } from './uploads-host';

/** Another instance of a host, in a process that dies where it is told to. */
export class UploadsProcess {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(
    cluster: UploadsCluster,
    crashAt: string | undefined,
    uploads: HostWishes['uploads'] = {},
  ): Promise<UploadsProcess> {
    const { database, folder, redisPrefix, secretKey } = cluster;
    const HOST = JSON.stringify({
      cluster: { database: { url: database.url }, folder, redisPrefix },
      secretKey: secretKey.toString('base64'),
      crashAt,
      uploads,
    });
    const { PATH = '', HOME = '', REDIS_URL = '' } = process.env;
    const child = spawn(process.execPath, [join(__dirname, 'uploads-instance.js')], {
      env: { PATH, HOME, REDIS_URL, HOST },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const listening = new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          const [url] = /http:\/\/127\.0\.0\.1:\d+(?=\n)/.exec(output) ?? [];
          if (url) resolve(url);
        });
      child.once('exit', () => reject(new Error(`It did not start:\n${output}`)));
    });
    return new UploadsProcess(await listening, child);
  }

  /** @returns the signal that ended it */
  async died(): Promise<NodeJS.Signals | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.signalCode;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.died();
  }
}
