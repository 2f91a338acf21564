import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { eventually } from './support/eventually';
import { qiniuDriver } from './support/qiniu-driver';
import { BINARY, fault, KEY, MIB, PNG, qiniuStory } from './support/qiniu-story';

const story = qiniuStory();

describe('a fault of the store', () => {
  const put = () => story.store.put(KEY, PNG, BINARY);
  const large = randomBytes(5 * MIB);
  const putLarge = () => story.store.put(KEY, Readable.from([large]), BINARY);

  it.each([
    [400, 'misconfigured'],
    [401, 'denied'],
    [403, 'denied'],
    [413, 'too-large'],
    [419, 'denied'],
    [612, 'unavailable'],
    [614, 'exists'],
    [630, 'full'],
    [631, 'misconfigured'],
  ] as const)('is told once and not repeated: %i is "%s"', async (status, expected) => {
    story.simulator.fault({ kind: 'status', status, times: 9 });
    const reads = [612, 614].includes(status) ? 1 : 0;
    story.simulator.fault({ kind: 'status', status: 612, on: 'stat', times: 9 });
    expect(await fault(put())).toBe(expected);
    expect(story.simulator.log).toHaveLength(1 + reads);
  });

  it.each([502, 503, 504, 573, 599, 406])('passes: a put goes on after %i', async (status) => {
    story.simulator.fault({ kind: 'status', status, on: 'form' });
    await put();
    for (const on of ['init', 'part', 'complete'] as const)
      story.simulator.fault({ kind: 'status', status, on });
    await putLarge();
    expect(story.content()?.equals(large)).toBe(true);
    expect(story.simulator.calls('form')).toHaveLength(2);
    expect(story.simulator.calls('part')).toHaveLength(3);
  });

  it.each([
    [573, 'throttled'],
    [599, 'unavailable'],
  ] as const)('that does not pass is told in the end: %i is "%s"', async (status, expected) => {
    story.simulator.fault({ kind: 'status', status, times: 9 });
    expect(await fault(story.store.stat(KEY))).toBe(expected);
    expect(story.simulator.log).toHaveLength(3);
  });

  it.each(['before', 'amid', 'after'] as const)(
    'does no harm: a connection cut %s the content',
    async (when) => {
      story.simulator.fault({ kind: 'cut', when, on: 'form' });
      await story.store.put(KEY, PNG, { ...BINARY, createOnly: true });
      for (const on of ['init', 'part', 'complete'] as const)
        story.simulator.fault({ kind: 'cut', when, on });
      await story.store.put('b/large.bin', large, { ...BINARY, createOnly: true });
      expect(story.simulator.keys()).toEqual([KEY, 'b/large.bin']);
      expect(story.content('b/large.bin')?.equals(large)).toBe(true);
      // An upload whose answer was lost before it was begun twice is left to expire.
      story.simulator.parts.clear();
    },
  );

  it('that stored and then said the file exists is a success, if it is the same file', async () => {
    story.simulator.fault({ kind: 'status', status: 614, on: 'form', done: true });
    expect(await story.store.put(KEY, PNG, { ...BINARY, createOnly: true })).toMatchObject({
      size: PNG.length,
    });
    const other = Buffer.concat([PNG, PNG]);
    expect(await fault(story.store.put(KEY, other, { ...BINARY, createOnly: true }))).toBe('exists');
    expect(story.content()?.equals(PNG)).toBe(true);
  });

  it('that stored and could not say so to others is looked at, and not uploaded again', async () => {
    story.simulator.fault({ kind: 'status', status: 579, done: true });
    expect(await put()).toMatchObject({ key: KEY, size: PNG.length });
    expect(story.simulator.log.map(({ operation }) => operation)).toEqual(['form', 'stat']);
    story.simulator.reset();
    story.simulator.fault({ kind: 'status', status: 579 });
    expect(await fault(put())).toBe('unavailable');
  });

  it('that forgot an upload is told as one that may pass: the object was never there', async () => {
    story.simulator.fault({ kind: 'status', status: 612, on: 'part' });
    expect(await fault(putLarge())).toBe('unavailable');
    expect(story.simulator.keys()).toEqual([]);
  });

  it('that damages content on the way is noticed, and mended by another attempt', async () => {
    story.simulator.fault({ kind: 'corrupt', on: 'part' });
    await putLarge();
    expect(story.content()?.equals(large)).toBe(true);
    story.simulator.fault({ kind: 'corrupt', on: 'part', times: 2 });
    expect(await fault(putLarge())).toBe('wrong-checksum');
  });

  it('that has other bytes in the end is told, and nothing is left', async () => {
    story.simulator.fault({ kind: 'corrupt', stored: true });
    expect(await fault(put())).toBe('wrong-checksum');
    expect(story.simulator.keys()).toEqual([]);
    story.simulator.fault({ kind: 'corrupt', stored: true, on: 'complete' });
    expect(await fault(putLarge())).toBe('wrong-checksum');
    expect(story.simulator.keys()).toEqual([]);
  });

  it('that answers with a web page is told', async () => {
    for (const on of ['form', 'stat', 'list', 'init'] as const) story.simulator.fault({ kind: 'page', on });
    expect(await fault(put())).toBe('unavailable');
    expect(await fault(story.store.stat(KEY))).toBe('unavailable');
    expect(await fault(story.store.list())).toBe('unavailable');
    expect(await fault(putLarge())).toBe('unavailable');
  });

  it('has a copy made once, even if the answer is lost', async () => {
    await put();
    story.simulator.fault({ kind: 'cut', when: 'after', on: 'copy' });
    await story.store.copy(KEY, 'b/copy.png');
    expect(await fault(story.store.copy(KEY, 'b/copy.png'))).toBe('exists');
    story.simulator.fault({ kind: 'cut', when: 'after', on: 'delete' });
    await story.store.delete('b/copy.png');
    expect(story.simulator.keys()).toEqual([KEY]);
  });

  it('in the middle of a download ends the stream with a fault, and not early', async () => {
    await put();
    story.simulator.fault({ kind: 'half', on: 'download' });
    const { stream } = await story.store.getStream(KEY);
    expect(await fault(buffer(stream))).toBe('unavailable');
    for (const broken of [{ kind: 'cut', when: 'before' } as const, { kind: 'status', status: 503 } as const])
      story.simulator.fault({ ...broken, on: 'download' });
    expect((await buffer((await story.store.getStream(KEY)).stream)).equals(PNG)).toBe(true);
    story.simulator.fault({ kind: 'status', status: 401, on: 'download' });
    expect(await fault(story.store.getStream(KEY))).toBe('denied');
  });
});

