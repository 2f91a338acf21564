import type { Clock } from '../../../common/clock';
import { isObject, parseObject, type JsonObject } from '../../../common/json-object';
import { StorageError } from '../../storage.error';
import { Deadline } from '../common/deadline';
import { statusError } from './qiniu-error';
import { originOf, type ServiceOrigins } from './service-origins';
import type { HttpAnswer, QiniuHttp } from './qiniu-http';

/** Who knows where a bucket is. */
export const UC_ORIGINS = [
  'https://uc.qiniuapi.com',
  'https://kodo-config.qiniuapi.com',
  'https://uc.qbox.me',
];

const QUERY_MS = 10_000;
const SHORTEST_TTL = 60;
const LONGEST_TTL = 86_400;

export interface RegionQuestion {
  readonly accessKey: string;
  readonly bucket: string;
  readonly ucUrls: readonly string[];
  readonly allowPlainHttp?: boolean;
}

interface RegionAnswer {
  readonly region: string;
  /** Seconds. */
  readonly ttl: number;
  readonly origins: ServiceOrigins;
}

/** Asks Qiniu where a bucket is, and keeps the answer for as long as it says. */
export class RegionQuery {
  private answer?: { readonly value: RegionAnswer; readonly until: number };
  private asking?: Promise<RegionAnswer>;

  constructor(
    private readonly question: RegionQuestion,
    private readonly http: QiniuHttp,
    private readonly clock: Clock,
  ) {}

  get known(): ServiceOrigins | undefined {
    return this.answer?.value.origins;
  }

  async get(): Promise<ServiceOrigins> {
    return (await this.current()).origins;
  }

  /** The id of the region, asked of Qiniu anew. */
  async region(): Promise<string> {
    this.forget();
    return (await this.current()).region;
  }

  forget(): void {
    this.answer = undefined;
  }

  private async current(): Promise<RegionAnswer> {
    const { answer } = this;
    if (answer && this.clock.now() < answer.until) return answer.value;
    // Many uploads that begin together ask once.
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    if (!answer) return this.asking;
    // Buckets do not move: nobody waits for what is most likely the same answer again.
    this.asking.catch(() => (this.answer = { ...answer, until: this.clock.now() + SHORTEST_TTL * 1_000 }));
    return answer.value;
  }

  private async ask(): Promise<RegionAnswer> {
    const deadline = new Deadline(QUERY_MS);
    try {
      const value = await this.askEach(deadline);
      this.answer = { value, until: this.clock.now() + value.ttl * 1_000 };
      return value;
    } finally {
      deadline.end();
    }
  }

  private async askEach(deadline: Deadline): Promise<RegionAnswer> {
    const { accessKey, bucket, ucUrls, allowPlainHttp } = this.question;
    const path = `/v4/query?${new URLSearchParams({ ak: accessKey, bucket }).toString()}`;
    let last = new StorageError('unavailable', 'nobody tells where the bucket is');
    for (const origin of ucUrls.map((url) => originOf(url, allowPlainHttp))) {
      const limit = new Deadline(QUERY_MS / ucUrls.length, deadline.signal);
      try {
        const answer = await this.http.call({ method: 'GET', origin, path, headers: {} }, limit.signal);
        return readAnswer(answer, (host) => originOf(`${new URL(origin).protocol}//${host}`, allowPlainHttp));
      } catch (error) {
        if (error instanceof StorageError && error.fault !== 'unavailable') throw error;
        last = new StorageError('unavailable', 'region query: no answer', { cause: error });
      } finally {
        limit.end();
      }
    }
    throw last;
  }
}

/** @param toOrigin of a host that is named */
function readAnswer(answer: HttpAnswer, toOrigin: (host: string) => string): RegionAnswer {
  if (answer.status !== 200) throw statusError('region query', answer);
  const hosts = parseObject(answer.body.toString('utf8'))?.hosts;
  const first: unknown = Array.isArray(hosts) ? hosts[0] : undefined;
  if (!isObject(first)) throw new StorageError('unavailable', 'region query: unreadable answer');
  const origins = (service: string, ...lists: string[]): string[] => {
    const entry: unknown = first[service];
    const domains = isObject(entry) ? lists.flatMap((list) => textsOf(entry, list)) : [];
    if (domains.length === 0) throw new StorageError('unavailable', `region query: no host of ${service}`);
    return domains.map(toOrigin);
  };
  const ttl = typeof first.ttl === 'number' ? first.ttl : SHORTEST_TTL;
  return {
    region: typeof first.region === 'string' ? first.region : '',
    ttl: Math.min(Math.max(ttl, SHORTEST_TTL), LONGEST_TTL),
    origins: {
      up: origins('up', 'acc_domains', 'domains'),
      rs: origins('rs', 'domains'),
      rsf: origins('rsf', 'domains'),
    },
  };
}

function textsOf(entry: JsonObject, list: string): string[] {
  const texts: unknown = entry[list];
  return Array.isArray(texts) ? texts.filter((text) => typeof text === 'string') : [];
}
