import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { KeySet, VerificationKey } from '../tokens/key-set.interface';
import { readJwks } from '../tokens/read-jwks';
import { JWKS_AUTH_OPTIONS, type JwksAuthModuleOptions } from './jwks-auth.options';
import { RemoteKeySet } from './remote-key-set';

/** The issuer's keys, wherever they come from. */
@Injectable()
export class JwksKeys implements KeySet, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly given?: ReadonlyMap<string, VerificationKey>;
  private readonly remote?: RemoteKeySet;

  constructor(@Inject(JWKS_AUTH_OPTIONS) { jwks }: JwksAuthModuleOptions) {
    if ('keys' in jwks) this.given = readJwks(jwks);
    else this.remote = new RemoteKeySet(jwks);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.remote?.start();
  }

  onApplicationShutdown(): void {
    this.remote?.stop();
  }

  /** When keys are said to have changed. */
  async refresh(): Promise<void> {
    await this.remote?.refresh();
  }

  find(kid: string): Promise<VerificationKey | undefined> {
    return this.remote ? this.remote.find(kid) : Promise.resolve(this.given?.get(kid));
  }

  has(kid: string): boolean {
    return this.remote?.has(kid) ?? this.given?.has(kid) ?? false;
  }
}
