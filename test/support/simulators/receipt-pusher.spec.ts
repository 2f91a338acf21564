import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '../eventually';
import { LUOSIMAO_ACCOUNT, LuosimaoSimulator } from './luosimao.simulator';

let simulator: LuosimaoSimulator;
let service: Server;
let hook: string;
let pushed: string[];

beforeAll(async () => {
  simulator = await LuosimaoSimulator.start();
  service = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      pushed.push(`${request.method} ${request.url} ${body}`);
      response.end('ok');
    })();
  });
  await once(service.listen(0, '127.0.0.1'), 'listening');
  hook = `http://127.0.0.1:${(service.address() as AddressInfo).port}/hook`;
});
beforeEach(() => {
  pushed = [];
  simulator.reset();
});
afterAll(async () => {
  await simulator.stop();
  service.close();
});

const send = (mobile: string) =>
  fetch(`${simulator.url}/v1/send.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`api:key-${LUOSIMAO_ACCOUNT.apiKey}`)}` },
    body: new URLSearchParams({ mobile, message: `验证码:123456【${LUOSIMAO_ACCOUNT.signature}】` }),
  });
const control = (method: string, body?: object) =>
  fetch(`${simulator.url}/__receipts`, { method, body: JSON.stringify(body) });
const reportOf = (turn: number, status: string) => {
  const { providerMessageId, to } = simulator.ledger[turn];
  return `batch_id=${providerMessageId}&mobile=${to}&status=${status}`;
};

describe('the receipts of a simulator', () => {
  it('are pushed on demand, all or one', async () => {
    await send('13800138000');
    await send('13900139000');
    const all = await control('POST', { url: hook, status: 'delivered' });
    expect(pushed).toEqual([0, 1].map((turn) => `POST /hook ${reportOf(turn, 'DELIVRD')}`));
    const answers = Array(2).fill({ status: 200, contentType: null, body: 'ok' });
    expect(await all.json()).toEqual({ answers });

    const { providerMessageId } = simulator.ledger[1];
    await control('POST', {
      url: hook,
      providerMessageId,
      status: 'undelivered',
      code: 'EXPIRED',
      form: 'get',
    });
    expect(pushed.slice(2)).toEqual([`GET /hook?${reportOf(1, 'EXPIRED')} `]);
  });

  it('are pushed by themselves, until told otherwise', async () => {
    await control('POST', { url: hook, auto: 'undelivered', afterMs: 1 });
    await send('13800138000');
    await eventually('receipt', () => pushed.length === 1);
    expect(pushed).toEqual([`POST /hook ${reportOf(0, 'UNDELIV')}`]);
    await control('DELETE');
    await send('13900139000');
    await control('POST', { url: hook, providerMessageId: simulator.ledger[1].providerMessageId });
    expect(pushed.slice(1)).toEqual([`POST /hook ${reportOf(1, 'DELIVRD')}`]);
  });

  it('that nobody takes are told of', async () => {
    await send('13800138000');
    expect((await control('POST', { url: 'http://127.0.0.1:1/', status: 'delivered' })).status).toBe(502);
  });
});
