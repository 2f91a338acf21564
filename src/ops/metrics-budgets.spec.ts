import { sharesOf } from './metrics-budgets';

describe('Shares of budgets', () => {
  it('are told of the limits that there are', () => {
    const none = { used: 7, limit: 0 };
    expect(
      sharesOf([
        { window: 'hour', messages: { used: 40, limit: 50 }, money: none },
        { window: 'day', messages: none, money: { used: 300, limit: 200 } },
      ]),
    ).toEqual([
      { window: 'hour', kind: 'messages', ratio: 0.8 },
      { window: 'day', kind: 'money', ratio: 1.5 },
    ]);
  });
});
