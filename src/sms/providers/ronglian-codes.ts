import { codeTable } from './code-table';
import type { CodeVerdict } from './vendor-outcome';

/**
 * Error codes of Ronglian, from copies of yuntongxun.com/doc/rest/restabout/3_1_1_7.html and its newer tables.
 * Tables of different age name different ranges; all are accepted.
 */
const CODES = codeTable([
  // Platform and account
  ['111000-111099', 'R'], // unknown and internal errors
  ['111100', 'G'], // account in the URL
  ['111101-111105 111107 111110 111113', 'P', 'yes'], // header, version or timestamp layout
  ['111106 111108 111109', 'G'], // timestamp expired, sig empty or wrong
  ['111111 111114 111116', 'Q'], // concurrency, resources, calls too close together
  ['111112', 'L'], // concurrent calls to the same number
  ['111115', 'G'], // address not in the whitelist
  ['111128-111141 111143', 'G'], // sid, token, state of the account
  ['111142 111158', 'B'], // out of balance
  ['111144-111157 111159', 'G'], // the same for sub-accounts
  ['111160-111188', 'G'], // VoIP accounts, application id and state, test numbers
  ['111189-111226', 'G'], // TTS, application; and calls that are not made here
  // Template messages
  ['112300 112301 112304 112306-112309', 'P'], // recipient, text, data, template id or encoding missing
  ['112302 112303 112305 112310-112313 112320 112321 112323', 'G'], // product, application, template, receipts
  ['112314', 'L'], // over today's limit
  ['112315 112318', 'P'], // template id too long or not numeric
  ['112316 112319', 'C'],
  ['112317', 'K'],
  ['112324 112325 112327-112330', 'P'], // receipt query
  ['112326', 'R'],
  ['112341-112350 112353', 'G'],
  ['112354', 'Q'],
  ['112600', 'R'], // platform-side time-out
  ['112601-112605 112609-112616', 'P', 'yes'], // HTTP faults seen by the platform
  ['112606-112608', 'G'], // TLS
  ['112620-112727', 'G'], // other products
  ['113302', 'G'], // trial template to an unregistered number
  // Channel and content
  ['160000-160010', 'R'], // system error, channel busy
  ['160011 160018 160020 160033 160037 160049 160052', 'T'], // words, length, variable format
  ['160012', 'R'], // authentication between platform and carrier, not ours
  ['160013 160042', 'C'],
  ['160014', 'B'],
  ['160015 160021 160022 160038-160041 160056', 'L'], // limits of number, content, template
  ['160016', 'Q'],
  ['160017 160030 160031 160035 160044 160045 160047 160048', 'P'], // shape of the request
  ['160019 160032 160036 160043 160053', 'G'], // signature, template, address
  ['160046', 'G', 'no'], // a marketing text that nobody approved is none elsewhere either
  ['160034 160051 160068', 'K'], // blacklists and unsubscribed numbers
  ['160072-160074', 'K', 'no'], // key numbers and those who complained to their carrier
  ['160050 160063 160064', 'R'], // sending failed
  ['160054', 'D'], // reqId already used today: an earlier attempt did arrive
  ['160055 160057 160059 160065-160067 160069 160071', 'P'],
  ['160058 160060-160062 160070', 'G'], // international rights
]);

/** Same text to the same number: after a call of ours that ended unknown, that call is what it speaks of. */
const SAME_CONTENT = '160056';

/**
 * @param code other than `000000`
 * @param repeats an earlier call for the same message ended unknown
 */
export function classifyRonglian(code: string, repeats = false): CodeVerdict {
  if (repeats && code === SAME_CONTENT) return { codeClass: 'D' };
  return CODES.get(code) ?? { codeClass: 'U' };
}
