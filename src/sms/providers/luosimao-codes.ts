import { codeTable } from './code-table';
import type { CodeVerdict } from './vendor-outcome';

/** Error codes of Luosimao, complete as of its SDKs of 2026 (https://github.com/luosimao-oss). */
const CODES = codeTable([
  ['-10 -11', 'G'], // credentials rejected, API disabled
  ['-12 -20', 'B'], // balance frozen, no messages left
  ['-30', 'P'], // empty message
  ['-31', 'T'], // sensitive word, named in `hit`
  ['-32', 'G'], // no signature in the text
  ['-33', 'T'], // longer than 300 characters
  ['-34 -35', 'G'], // signature not usable, trial signature restricted
  ['-40', 'C'],
  ['-41', 'K'],
  ['-42', 'L'],
  ['-50', 'G'], // caller's address not in the whitelist
]);

/** @param code other than 0 */
export function classifyLuosimao(code: string): CodeVerdict {
  return CODES.get(code) ?? { codeClass: 'U' };
}
