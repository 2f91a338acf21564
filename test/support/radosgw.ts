import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePorts } from './free-ports';
import type { S3Server } from './s3-server';

const run = promisify(execFile);

const PROGRAMS = [
  'setpriv',
  'radosgw',
  'radosgw-admin',
  'ceph',
  'ceph-mon',
  'ceph-osd',
  'ceph-authtool',
  'monmaptool',
];
const START_MS = 90_000;
const END_MS = 10_000;

/** @returns those of Ceph's programs that are not on this machine */
export function missingPrograms(): string[] {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin`.split(delimiter);
  return PROGRAMS.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
}

/**
 * A real S3 server: Ceph's gateway with one monitor and one store in memory, all on loopback, on ports of their own and in
 * a folder of their own, so that several can run at once. Needs no root. About 200 MiB of memory; all is gone at the end.
 */
export class Radosgw implements S3Server {
  readonly accessKeyId = 'AKIATESTRADOSGW';
  readonly secretAccessKey = `test/secret+${randomBytes(12).toString('hex')}`;
  private readonly folder = mkdtempSync(join(tmpdir(), 'gatecode-radosgw-'));
  private readonly daemons: ChildProcess[] = [];
  private output = '';

  private constructor(
    private readonly gatewayPort: number,
    private readonly monitorPort: number,
  ) {}

  /** @throws with the last lines of the daemons when it does not come up */
  static async start(): Promise<Radosgw> {
    const [gatewayPort, monitorPort] = await freePorts(2);
    const server = new Radosgw(gatewayPort, monitorPort);
    try {
      await server.startMonitor();
      await server.startStore();
      await server.startGateway();
      return server;
    } catch (error) {
      await server.stop();
      throw new Error(`radosgw did not start: ${String(error)}\n${server.output.slice(-3_000)}`, {
        cause: error,
      });
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.gatewayPort}`;
  }

  /** The store's content is worth nothing: nobody waits for it to be written. */
  async stop(): Promise<void> {
    for (const daemon of this.daemons.reverse()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill('SIGKILL');
      await Promise.race([once(daemon, 'exit'), sleep(END_MS, undefined, { ref: false })]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startMonitor(): Promise<void> {
    const id = randomUUID();
    for (const name of ['log', 'mon', 'osd', 'rgw']) mkdirSync(this.file(name));
    const monitor = `[v2:127.0.0.1:${this.monitorPort}]`;
    writeFileSync(this.file('ceph.conf'), this.configuration(id, monitor));
    await this.make(
      'monmaptool',
      '--create',
      '--clobber',
      '--addv',
      'a',
      monitor,
      '--fsid',
      id,
      this.file('monmap'),
    );
    await this.makeKeys();
    const map = ['--monmap', this.file('monmap'), '--keyring', this.file('keyring')];
    await this.make('ceph-mon', '--mkfs', '-i', 'a', ...map);
    this.daemon('ceph-mon', '-i', 'a');
  }

  private async makeKeys(): Promise<void> {
    const all = (...daemons: string[]) => daemons.flatMap((daemon) => ['--cap', daemon, 'allow *']);
    const add = (...args: string[]) => this.make('ceph-authtool', this.file('keyring'), '--gen-key', ...args);
    await add('--create-keyring', '-n', 'mon.', ...all('mon'));
    await add('-n', 'client.admin', ...all('mon', 'osd', 'mgr'));
    await add('-n', 'osd.0', '--cap', 'mon', 'allow profile osd', ...all('osd'));
  }

  private async startStore(): Promise<void> {
    // With another id than the registered one it would never be let in.
    const id = randomUUID();
    await this.make('ceph', 'osd', 'new', id);
    await this.make('ceph-osd', '-i', '0', '--mkfs', '--osd-data', this.file('osd'), '--osd-uuid', id);
    this.daemon('ceph-osd', '-i', '0');
    await this.until('the store is up', async () => / 1 up/.test(await this.make('ceph', 'osd', 'stat')));
  }

  private async startGateway(): Promise<void> {
    this.daemon('radosgw', '-n', 'client.admin');
    const { accessKeyId, secretAccessKey } = this;
    const keys = [`--access-key=${accessKeyId}`, `--secret=${secretAccessKey}`];
    await this.until('the gateway answers', () =>
      fetch(this.endpoint).then(
        (answer) => answer.ok,
        () => false,
      ),
    );
    await this.make('radosgw-admin', 'user', 'create', '--uid=dev', '--display-name=dev', ...keys);
  }

  private configuration(id: string, monitor: string): string {
    const file = (name: string) => this.file(name);
    return `[global]
fsid = ${id}
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
mon_host = ${monitor}
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
keyring = ${file('keyring')}
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
osd_crush_chooseleaf_type = 0
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
mon_data_avail_warn = 1
run_dir = ${this.folder}
admin_socket = ${this.folder}/$name.asok
log_file = ${this.folder}/log/$name.log
pid_file = ${this.folder}/$name.pid
mon_cluster_log_file = ${this.folder}/log/cluster.log
[mon.a]
mon_data = ${file('mon')}
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
[osd.0]
osd_data = ${file('osd')}
osd_objectstore = memstore
memstore_device_bytes = 2147483648
[client.admin]
rgw_frontends = beast endpoint=127.0.0.1:${this.gatewayPort} tcp_nodelay=1
rgw_data = ${file('rgw')}
rgw_gc_obj_min_wait = 5
rgw_gc_processor_period = 5
rgw_gc_processor_max_time = 5
`;
  }

  private daemon(program: string, ...args: string[]): void {
    // With the tests that it is for, however they end: killed ones would leave it, and 200 MiB, to the machine.
    const mortal = ['--pdeathsig', 'KILL', program];
    const child = spawn('setpriv', [...mortal, '-c', this.file('ceph.conf'), ...args, '-f'], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += `${program}: ${text}`));
    child.on('error', (error) => (this.output += `${program}: ${error.message}\n`));
    this.daemons.push(child);
  }

  private async make(program: string, ...args: string[]): Promise<string> {
    const options = { env: this.environment, timeout: START_MS };
    const { stdout, stderr } = await run(program, ['-c', this.file('ceph.conf'), ...args], options);
    return stdout + stderr;
  }

  private async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + START_MS;
    while (!(await isSo())) {
      const ended = this.daemons.find(({ exitCode }) => exitCode !== null);
      if (ended) throw new Error(`${ended.spawnargs.join(' ')} ended by itself`);
      if (Date.now() > end) throw new Error(`Waited too long: ${what}`);
      await sleep(100);
    }
  }

  private file(name: string): string {
    return join(this.folder, name);
  }

  private get environment(): NodeJS.ProcessEnv {
    return { ...process.env, PATH: `${process.env.PATH ?? ''}${delimiter}/usr/sbin` };
  }
}
