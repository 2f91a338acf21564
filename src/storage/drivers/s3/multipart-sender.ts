import type { S3Client } from '@aws-sdk/client-s3';
import { Deadline } from '../qiniu/deadline';
import type { ClientS3 } from './aws-sdk';
import type { S3Connection } from './s3-connection';

type Command = Parameters<S3Client['send']>[0];

/**
 * What lib-storage takes for its client. Its own way of giving up leaves parts under way behind, and it knows no
 * deadline; so its commands go through here:
 * - the deadline and the first failure end all parts under way, and the source;
 * - the upload is begun and aborted whatever the caller does meanwhile, so that its id is known and nothing is left;
 * - it is aborted when no part is under way any more: one that comes later would be kept.
 * `end()` has to follow.
 */
export class MultipartSender {
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly failure = new AbortController();
  private readonly work: Deadline;

  /**
   * @param deadline of the whole
   * @param closeSource what is not sent any more need not be read
   * @param beforeEnd asked before the parts become an object
   */
  constructor(
    private readonly connection: S3Connection,
    private readonly sdk: ClientS3,
    readonly config: S3Client['config'],
    private readonly deadline: Deadline,
    private readonly closeSource: () => void,
    private readonly beforeEnd: () => Promise<void>,
  ) {
    this.work = new Deadline(connection.limits.transferMs, this.failure.signal);
    if (deadline.fault) this.onDeadline();
    else deadline.signal.addEventListener('abort', this.onDeadline);
  }

  /** As a client's. */
  readonly send = async (command: Command): Promise<unknown> => {
    const { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand } =
      this.sdk;
    if (command instanceof CreateMultipartUploadCommand) return this.call('begin upload', command);
    if (command instanceof AbortMultipartUploadCommand) return this.abort(command);
    if (command instanceof CompleteMultipartUploadCommand) await this.beforeEnd();
    return this.transfer(command);
  };

  end(): void {
    this.deadline.signal.removeEventListener('abort', this.onDeadline);
    this.work.end();
  }

  private async transfer(command: Command): Promise<unknown> {
    const sent = this.connection.send(
      'upload',
      (client, _, abortSignal) => client.send(command, { abortSignal }) as Promise<unknown>,
      this.work,
    );
    this.underWay.add(sent);
    try {
      return await sent;
    } catch (error) {
      this.giveUp(error);
      throw error;
    } finally {
      this.underWay.delete(sent);
    }
  }

  /** What can't be aborted now is left to the bucket's rule for unfinished uploads: the first failure is the one to tell. */
  private async abort(command: Command): Promise<void> {
    this.giveUp(undefined);
    await Promise.allSettled(this.underWay);
    await this.call('abort upload', command).catch(() => undefined);
  }

  private call(name: string, command: Command): Promise<unknown> {
    return this.connection.call(
      name,
      (client, _, abortSignal) => client.send(command, { abortSignal }) as Promise<unknown>,
    );
  }

  private readonly onDeadline = (): void => this.giveUp(this.deadline.fault);

  private giveUp(reason: unknown): void {
    this.failure.abort(reason);
    this.closeSource();
  }
}
