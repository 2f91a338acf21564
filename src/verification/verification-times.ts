/** A message is worth sending while this much of the code's life is left, seconds. */
export const WORTH_SENDING = 60;
/** What the user asked for a moment ago is worth sending even near the end, seconds. */
export const JUST_ASKED = 15;
