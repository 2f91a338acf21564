import fc from 'fast-check';
import { type Candidate, type Conversion, routeFor, STEERING, weigh } from './route';

const candidate = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  name,
  isAvailable: true,
  ...more,
});
const names = (hops: { provider: string }[]) => hops.map(({ provider }) => provider);
const never = () => {
  throw new Error('nothing is drawn');
};

const conversions = fc
  .record({ sent: fc.nat(5_000), share: fc.double({ min: 0, max: 1, noNaN: true }), ms: fc.nat(120_000) })
  .map(({ sent, share, ms }): Conversion => {
    const approved = Math.floor(sent * share);
    return { sent, approved, approvedMs: approved * ms };
  });
const candidates = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('tencent', 'ronglian', 'luosimao', 'inbox'),
    weight: fc.option(fc.integer({ min: 1, max: 9_999 }), { nil: undefined }),
    isAvailable: fc.boolean(),
    segment: fc.option(conversions, { nil: undefined }),
    overall: fc.option(conversions, { nil: undefined }),
  }),
  { selector: ({ name }) => name },
);
const draws = fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true }));

describe('routeFor', () => {
  it('keeps to the configured order where there are no weights', () => {
    const route = routeFor([candidate('tencent'), candidate('ronglian')], [], never);
    expect(route).toEqual([
      { provider: 'tencent', reason: 'first in order' },
      { provider: 'ronglian', reason: 'number 2 in order' },
    ]);
  });

  it('leaves out what is not available', () => {
    expect(
      names(routeFor([candidate('tencent', { isAvailable: false }), candidate('ronglian')], [], never)),
    ).toEqual(['ronglian']);
  });

  it('asks a gateway last that a message about the same matter went through before', () => {
    const route = routeFor([candidate('tencent'), candidate('ronglian')], ['tencent'], never);
    expect(names(route)).toEqual(['ronglian', 'tencent']);
    expect(route[0].reason).toContain('another than before');
    expect(route[1].reason).toContain('went through it before');
  });

  it('takes the same gateway again where there is no other', () => {
    expect(names(routeFor([candidate('tencent')], ['tencent'], never))).toEqual(['tencent']);
  });

  it('shares messages by weight; in a list with weights one without counts 1', () => {
    const list = [candidate('tencent', { weight: 3 }), candidate('ronglian')];
    const firsts = Array.from({ length: 1_000 }, (_, i) => routeFor(list, [], () => i / 1_000)[0].provider);
    expect(firsts.filter((name) => name === 'tencent')).toHaveLength(750);
  });

  it('says how it came to its choice', () => {
    const segment = { sent: 60, approved: 20, approvedMs: 200_000 };
    const [hop] = routeFor(
      [candidate('tencent', { weight: 3, segment }), candidate('ronglian')],
      [],
      () => 0,
    );
    expect(hop.reason).toMatch(/^weight 3 x conversion 0\.\d+ \(20\/60 here\) = \d\.?\d* of \d\.?\d*$/);
  });

  it('names every available gateway once, whatever is known of them', () => {
    fc.assert(
      fc.property(
        candidates,
        fc.uniqueArray(fc.constantFrom<string>('tencent', 'ronglian')),
        draws,
        (list, avoid, stream) => {
          const route = names(routeFor(list, avoid, () => stream.next().value as number));
          const available = list.filter(({ isAvailable }) => isAvailable).map(({ name }) => name);
          expect([...route].sort()).toEqual([...available].sort());
          const firstAvoided = route.findIndex((name) => avoid.includes(name));
          expect(firstAvoided < 0 || route.slice(firstAvoided).every((name) => avoid.includes(name))).toBe(
            true,
          );
        },
      ),
    );
  });
});

describe('weigh', () => {
  it('leaves the weights alone while nothing is known', () => {
    expect(
      weigh([candidate('a', { weight: 3 }), candidate('b', { weight: 1 })]).map((w) => w.effective),
    ).toEqual([3, 1]);
  });

  it('never leaves its bounds', () => {
    fc.assert(
      fc.property(candidates, (list) => {
        for (const { factor } of weigh(list)) {
          expect(factor).toBeGreaterThanOrEqual(STEERING.bounds[0]);
          expect(factor).toBeLessThanOrEqual(STEERING.bounds[1]);
        }
      }),
    );
  });

  it('never gives less to a gateway for one more approval', () => {
    fc.assert(
      fc.property(conversions, conversions, (mine, theirs) => {
        fc.pre(mine.approved < mine.sent);
        const ms = mine.approved > 0 ? mine.approvedMs / mine.approved : 0;
        const more = {
          ...mine,
          approved: mine.approved + 1,
          approvedMs: mine.approvedMs + Math.min(ms, 15_000),
        };
        const factorOf = (segment: Conversion) =>
          weigh([candidate('a', { segment }), candidate('b', { segment: theirs })])[0].factor;
        expect(factorOf(more)).toBeGreaterThanOrEqual(factorOf(mine) - 1e-9);
      }),
    );
  });

  it('is not moved by a handful of messages', () => {
    const unlucky = { sent: 3, approved: 0, approvedMs: 0 };
    const [{ factor }] = weigh([candidate('a', { segment: unlucky }), candidate('b')]);
    expect(factor).toBeGreaterThan(0.9);
  });

  it('turns away from a gateway that does not arrive in one segment, and only there', () => {
    const overall = { sent: 10_000, approved: 9_000, approvedMs: 9_000 * 12_000 };
    const dead = { sent: 200, approved: 4, approvedMs: 4 * 60_000 };
    const [here] = weigh([candidate('a', { overall, segment: dead }), candidate('b', { overall })]);
    const [elsewhere] = weigh([candidate('a', { overall }), candidate('b', { overall })]);
    expect(here.factor).toBe(STEERING.bounds[0]);
    expect(elsewhere.factor).toBe(1);
  });
});
