import { adaptersLines, measureAdapters, reportOnAdapters } from './adapters.mjs';
import { measureAgeing } from './ageing.mjs';
import { measureFailover } from './failover.mjs';
import {
  ageingLines,
  failoverLines,
  reportOnAgeing,
  reportOnFailover,
  reportOnSending,
  sendingLines,
} from './report-sides.mjs';
import { measureSending } from './sending.mjs';
import { measureTransfer, reportOnTransfer, transferLines } from './transfer.mjs';
import { measureUsers, reportOnUsers, usersLines } from './users.mjs';
import { measureWork, reportOnWork, workLines } from './work.mjs';

/**
 * What is measured with services of its own. `measure` takes the run and the options, `report` what that returned and the
 * options, `lines` turns the report into lines for people.
 */
export const PARTS = {
  work: { measure: measureWork, report: reportOnWork, lines: workLines },
  adapters: { measure: measureAdapters, report: reportOnAdapters, lines: adaptersLines },
  sending: { measure: measureSending, report: reportOnSending, lines: sendingLines },
  failover: { measure: measureFailover, report: reportOnFailover, lines: failoverLines },
  users: { measure: measureUsers, report: reportOnUsers, lines: usersLines },
  transfer: { measure: measureTransfer, report: reportOnTransfer, lines: transferLines },
  ageing: { measure: measureAgeing, report: reportOnAgeing, lines: ageingLines },
};
