// What the operator of the story does: the calls of /v1/admin, and how their answers are shown.
import { begin, brief, call, must, note, paint } from './demo-client.mjs';

const FOUND_MS = 5_000;

export class Operator {
  constructor(accessToken) {
    this.token = accessToken;
  }

  /** @returns the gateways by name, once they are as the story has them */
  async providers(title, until, what) {
    begin(title);
    const { items } = await call('GET', '/v1/admin/providers', {
      token: this.token,
      expect: 200,
      within: FOUND_MS,
      until: ({ items }) => until(byName(items)),
      what,
      showing: () => 'in order of preference:',
    });
    for (const { name, circuit, probeIn, drained, lastHour } of items) {
      const { accepted, refused, unknown } = lastHour;
      const state = paint(circuit === 'closed' && !drained ? 32 : 33, drained ? 'drained' : circuit);
      const probe = circuit === 'open' ? `, probe in ${probeIn} s` : '';
      note(`${name}: ${state}${probe}; accepted ${accepted}, refused ${refused}, unknown ${unknown}`);
    }
    return byName(items);
  }

  async drain(provider, drained) {
    begin(drained ? `the operator drains ${provider}` : `the operator takes ${provider} in again`);
    const changed = await call('PATCH', '/v1/admin/providers', {
      token: this.token,
      body: { name: provider, drained },
      expect: 200,
      showing: ({ name, drained, warning }) => ({ name, drained, warning }),
    });
    must(changed.drained === drained, `${provider} is ${changed.drained ? '' : 'not '}drained`);
  }

  /** @returns the messages to a number, oldest first */
  async messages(phone, count) {
    begin(`the operator looks for the messages to ${phone.slice(3).replace(/^(...)..../, '$1****')}`);
    const { items } = await call('GET', `/v1/admin/messages?phone=${encodeURIComponent(phone)}`, {
      token: this.token,
      expect: 200,
      within: FOUND_MS,
      // The last thing that is written of a message that was used.
      until: ({ items }) => items.length === count && items[0].approvedAt,
      what: `approved message among ${count}`,
    });
    must(!JSON.stringify(items).includes(phone.slice(3)), 'the list shows a whole number');
    return items.reverse();
  }

  async timeline(id, title) {
    begin(title);
    const { timeline } = await call('GET', `/v1/admin/messages/${id}`, {
      token: this.token,
      expect: 200,
      showing: ({ id, state, provider, attempts, cost }) => ({ id, state, provider, attempts, cost }),
    });
    const [{ at: beginning }] = timeline;
    for (const { at, what, detail } of timeline) {
      const seconds = (Math.max(0, Date.parse(at) - Date.parse(beginning)) / 1_000).toFixed(3);
      console.log(`           +${seconds}  ${what.padEnd(14)} ${brief(inWords(detail))}`);
    }
    return timeline;
  }
}

const byName = (items) => Object.fromEntries(items.map((item) => [item.name, item]));

function inWords(detail) {
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}
