import { nextStep } from './next-step';
import type { RefusalClass, SmsOutcome } from './sms-provider.interface';

const route = ['tencent', 'ronglian', 'luosimao'];
const refused = (refusal: RefusalClass): SmsOutcome => ({ kind: 'refused', refusal, vendorCode: 'x' });

describe('nextStep', () => {
  it.each<[string, SmsOutcome, string[], object]>([
    [
      'an accepted message is settled',
      { kind: 'accepted', vendorCode: 'Ok' },
      ['tencent'],
      { step: 'settle', state: 'accepted' },
    ],
    [
      'an unknown outcome is never followed by a call',
      { kind: 'unknown', reason: 'timeout' },
      ['tencent'],
      { step: 'settle', state: 'unknown' },
    ],
    [
      'a transient fault is tried again at the same gateway',
      refused('R'),
      ['tencent'],
      { step: 'call', provider: 'tencent', again: true },
    ],
    [
      'once more, then the next gateway is called',
      refused('R'),
      ['tencent', 'tencent'],
      { step: 'call', provider: 'ronglian', again: false },
    ],
    [
      'a throttled account fails over at once',
      refused('Q'),
      ['tencent'],
      { step: 'call', provider: 'ronglian', again: false },
    ],
    [
      'a configuration fault fails over',
      refused('G'),
      ['tencent', 'ronglian'],
      { step: 'call', provider: 'luosimao', again: false },
    ],
    [
      'an empty balance fails over',
      refused('B'),
      ['tencent'],
      { step: 'call', provider: 'ronglian', again: false },
    ],
    [
      'a code nobody documented fails over',
      refused('U'),
      ['tencent'],
      { step: 'call', provider: 'ronglian', again: false },
    ],
    [
      "a number's rate limit ends it, and stays counted",
      refused('L'),
      ['tencent'],
      { step: 'settle', state: 'refused', givesBack: false },
    ],
    [
      'a bad number ends it, and stays counted',
      refused('C'),
      ['tencent'],
      { step: 'settle', state: 'refused', givesBack: false },
    ],
    [
      'a blocked recipient ends it, and stays counted',
      refused('K'),
      ['tencent'],
      { step: 'settle', state: 'refused', givesBack: false },
    ],
    [
      'a refused text ends it and is given back',
      refused('T'),
      ['tencent'],
      { step: 'settle', state: 'refused', givesBack: true },
    ],
    [
      'a fault of ours ends it and is given back',
      refused('P'),
      ['tencent'],
      { step: 'settle', state: 'refused', givesBack: true },
    ],
    ['the last gateway ends it', refused('G'), route, { step: 'settle', state: 'refused', givesBack: true }],
  ])('%s', (_, outcome, called, expected) => {
    expect(nextStep(outcome, called, route)).toEqual(expected);
  });
});
