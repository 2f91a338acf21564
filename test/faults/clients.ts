import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Answer } from './http-client';
import type { Instance } from './instance';
import type { RequestEntry, RequestKind } from './ledger';

/** Whom a request concerns, and what it says. */
export interface Asked {
  readonly kind: RequestKind;
  readonly phone: string;
  readonly address: string;
  readonly verificationId?: string;
  readonly body?: object;
  /** Of checks and log-ins. */
  readonly right?: boolean;
  /** Sends it there and nowhere else. */
  readonly to?: Instance;
}

const NOBODY_THERE_MS = 100;

/** Sends requests as a load balancer does, and writes every answer down. */
export class Clients {
  readonly requests: RequestEntry[] = [];
  isStopping = false;

  constructor(private readonly instances: readonly Instance[]) {}

  /** @returns the answer; undefined when nobody is there before the run ends */
  async send(asked: Asked): Promise<Answer | undefined> {
    while (!this.isStopping || asked.to) {
      const instance = asked.to ?? this.anyInstance();
      const answer =
        instance && (await ask(urlOf(instance, asked), methodOf(asked), asked.address, asked.body));
      if (answer) return this.record(asked, instance, answer);
      if (asked.to) return undefined;
      await sleep(NOBODY_THERE_MS);
    }
    return undefined;
  }

  private anyInstance(): Instance | undefined {
    const up = this.instances.filter(({ isUp }) => isUp);
    return up[randomInt(Math.max(1, up.length))];
  }

  private record(asked: Asked, instance: Instance, answer: Answer): Answer {
    const { kind, phone, address, right } = asked;
    const { at, ms, status, isProblem, retryAfter, body } = answer;
    this.requests.push({
      at,
      ms: Math.round(ms),
      instance: instance.number,
      kind,
      phone,
      address,
      verificationId: asked.verificationId ?? (body.verificationId as string | undefined),
      status,
      isProblem,
      code: body.code as string | undefined,
      retryAfter,
      right,
    });
    return answer;
  }
}

const PATHS: Readonly<Record<RequestKind, (verificationId: string) => string>> = {
  start: () => '/v1/verifications',
  resend: (id) => `/v1/verifications/${id}/resend`,
  check: (id) => `/v1/verifications/${id}/check`,
  login: () => '/v1/sessions',
  read: (id) => `/v1/verifications/${id}`,
};

function urlOf({ url }: Instance, { kind, verificationId = '' }: Asked): string {
  return `${url}${PATHS[kind](verificationId)}`;
}

const methodOf = ({ kind }: Asked) => (kind === 'read' ? 'GET' : 'POST');

/** A number that nobody else in the run has; never dialled. */
export function newPhone(): string {
  return `+86139${digits(8)}`;
}

/** Two numbers of this segment differ in the last four digits. */
export function phoneOfSegment(segment: string): string {
  return `+86${segment}${digits(4)}`;
}

/** An address whose network has room for all of a run. */
export function newAddress(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${1 + randomInt(254)}`;
}

const digits = (count: number) => String(randomInt(10 ** count)).padStart(count, '0');
