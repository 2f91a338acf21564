// GSM 03.38, the alphabet of phones before Unicode: 7 bits a character, so that 160 fit where UCS-2 has room for 70.
const GSM_7 = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Behind an escape character, so that each takes two places. */
const GSM_7_EXTENSION = new Set('^{}\\[~]|€');

/** Places in one message, and in each part of a longer one, which also holds what joins the parts. */
const UCS_2 = { single: 70, part: 67 };
const GSM = { single: 160, part: 153 };

/**
 * Billed segments of a text, by the rule of the carriers.
 * @param text as it arrives: signature and its brackets included, values filled in
 * @param area mainland carriers count every character alike, in UTF-16 units; elsewhere a text of the GSM alphabet alone
 *             has room for more
 */
export function countSegments(text: string, area: 'mainland' | 'international'): number {
  const septets = area === 'international' ? septetsOf(text) : undefined;
  return septets === undefined ? divide(text.length, UCS_2) : divide(septets, GSM);
}

function divide(units: number, { single, part }: typeof UCS_2): number {
  return units <= single ? 1 : Math.ceil(units / part);
}

/** @returns nothing when a character is not in the alphabet */
function septetsOf(text: string): number | undefined {
  let septets = 0;
  for (const character of text) {
    if (GSM_7.has(character)) septets += 1;
    else if (GSM_7_EXTENSION.has(character)) septets += 2;
    else return undefined;
  }
  return septets;
}
