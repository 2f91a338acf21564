import { Inject, Injectable } from '@nestjs/common';
import type { StoredPhone } from '../../common/phone-vault';
import type { Secrets } from '../../common/secrets';
import { loadLua, LuaScript } from '../../redis/lua-script';
import { REDIS, type RedisConnection } from '../../redis/redis.module';
import { pairs, prefixOf, recordKey } from '../../verification/store-keys';
import type { Keeping } from '../../verification/verification-store';
import { AUTH_OPTIONS, type AuthModuleOptions } from '../auth.options';
import { REGISTRATION_MOST_TTL, REGISTRATION_TTL, type StepName, STEPS } from './registration-steps';

/** No code lives longer, in seconds: the whole time begins when it was asked for. */
const LONGEST_CODE_TTL = 600;

/** A registration as it stands. */
export interface Registration {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly done: ReadonlySet<StepName>;
  /** Proven by the phone step. */
  readonly phone?: StoredPhone;
  readonly isTest: boolean;
  /** What the other steps gave. */
  readonly password?: string;
  readonly profile?: string;
}

/**
 * Registrations that are under way, in Redis: a hash beside the verification that each began with, whose id is theirs.
 * Before the code was presented there is nothing but the verification. What is kept is sealed: stores are dumped and
 * copied. Every method is one round trip.
 */
@Injectable()
export class RegistrationStore {
  private readonly stepping: LuaScript;
  private readonly secrets: Secrets;
  private readonly ttlMs: number;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(AUTH_OPTIONS) { secrets, registrationTtl = REGISTRATION_TTL }: AuthModuleOptions,
  ) {
    this.stepping = new LuaScript(redis, 'registration-step', loadLua(__dirname, 'registration-step.lua'), 2);
    this.secrets = secrets;
    this.ttlMs = registrationTtl * 1_000;
  }

  /** Where the proof of the phone step is kept. */
  keeping(registrationId: string): Keeping {
    const mostMs = (REGISTRATION_MOST_TTL - LONGEST_CODE_TTL) * 1_000;
    return { key: this.keyOf(registrationId), ttlMs: this.ttlMs, mostMs };
  }

  /** @returns undefined when there is none that could go on */
  look(registrationId: string): Promise<Registration | undefined> {
    return this.run(registrationId, ['', this.ttlMs]);
  }

  /**
   * Keeps what a step gave, in place of what it gave before, unless one that is needed is not done.
   * @returns the registration as it is then; undefined when there is none that could go on
   */
  keep(
    registrationId: string,
    step: StepName,
    needed: readonly StepName[],
    value: string,
  ): Promise<Registration | undefined> {
    const sealed = this.secrets.seal('registration', value, contextOf(registrationId, step));
    return this.run(registrationId, [needed.join(','), this.ttlMs, step, sealed.toString('base64url')]);
  }

  /** Leaves nothing of it. */
  async forget(registrationId: string): Promise<void> {
    await this.redis.client.del(this.keyOf(registrationId));
  }

  private async run(registrationId: string, args: (string | number)[]): Promise<Registration | undefined> {
    const keys = [this.keyOf(registrationId), recordKey(this.redis, registrationId)];
    const [verdict, expiresAt, ...flat] = (await this.stepping.run(keys, args)) as string[];
    if (verdict === 'OVER') return undefined;
    const { phone, phoneIndex, test, ...fields } = pairs(flat);
    const open = (step: StepName): string | undefined =>
      fields[step] &&
      this.secrets
        .open('registration', Buffer.from(fields[step], 'base64url'), contextOf(registrationId, step))
        .toString('utf8');
    return {
      expiresAt: Number(expiresAt),
      done: new Set(STEPS.filter((name) => name in fields || (name === 'phone' && phone))),
      phone: phone
        ? { index: Buffer.from(phoneIndex, 'base64url'), ciphertext: Buffer.from(phone, 'base64url') }
        : undefined,
      isTest: test === '1',
      password: open('password'),
      profile: open('profile'),
    };
  }

  private keyOf(registrationId: string): string {
    return `${prefixOf(this.redis, { verificationId: registrationId })}registration:${registrationId}`;
  }
}

/** Binds what is sealed to where it is kept. */
const contextOf = (registrationId: string, step: StepName): string => `${registrationId}:${step}`;
