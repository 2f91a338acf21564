/** Name in lower case and text of one leaf element. */
export type XmlLeaf = readonly [name: string, text: string];

// Nothing that is read here is larger; a vendor's answer and its push are each a handful of short elements.
const LARGEST = 64 * 1024;
const CDATA = /<!\[CDATA\[([\s\S]*?)\]\]>/g;
const LEAF = /<([A-Za-z][\w.-]*)(?:\s[^<>]*)?>([^<]*)<\/\1\s*>/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Enough XML for the flat documents that these vendors write: the leaf elements of one complete root element. No
 * declarations of any kind, so that there is nothing to expand and nothing to load.
 * @param root lower-case name of the root element; it is found in any case
 * @returns nothing when the text is another document, is cut, is too large, or holds a declaration or a comment
 */
export function readFlatXml(text: string, root: string): XmlLeaf[] | undefined {
  if (text.length > LARGEST) return undefined;
  const plain = text.replace(CDATA, (_, words: string) => escapeXml(words));
  const document = new RegExp(`^\\s*(?:<\\?xml[^>]*\\?>)?\\s*<(${root})[\\s>][\\s\\S]*</\\1>\\s*$`, 'i');
  if (!document.test(plain) || plain.includes('<!')) return undefined;
  return [...plain.matchAll(LEAF)].map(([, name, raw]) => [name.toLowerCase(), unescapeXml(raw).trim()]);
}

function escapeXml(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function unescapeXml(raw: string): string {
  return raw.replace(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => ENTITIES[name]);
}
