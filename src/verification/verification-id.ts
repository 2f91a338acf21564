import { uuidv7 } from 'uuidv7';

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Makes the id of a verification: UUID v7 whose twelve `rand_a` bits say in which Redis Cluster slot the number lies.
 * So everything about one number is in one slot, and a check finds it from the id alone, in one round trip.
 * The 62 bits of `rand_b` stay random.
 * @param segmentIndex keyed digest of the number's segment: without the key, the twelve bits say nothing of it
 */
export function newVerificationId(segmentIndex: Buffer): string {
  const id = uuidv7();
  return `${id.slice(0, 15)}${slotOfSegment(segmentIndex)}${id.slice(18)}`;
}

export function isVerificationId(text: string): boolean {
  return FORM.test(text);
}

/** The hash tag that all keys of this verification, of its number and of its segment share. */
export function slotOf(verificationId: string): string {
  return verificationId.slice(15, 18);
}

/** The same tag, from the segment. */
export function slotOfSegment(segmentIndex: Buffer): string {
  return segmentIndex.toString('hex', 0, 2).slice(0, 3);
}

/** @returns milliseconds since the Unix epoch at which the id was made */
export function madeAt(verificationId: string): number {
  return parseInt(verificationId.slice(0, 8) + verificationId.slice(9, 13), 16);
}
