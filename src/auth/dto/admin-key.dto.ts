import { IsIn } from 'class-validator';
import { ApiInstant, ApiList, ApiModel, ApiText } from '../../common/api-fields.decorator';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../tokens/key-set.interface';
import type { KeyState } from '../keys/key-plan';

const STATES = ['next', 'signing', 'verifying', 'retired', 'revoked'] as const satisfies readonly KeyState[];

@ApiModel('AuthSigningKey', 'A signing key, without anything of its private half.')
export class SigningKeyDto {
  /**
   * JWK thumbprint (RFC 7638), the `kid` of its tokens.
   * @example "JG7oBP3lysHr7RWzLIMf7_AaVJ0ImQv7H3KnrarGrE0"
   */
  @ApiText(64)
  readonly kid: string;
  /** @example "ES256" */
  @IsIn(SIGNING_ALGORITHMS)
  readonly alg: SigningAlgorithm;
  /**
   * `next` is published and waits until everybody can know it, `signing` signs new tokens, `verifying` has tokens about,
   * `retired` has none, and those of a `revoked` one are refused.
   * @example "next"
   */
  @IsIn(STATES)
  readonly state: KeyState;
  /** @example "2026-11-21T08:00:00.000Z" */
  @ApiInstant()
  readonly createdAt: string;
  /**
   * Tokens are signed with it from then on, until another key takes over.
   * @example "2026-11-21T08:05:10.000Z"
   */
  @ApiInstant()
  readonly signsFrom: string;
  /**
   * Since when it is no longer published.
   * @example null
   */
  @ApiInstant()
  readonly retiredAt: string | null;
}

@ApiModel('AuthSigningKeyList', 'Signing keys, newest first.')
export class SigningKeyListDto {
  @ApiList(200)
  readonly items: SigningKeyDto[];
  /** @example null */
  @ApiText(200)
  readonly nextCursor: string | null;
}
