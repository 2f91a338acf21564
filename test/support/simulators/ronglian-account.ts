import { checkRonglianAuth, readRonglianRequest, type RonglianAccount } from './ronglian-request';
import { writeRonglianAnswer } from './ronglian-response';
import type { SimulatedAccount } from './simulated-account';
import type { VendorAnswer } from './simulator-faults';
import type { VendorCall } from './vendor-simulator';

export interface RonglianApplication extends RonglianAccount {
  readonly appId: string;
  readonly templateId: string;
}

const METHODS: Readonly<Record<string, string>> = { AccountInfo: 'GET', 'SMS/QuerySMSTemplate': 'POST' };

export function isRonglianAccountCall(operation: string): boolean {
  return Object.hasOwn(METHODS, operation);
}

/** Ronglian's `AccountInfo` and `SMS/QuerySMSTemplate`. @param now our time, milliseconds */
export function answerRonglianAccount(
  call: VendorCall,
  operation: string,
  application: RonglianApplication,
  account: SimulatedAccount,
  now: number,
): VendorAnswer {
  const fault =
    call.method === METHODS[operation] ? checkRonglianAuth(call, application, account.clock(now)) : '112602';
  const refusal = fault ?? (account.settings.addressAllowed ? undefined : '111115');
  if (refusal) return writeRonglianAnswer(call, { statusCode: refusal, statusMsg: 'refused' });
  return operation === 'AccountInfo' ? accountInfo(call, account) : template(call, application, account);
}

function accountInfo(call: VendorCall, { settings }: SimulatedAccount): VendorAnswer {
  const { deposit } = settings;
  return writeRonglianAnswer(call, {
    statusCode: '000000',
    Account: {
      dateCreated: '2026-01-01 08:00:00',
      friendlyName: 'shop@example.com',
      type: '1',
      status: '1',
      ...(deposit !== null && { balance: String(deposit) }),
      subBalance: '0.00',
    },
  });
}

function template(
  call: VendorCall,
  { appId, templateId }: RonglianApplication,
  { settings }: SimulatedAccount,
): VendorAnswer {
  const request = readRonglianRequest(call, 'Request');
  const refuse = (statusCode: string): VendorAnswer =>
    writeRonglianAnswer(call, { statusCode, statusMsg: 'refused' });
  if (typeof request === 'string') return refuse(request);
  if (Object.keys(request.fields).sort().join() !== 'appId,templateId') return refuse('160031');
  if (request.fields.appId !== appId) return refuse('111182');
  const isThere = request.fields.templateId === templateId && settings.templateStatus !== null;
  const own = {
    id: templateId,
    title: '验证码',
    content: settings.templateContent,
    status: String(settings.templateStatus),
    type: '0',
    dateCreated: '2026-01-01 08:00:00',
    dateUpdated: '2026-01-01 08:00:00',
  };
  const list = { statusCode: '000000', totalCount: isThere ? 1 : 0, TemplateSMS: isThere ? [own] : [] };
  // The adapter asks in JSON only, and the list's XML form is not documented.
  return { type: 'application/json;charset=utf-8', body: JSON.stringify(list) };
}