describe('a download', () => {
  it('that does not keep to the range is none', async () => {
    await story.store.put(KEY, PNG, BINARY);
    story.simulator.fault({ kind: 'no-range', on: 'download' });
    expect(await fault(story.store.getStream(KEY, { range: { start: 0, end: 3 } }))).toBe('unavailable');
  });

  it('that is given up ends there, and says so', async () => {
    await story.store.put(KEY, randomBytes(9 * MIB), BINARY);
    const abort = new AbortController();
    const { stream } = await story.store.getStream(KEY, { signal: abort.signal });
    let read = 0;
    const reading = (async () => {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        read += chunk.length;
        abort.abort();
      }
    })();
    expect(await fault(reading)).toBe('aborted');
    expect(read).toBeLessThan(9 * MIB);
  });

  it('keeps no connection for readers that leave', async () => {
    await story.store.put(KEY, randomBytes(9 * MIB), BINARY);
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    await eventually('quiet line', () => sockets() === 0);
    const streams = await Promise.all(
      Array.from({ length: 8 }, async () => (await story.store.getStream(KEY)).stream),
    );
    expect(sockets()).toBe(2 * streams.length);
    await Promise.all(streams.slice(4).map((stream) => once(stream, 'readable')));
    for (const stream of streams) stream.destroy();
    await eventually('end of every connection', () => sockets() === 0);
  });

  it('that nobody reads does not hold up the end of the driver', async () => {
    await story.store.put(KEY, randomBytes(9 * MIB), BINARY);
    const own = qiniuDriver(story.simulator);
    const { stream } = await own.getStream(KEY);
    await own.close();
    expect(await fault(buffer(stream))).toBe('unavailable');
  });

  it('that nobody reads ends with its time', async () => {
    await story.store.put(KEY, randomBytes(9 * MIB), BINARY);
    const hasty = qiniuDriver(story.simulator, { limits: { transferMs: 500 } });
    const { stream } = await hasty.getStream(KEY);
    const [error] = (await once(stream, 'error')) as [Error];
    expect(await fault(Promise.reject(error))).toBe('unavailable');
    await hasty.close();
  });
});

describe('a slow store', () => {
  it('is waited for, but not for ever', async () => {
    const hasty = qiniuDriver(story.simulator, { limits: { callMs: 200, transferMs: 300, stallMs: 30_000 } });
    story.simulator.fault({ kind: 'slow', ms: 50 });
    expect(await hasty.stat(KEY)).toBeUndefined();
    story.simulator.fault({ kind: 'hang', times: 9 });
    const start = Date.now();
    expect(await fault(hasty.stat(KEY))).toBe('unavailable');
    expect(await fault(hasty.put(KEY, PNG, BINARY))).toBe('unavailable');
    expect(await fault(hasty.getStream(KEY))).toBe('unavailable');
    expect(Date.now() - start).toBeLessThan(10_000);
    await hasty.close();
  });

  it('that hangs once is asked again', async () => {
    const patient = qiniuDriver(story.simulator, { limits: { stallMs: 100 } });
    story.simulator.fault({ kind: 'hang', on: 'form' });
    await patient.put(KEY, PNG, BINARY);
    expect(story.simulator.calls('form')).toHaveLength(2);
    await patient.close();
  });

  it.each([
    ['form', 'hang', 1_000],
    ['init', 'slow', 5 * MIB],
    ['part', 'hang', 5 * MIB],
    ['complete', 'hang', 5 * MIB],
  ] as const)('keeps nothing for whoever gives up: %s', async (on, kind, size) => {
    const abort = new AbortController();
    story.simulator.fault({ kind, on, ms: 300 });
    const call = story.store.put(KEY, randomBytes(size), { ...BINARY, signal: abort.signal });
    await eventually('call', () => story.simulator.calls(on).length === 1);
    abort.abort();
    expect(await fault(call)).toBe('aborted');
    expect(story.simulator.parts.open).toEqual([]);
    expect(story.simulator.keys()).toEqual([]);
  });
});

describe('a clock that is wrong', () => {
  it('is told of as denied', async () => {
    const late = qiniuDriver(story.simulator, {}, { now: () => Date.now() - 16 * 60_000 });
    expect(await fault(late.stat(KEY))).toBe('denied');
    await late.close();
  });
});
