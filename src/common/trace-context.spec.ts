import { formatTraceParent, parseTraceParent } from './trace-context';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('traceparent', () => {
  // The example of https://www.w3.org/TR/trace-context-2/#examples-of-http-traceparent-headers
  it.each([
    ['01', true],
    ['00', false],
    ['03', true], // level 2: sampled, and a random trace id
    ['02', false],
  ])('with flags %s is read', (flags, isSampled) => {
    expect(parseTraceParent(`00-${traceId}-${spanId}-${flags}`)).toEqual({ traceId, spanId, isSampled });
  });

  it('of a newer version is read as far as it is known', () => {
    const known = { traceId, spanId, isSampled: true };
    expect(parseTraceParent(`cc-${traceId}-${spanId}-01`)).toEqual(known);
    expect(parseTraceParent(`cc-${traceId}-${spanId}-01-what-the-future-brings`)).toEqual(known);
  });

  it.each([
    ['nothing', undefined],
    ['two headers', [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-01`]],
    ['an empty text', ''],
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['upper case', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['a short trace id', `00-${traceId.slice(1)}-${spanId}-01`],
    ['more than version 00 has', `00-${traceId}-${spanId}-01-more`],
    ['a fifth field without a dash', `cc-${traceId}-${spanId}-01.more`],
    ['spaces around it', ` 00-${traceId}-${spanId}-01`],
    ['a line more', `00-${traceId}-${spanId}-01\n`],
  ])('that is %s is no trace', (_, header) => {
    expect(parseTraceParent(header)).toBeUndefined();
  });

  it('is written as it is read', () => {
    const parent = { traceId, spanId, isSampled: true };
    expect(formatTraceParent(parent)).toBe(`00-${traceId}-${spanId}-01`);
    expect(parseTraceParent(formatTraceParent({ ...parent, isSampled: false }))?.isSampled).toBe(false);
  });
});
