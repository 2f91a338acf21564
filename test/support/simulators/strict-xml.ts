export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
}

const TOKEN = /<(\/?)([A-Za-z][\w.-]*)((?: [A-Za-z][\w.-]*="[^"<]*")*)>|([^<]+)|(<)/g;
const ATTRIBUTE = / ([\w.-]+)="([^"]*)"/g;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Reads elements and their attributes. @throws on anything that is not well-formed */
export function parseStrictXml(text: string): XmlElement {
  const body = text.replace(/^<\?xml [^>]*\?>\s*/, '');
  const top = { name: '', text: '', attributes: {}, children: [] as XmlElement[] };
  const open = [top];
  for (const [, slash, name, attributes, words] of body.matchAll(TOKEN)) {
    const current = open[open.length - 1];
    if (words !== undefined) current.text += unescapeStrictly(words);
    else if (name === undefined) throw new Error('stray "<"');
    else if (slash) close(open, name + attributes);
    else {
      const element = { name, text: '', attributes: readAttributes(attributes), children: [] };
      current.children.push(element);
      open.push(element);
    }
  }
  if (open.length !== 1 || top.children.length !== 1 || top.text.trim())
    throw new Error('not one root element');
  return top.children[0];
}

function readAttributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map(([, name, value]) => [name, unescapeStrictly(value)]),
  );
}

function close(open: { name: string }[], name: string): void {
  if (open.length === 1 || open.pop()?.name !== name) throw new Error(`unexpected </${name}>`);
}

function unescapeStrictly(words: string): string {
  return words.replace(/&([^;&]*);?/g, (reference, name: string) => {
    const character = ENTITIES[name];
    if (!character || !reference.endsWith(';')) throw new Error(`unknown reference ${reference}`);
    return character;
  });
}
