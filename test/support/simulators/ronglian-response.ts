import type { VendorAnswer } from './simulator-faults';
import type { VendorCall } from './vendor-simulator';

type Node = { readonly [name: string]: string | Node };

/** Answers in the format that `Accept` asks for. */
export function writeRonglianAnswer(call: VendorCall, node: Node): VendorAnswer {
  if (call.headers.accept !== 'application/xml') {
    return { type: 'application/json;charset=utf-8', body: JSON.stringify(node) };
  }
  const body = `<?xml version="1.0" encoding="UTF-8"?><Response>${writeXml(node)}</Response>`;
  return { type: 'application/xml;charset=utf-8', body };
}

function writeXml(node: Node): string {
  return Object.entries(node)
    .map(([name, value]) => `<${name}>${typeof value === 'string' ? value : writeXml(value)}</${name}>`)
    .join('');
}
