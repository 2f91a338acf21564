// The three gateways as simulators in this process, played on over HTTP as anybody could.
import { createRequire } from 'node:module';
import { begin, call, must } from './demo-client.mjs';

const require = createRequire(import.meta.url);
const VENDORS = ['tencent', 'ronglian', 'luosimao'];
const ARRIVAL_MS = 5_000;

const digitsOf = (phone) => phone.replace(/^\+86/, '');

export class SimulatedGateways {
  /** Bodies of the calls that each one got, the refused ones too. */
  #calls = new Map(VENDORS.map((vendor) => [vendor, []]));

  constructor(simulators) {
    this.simulators = simulators;
    for (const vendor of VENDORS)
      simulators.of(vendor).onCall = ({ body }) => this.#calls.get(vendor).push(body);
  }

  static async start() {
    // They are TypeScript, which Node 20 cannot read by itself.
    require('../test/support/load-typescript.js').loadTypescript();
    const { Gateways } = require('../test/support/gateways.ts');
    return new SimulatedGateways(await Gateways.start());
  }

  /** What leads a service to them. */
  get variables() {
    return this.simulators.variables(VENDORS);
  }

  get addresses() {
    return VENDORS.map((vendor) => [vendor, this.#at(vendor)]);
  }

  play(vendor, fault) {
    return call('POST', '/__faults', { at: this.#at(vendor), body: fault, expect: 200 });
  }

  heal(vendor) {
    return call('DELETE', '/__faults', { at: this.#at(vendor), expect: 200 });
  }

  /** @returns the message that a gateway took for a number, once it has */
  async taken(vendor, phone) {
    const messageIn = ({ messages }) => messages.findLast(({ to }) => digitsOf(to) === digitsOf(phone));
    const ledger = await call('GET', '/__ledger', {
      at: this.#at(vendor),
      expect: 200,
      within: ARRIVAL_MS,
      until: messageIn,
      what: `message at ${vendor}`,
      showing: messageIn,
    });
    return messageIn(ledger);
  }

  /** Whether a gateway was asked to send this code to this number, whatever it answered. */
  wasAsked(vendor, phone, code) {
    return this.#calls.get(vendor).some((body) => body.includes(digitsOf(phone)) && body.includes(code));
  }

  /** Has a gateway report what became of a message. @param url of the service's hook */
  async report(vendor, { providerMessageId }, status, url) {
    begin(`${vendor} reports: ${status}`);
    const body = { url, providerMessageId, status };
    const { answers } = await call('POST', '/__receipts', { at: this.#at(vendor), body, expect: 200 });
    must(
      answers.length === 1 && answers[0].status === 200,
      `the service answered ${answers[0]?.status} to the receipt, not 200`,
    );
  }

  /** @returns all messages that were taken: `{vendor, phone, code}` */
  get messages() {
    return VENDORS.flatMap((vendor) =>
      this.simulators.of(vendor).ledger.map(({ to, code }) => ({ vendor, phone: digitsOf(to), code })),
    );
  }

  stop() {
    return this.simulators.stop();
  }

  #at(vendor) {
    return this.simulators.of(vendor).url;
  }
}
