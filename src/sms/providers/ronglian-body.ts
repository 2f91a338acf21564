export type RonglianBodyFormat = 'json' | 'xml';

/** Fields of a call; a list becomes `<datas><data>…</data></datas>` in XML. */
export type RonglianFields = Readonly<Record<string, string | readonly string[]>>;

const XML_ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** What is a field of its own in JSON, and in XML an attribute of the field named first. */
const ATTRIBUTES: Readonly<Record<string, readonly [element: string, attribute: string]>> = {
  mediaNameType: ['mediaName', 'type'],
};

/** Writes the body of a call. The vendor's old SDKs glue strings together, and a quote in a value breaks theirs. */
export function writeRonglianBody(format: RonglianBodyFormat, root: string, fields: RonglianFields): string {
  if (format === 'json') return JSON.stringify(fields);
  const elements = Object.entries(fields)
    .filter(([name]) => !ATTRIBUTES[name])
    .map(([name, value]) => element(name, value, attributesOf(name, fields)));
  return `<?xml version='1.0' encoding='utf-8'?><${root}>${elements.join('')}</${root}>`;
}

function attributesOf(element: string, fields: RonglianFields): string {
  return Object.entries(ATTRIBUTES)
    .filter(([field, [of]]) => of === element && typeof fields[field] === 'string')
    .map(([field, [, name]]) => ` ${name}="${escapeXml(fields[field] as string)}"`)
    .join('');
}

function element(name: string, value: string | readonly string[], attributes = ''): string {
  const content =
    typeof value === 'string' ? escapeXml(value) : value.map((item) => element('data', item)).join('');
  return `<${name}${attributes}>${content}</${name}>`;
}

function escapeXml(value: string): string {
  // XML 1.0 has no way to write most control characters, not even as references.
  return value
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '') // eslint-disable-line no-control-regex
    .replace(/[&<>"']/g, (character) => XML_ESCAPES[character]);
}
