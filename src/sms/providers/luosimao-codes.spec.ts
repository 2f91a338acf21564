import { checkRow, type Row } from '../../../test/support/code-rows';
import { classifyLuosimao } from './luosimao-codes';

/** The vendor's table, row by row. */
const ROWS: readonly Row[] = [
  ['-10', 'G', 'yes', 'opens the circuit', 'credentials rejected'],
  ['-11', 'G', 'yes', 'opens the circuit', 'API disabled'],
  ['-12', 'B', 'yes', 'opens the circuit', 'balance frozen'],
  ['-20', 'B', 'yes', 'opens the circuit', 'no messages left'],
  ['-30', 'P', 'no', 'final', 'empty message'],
  ['-31', 'T', 'opt-in', 'final', 'sensitive word'],
  ['-32', 'G', 'yes', 'opens the circuit', 'no signature'],
  ['-33', 'T', 'opt-in', 'final', 'too long'],
  ['-34', 'G', 'yes', 'opens the circuit', 'signature not usable'],
  ['-35', 'G', 'yes', 'opens the circuit', 'trial signature restricted'],
  ['-40', 'C', 'no', 'final', 'bad number'],
  ['-41', 'K', 'opt-in', 'final', 'blacklisted number'],
  ['-42', 'L', 'no', 'final', 'too frequent'],
  ['-50', 'G', 'yes', 'opens the circuit', 'address not in the whitelist'],
  ['-99 -77 7', 'U', 'yes', 'next provider', 'nobody documented it'],
];

describe('classifyLuosimao', () => {
  it.each(ROWS)('%s is %s (fail over: %s): %s (%s)', (...row) => checkRow(classifyLuosimao, row));
});
