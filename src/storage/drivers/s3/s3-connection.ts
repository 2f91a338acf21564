import type { S3Client } from '@aws-sdk/client-s3';
import { Deadline } from '../common/deadline';
import { type ClientS3, loadClientS3 } from './aws-sdk';
import { isPathStyle } from './s3-address';
import { storageErrorOf } from './s3-error';
import type { S3Limits, S3Options, S3Place } from './s3.options';

type Credentials = Pick<S3Options, 'sessionToken'> &
  Required<Pick<S3Options, 'accessKeyId' | 'secretAccessKey'>>;

/** One call: what is sent, with the client and the SDK's commands at hand. */
type Call<Answer> = (client: S3Client, sdk: ClientS3, signal: AbortSignal) => Promise<Answer>;

/** The SDK's clients, made with the first call: one for calls, one that signs what browsers use. */
export class S3Connection {
  readonly options: S3Place;
  // Neither these nor the clients, which hold them, are printed with whatever holds this.
  readonly #credentials?: Credentials;
  #client?: Promise<S3Client>;
  #signer?: Promise<S3Client>;

  constructor(
    { accessKeyId, secretAccessKey, sessionToken, ...options }: S3Options,
    readonly limits: S3Limits,
  ) {
    this.options = options;
    if (accessKeyId && secretAccessKey) this.#credentials = { accessKeyId, secretAccessKey, sessionToken };
  }

  get bucket(): string {
    return this.options.bucket;
  }

  /**
   * One call without content, under a deadline of its own.
   * @throws {StorageError}
   */
  async call<Answer>(name: string, call: Call<Answer>): Promise<Answer> {
    const deadline = new Deadline(this.limits.callMs);
    try {
      return await this.send(name, call, deadline);
    } finally {
      deadline.end();
    }
  }

  /** @throws {StorageError} */
  async send<Answer>(name: string, call: Call<Answer>, deadline: Deadline): Promise<Answer> {
    if (deadline.fault) throw deadline.fault;
    const [client, sdk] = [await this.open(), await loadClientS3()];
    try {
      // The SDK sleeps between attempts, and finds credentials, without looking at the signal.
      return await deadline.race(call(client, sdk, deadline.signal));
    } catch (error) {
      throw deadline.fault ?? storageErrorOf(name, error);
    }
  }

  open(): Promise<S3Client> {
    return (this.#client ??= this.make(this.options.endpoint));
  }

  /** Sends nothing. */
  openSigner(): Promise<S3Client> {
    const { browserEndpoint } = this.options;
    return browserEndpoint === undefined ? this.open() : (this.#signer ??= this.make(browserEndpoint));
  }

  async close(): Promise<void> {
    const clients = [this.#client, this.#signer];
    this.#client = this.#signer = undefined;
    for (const client of clients) (await client)?.destroy();
  }

  private async make(endpoint: string | undefined): Promise<S3Client> {
    const { S3Client } = await loadClientS3();
    const { region, checksums = 'required' } = this.options;
    const { connectMs, stallMs, attempts } = this.limits;
    const when = checksums === 'supported' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
    const client = new S3Client({
      region,
      endpoint,
      forcePathStyle: isPathStyle(this.options),
      credentials: this.#credentials,
      requestChecksumCalculation: when,
      responseChecksumValidation: when,
      maxAttempts: attempts,
      requestHandler: {
        connectionTimeout: connectMs,
        requestTimeout: stallMs,
        throwOnRequestTimeout: true,
      },
    });
    // The SDK takes errors of sockets for none where Node's classes are not its own (under Jest), and loses their codes.
    client.middlewareStack.add(
      (next) => (args) =>
        next(args).catch((error: unknown) => {
          throw ownError(error);
        }),
      { step: 'deserialize', priority: 'low', name: 'ownErrors' },
    );
    if (!areBodiesSigned(this.options))
      client.middlewareStack.add(
        (next) => (args) => {
          const { headers } = args.request as { headers: Record<string, string> };
          headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
          return next(args);
        },
        { step: 'build', priority: 'low', name: 'unsignedBodies' },
      );
    return client;
  }
}

/** AWS itself is reached over https. */
function areBodiesSigned({ endpoint, signBodies }: S3Place): boolean {
  return signBodies ?? (endpoint !== undefined && new URL(endpoint).protocol === 'http:');
}

function ownError(error: unknown): unknown {
  if (error instanceof Error) return error;
  const { name, message, code } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(message), { name, code });
}
