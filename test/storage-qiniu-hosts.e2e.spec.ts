import { eventually } from './support/eventually';
import { nobody } from './support/nobody';
import { qiniuDriver } from './support/qiniu-driver';
import { BINARY, fault, KEY, PNG, qiniuStory, REQUEST } from './support/qiniu-story';

const story = qiniuStory();

describe('the hosts', () => {
  const lookedUp = { uploadUrl: undefined, rsUrl: undefined, rsfUrl: undefined };

  it('are asked for once, whoever wants to know, and again when the answer is old', async () => {
    story.store = qiniuDriver(story.simulator, lookedUp, story.clock);
    await Promise.all([
      story.store.stat(KEY),
      story.store.put(KEY, PNG, BINARY),
      story.store.createUploadTicket(REQUEST),
    ]);
    await story.store.list();
    expect(story.simulator.calls('query')).toHaveLength(1);
    expect(story.store.origins()).toEqual([story.simulator.url, story.simulator.domain()]);
    let now = Date.now() + 86_401_000;
    story.clock.now = () => now;
    story.simulator.fault({ kind: 'status', status: 503, on: 'query' });
    // Nobody waits for the new answer, and when nobody gives one, the old one holds for another minute.
    const asked = (times: number) => async () => {
      now += 61_000;
      await story.store.createUploadTicket(REQUEST);
      return story.simulator.calls('query').length >= times;
    };
    await eventually('question', asked(2));
    await eventually('other question', asked(3));
  });

  it('are tried one after the other', async () => {
    story.simulator.otherHosts = [new URL(await nobody()).host];
    const wandering = qiniuDriver(story.simulator, lookedUp);
    await wandering.put(KEY, PNG, BINARY);
    expect(story.content()).toEqual(PNG);
    await wandering.close();
  });

  it('are asked for again after a call to a wrong region', async () => {
    story.store = qiniuDriver(story.simulator, lookedUp, story.clock);
    story.simulator.fault({ kind: 'wrong-region', on: 'form' });
    expect(await fault(story.store.put(KEY, PNG, BINARY))).toBe('misconfigured');
    await story.store.put(KEY, PNG, BINARY);
    expect(story.simulator.calls('query')).toHaveLength(2);
  });

  it('of a bucket that is not there are told of as a setting that is wrong', async () => {
    const wrong = qiniuDriver(story.simulator, {
      ...lookedUp,
      bucket: 'none',
      domain: story.simulator.domain(),
    });
    expect(await fault(wrong.stat(KEY))).toBe('misconfigured');
    expect(await wrong.checkup()).toMatchObject([
      { subject: 'region', verdict: 'fail' },
      { subject: 'bucket', verdict: 'fail' },
      { subject: 'domain' },
      { subject: 'callback' },
    ]);
    await wrong.close();
  });

  it('are looked over: region, bucket, domain, callback', async () => {
    const checked = qiniuDriver(story.simulator, {
      region: 'z1',
      callbackUrl: 'http://api.example.com/hook',
    });
    expect(await checked.checkup()).toEqual([
      expect.objectContaining({ verdict: 'fail', remedy: expect.stringContaining('QINIU_REGION to z0') }),
      expect.objectContaining({ subject: 'bucket', verdict: 'ok' }),
      expect.objectContaining({ subject: 'domain', verdict: 'ok' }),
      expect.objectContaining({ subject: 'callback', verdict: 'warn' }),
    ]);
    await checked.close();
  });
});
