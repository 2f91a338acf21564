import { fail, ok, warn } from './finding';
import { writeReport } from './report';

const findings = [ok('redis', 'answers'), warn('clock', 'is off', 'Set it'), fail('template', '7', 'Look')];

describe('the report of the doctor', () => {
  it('is one line each, in columns, and a count', () => {
    expect(writeReport(findings, false)).toBe(
      [
        'ok    redis     answers',
        'warn  clock     is off  -> Set it',
        'fail  template  7  -> Look',
        '',
        '1 ok, 1 warn, 1 fail',
        '',
      ].join('\n'),
    );
  });

  it('has colours where a person reads it', () => {
    const lines = writeReport(findings, true).split('\n');
    expect(lines.slice(0, 3).map((line) => line.slice(0, 14))).toEqual([
      '\u001b[32mok  \u001b[0m ',
      '\u001b[33mwarn\u001b[0m ',
      '\u001b[31mfail\u001b[0m ',
    ]);
  });
});
