import { Problem } from '../../common/problem';
import { violatedConstraint } from '../../database/prepared-statement';
import type { Proof } from '../../verification/proof';

/** A proof as the four columns of a spent verification. */
export function rowOf(proof: Proof): unknown[] {
  return [proof.verificationId, proof.purpose, proof.phone.index, proof.phone.ciphertext];
}

/** What a unique constraint refuses, as the HTTP contract says it. */
export async function inContractWords<Result>(statement: Promise<Result>): Promise<Result> {
  try {
    return await statement;
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'spent_verifications_pkey':
        throw new Problem('VERIFICATION_USED');
      case 'users_phone_key':
        throw new Problem('PHONE_TAKEN');
      case 'users_username_key':
      case 'users_username_skeleton_key':
        throw new Problem('USERNAME_TAKEN');
      case 'users_email_key':
        throw new Problem('EMAIL_TAKEN');
      default:
        throw error;
    }
  }
}
